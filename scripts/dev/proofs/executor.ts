/** Runs functions of the contracts on terms, statement by statement as solc's syntax tree has them. */
import { child, type Node, walk } from "../mutation/ast.ts";
import { Assembly } from "./assembly.ts";
import { Expressions } from "./expressions.ts";
import { type Machine, Reverted, Unsupported } from "./machine.ts";
import { EMPTY } from "./memory.ts";
import type { Program } from "./source.ts";
import {
  add,
  all,
  any,
  FALSE,
  ite,
  MAX_WORD,
  negate,
  type Truth,
  truthOf,
  valueOf,
  variable,
  type Word,
  word,
  ZERO,
} from "./term.ts";
import { isBool } from "./types.ts";
import { asTruth, asWord, tuple, type Value, valuesOf } from "./values.ts";

/** Local variables of a call, by their declarations. */
export interface Frame {
  readonly name: string;
  locals: Map<number, Value>;
  unchecked: boolean;
}

/** A loop's head, before its condition is looked at. */
export interface LoopHead {
  readonly iteration: number;
  get(name: string): Value;
  set(name: string, value: Value): void;
}

type Flow = "next" | "break" | "continue" | "return";

export const nodes = (node: Node | undefined, key: string): Node[] => (node?.[key] as Node[] | undefined) ?? [];
export const text = (node: Node | undefined, key: string): string => String(node?.[key]);
export const typeOf = (node: Node | undefined): string =>
  (node?.["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";

export class Executor {
  readonly program: Program;
  readonly machine: Machine;
  readonly #expressions: Expressions;
  readonly #assembly: Assembly;
  #wrote = false;
  /** Sources of the functions run. */
  readonly files: Set<string>;
  /** Called at each loop's head in a function, by the function's name. */
  readonly loops = new Map<string, (head: LoopHead) => void>();
  /** Last values of local variables, as `function.variable`. */
  readonly #seen = new Map<string, Value>();
  /** Whether fields that `|` joins are claimed not to overlap where that is not plain to see; integers need it. */
  fields = false;
  /** Rounds of a loop whose number is not known, after which it is claimed to end. */
  unwind = 4;
  /** Storage by the number of its slot's term; another slot is not read after one has been written. */
  readonly slots = new Map<number, Word>();
  /** What stands in a slot that is read first, or second, and so on. */
  onLoadSlot: ((slot: Word, reads: number) => Word) | undefined;
  onStorageWrite: ((slot: Word, value: Word) => void) | undefined;
  /** Bytes of the calldata, where they are known. */
  calldata: Uint8Array | undefined;

  constructor(program: Program, machine: Machine, files = new Set<string>()) {
    this.program = program;
    this.machine = machine;
    this.files = files;
    this.#expressions = new Expressions(this);
    this.#assembly = new Assembly(this);
  }

  /** Calls a function by its name, `Library.function`. */
  call(name: string, args: readonly Value[]): Value {
    return this.invoke(this.program.find(name), args);
  }

  invoke(definition: Node, args: readonly Value[]): Value {
    const body = child(definition, "body");
    if (body === undefined || nodes(definition, "modifiers").length > 0)
      throw new Unsupported(`no body: ${text(definition, "name")}`);
    this.files.add(this.program.fileOf(definition["id"] as number));
    const frame: Frame = { name: text(definition, "name"), locals: new Map(), unchecked: false };
    for (const [i, parameter] of nodes(child(definition, "parameters"), "parameters").entries()) {
      frame.locals.set(parameter["id"] as number, args[i] as Value);
    }
    const returned = nodes(child(definition, "returnParameters"), "parameters");
    for (const parameter of returned) frame.locals.set(parameter["id"] as number, this.initial(parameter));
    this.#run(body, frame, returned);
    return tuple(returned.map(({ id }) => frame.locals.get(id as number) as Value));
  }

  /** The value that a variable has before it is given one. */
  initial(declaration: Node): Value {
    const [type, location] = [typeOf(declaration), text(declaration, "storageLocation")];
    if (isBool(type)) return FALSE;
    if (location === "storage") return { kind: "place", path: "" };
    if (location === "calldata") return { kind: "slice", start: ZERO, length: ZERO };
    return this.#zero(child(declaration, "typeName"), type);
  }

  #zero(typeName: Node | undefined, type: string): Value {
    if (/^struct /.test(type))
      return this.newStruct(this.program.declaration(typeName?.["referencedDeclaration"] as number));
    return /^(bytes|string)( |$)|\[\]/.test(type) ? EMPTY : ZERO;
  }

  /** A struct in memory; its address. */
  newStruct(definition: Node, values?: readonly Value[]): Word {
    const members = nodes(definition, "members");
    const at = this.machine.memory.allocate(members.length);
    const contents = values ?? members.map((member) => this.#zero(child(member, "typeName"), typeOf(member)));
    for (const [i, value] of contents.entries()) this.machine.memory.store(add(at, word(32 * i)), asWord(value));
    return at;
  }

  /** An array in memory, of elements of a word each; its address. */
  newArray(values: readonly Value[]): Word {
    const at = this.machine.memory.allocate(values.length + 1);
    for (const [i, value] of [word(values.length), ...values].entries()) {
      this.machine.memory.store(add(at, word(32 * i)), asWord(value));
    }
    return at;
  }

  /** A struct in memory by the names of its members; those not named are zero. */
  struct(name: string, values: Readonly<Record<string, Value>>): Word {
    const definition = this.program.find(name);
    const members = nodes(definition, "members");
    const unknown = Object.keys(values).find((key) => !members.some((member) => member["name"] === key));
    if (unknown !== undefined) throw new Error(`${name} has no ${unknown}`);
    return this.newStruct(
      definition,
      members.map((member) => values[text(member, "name")] ?? this.#zero(child(member, "typeName"), typeOf(member))),
    );
  }

  /** A member of a struct in memory. */
  member(name: string, at: Value, member: string): Word {
    return this.machine.memory.load(this.#memberAt(name, at, member));
  }

  setMember(name: string, at: Value, member: string, value: Value): void {
    this.machine.memory.store(this.#memberAt(name, at, member), asWord(value));
  }

  #memberAt(name: string, at: Value, member: string): Word {
    const index = nodes(this.program.find(name), "members").findIndex((each) => each["name"] === member);
    if (index < 0) throw new Error(`${name} has no ${member}`);
    return add(asWord(at), word(32 * index));
  }

  /** Notes the value of a local variable. */
  note(frame: Frame, name: string, value: Value): void {
    this.#seen.set(`${frame.name}.${name}`, value);
  }

  /** The last value of a local number, `function.variable`; 0 if it has never had one. */
  seen(name: string): Word {
    const value = this.#seen.get(name);
    return value === undefined ? ZERO : asWord(value);
  }

  expression(node: Node, frame: Frame): Value {
    return this.#expressions.evaluate(node, frame);
  }

  #run(node: Node, frame: Frame, returned: readonly Node[]): Flow {
    switch (node.nodeType) {
      case "Block":
        return this.#sequence(nodes(node, "statements"), frame, returned);
      case "UncheckedBlock": {
        frame.unchecked = true;
        const flow = this.#sequence(nodes(node, "statements"), frame, returned);
        frame.unchecked = false;
        return flow;
      }
      case "ExpressionStatement":
        this.expression(child(node, "expression") as Node, frame);
        return "next";
      case "VariableDeclarationStatement":
        this.#declare(node, frame);
        return "next";
      case "IfStatement":
        return this.#branch(node, frame, returned);
      case "ForStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        return this.#loop(node, frame, returned);
      case "Return": {
        const expression = child(node, "expression");
        if (expression !== undefined) {
          const values = valuesOf(this.expression(expression, frame));
          for (const [i, { id }] of returned.entries()) frame.locals.set(id as number, values[i] as Value);
        }
        frame.unchecked = false;
        return "return";
      }
      case "Break":
        return "break";
      case "Continue":
        return "continue";
      case "InlineAssembly":
        this.#assembly.run(node, frame);
        return "next";
      case "RevertStatement":
        throw new Reverted(text(child(child(node, "errorCall"), "expression"), "memberName"));
      default:
        throw new Unsupported(`statement ${node.nodeType}`);
    }
  }

  #sequence(statements: readonly Node[], frame: Frame, returned: readonly Node[]): Flow {
    for (const statement of statements) {
      const flow = this.#run(statement, frame, returned);
      if (flow !== "next") return flow;
    }
    return "next";
  }

  #declare(node: Node, frame: Frame): void {
    const declarations = node["declarations"] as (Node | null)[];
    const initial = child(node, "initialValue");
    const values = initial === undefined ? undefined : valuesOf(this.expression(initial, frame));
    for (const [i, declaration] of declarations.entries()) {
      if (declaration === null) continue;
      const value = values?.[i] ?? this.initial(declaration);
      frame.locals.set(declaration["id"] as number, value);
      this.note(frame, text(declaration, "name"), value);
    }
  }

  #branch(node: Node, frame: Frame, returned: readonly Node[]): Flow {
    const condition = asTruth(this.expression(child(node, "condition") as Node, frame));
    const [yes, no] = [child(node, "trueBody") as Node, child(node, "falseBody")];
    const open = condition !== FALSE && negate(condition) !== FALSE;
    if (open && onlyAssigns(yes) && (no === undefined || onlyAssigns(no))) {
      this.#merge(condition, frame, (branch) => {
        const body = branch ? yes : no;
        if (body !== undefined) this.#run(body, frame, returned);
      });
      return "next";
    }
    if (this.machine.decide(condition)) return this.#run(yes, frame, returned);
    return no === undefined ? "next" : this.#run(no, frame, returned);
  }

  /** Goes both ways, and chooses between what comes of them value by value. */
  #merge(condition: Truth, frame: Frame, go: (branch: boolean) => void): void {
    const { machine } = this;
    const before = [new Map(frame.locals), machine.memory.copy(), new Map(machine.storage)] as const;
    machine.under(condition, () => go(true));
    const yes = [frame.locals, machine.memory.copy(), machine.storage] as const;
    frame.locals = new Map(before[0]);
    machine.memory.restore(before[1]);
    machine.storage = new Map(before[2]);
    machine.under(negate(condition), () => go(false));
    const memory = new Map(machine.memory.copy());
    for (const [at, value] of yes[1]) memory.set(at, ite(condition, value, memory.get(at) ?? value));
    machine.memory.restore(memory);
    for (const [path, value] of yes[2]) {
      machine.storage.set(path, ite(condition, value, machine.storage.get(path) ?? value));
    }
    for (const [id, value] of yes[0]) {
      const other = frame.locals.get(id);
      if (other !== value && other !== undefined) frame.locals.set(id, choose(condition, value, other));
    }
  }

  #loop(node: Node, frame: Frame, returned: readonly Node[]): Flow {
    const [initial, update] = [child(node, "initializationExpression"), child(node, "loopExpression")];
    if (initial !== undefined) this.#run(initial, frame, returned);
    const test = child(node, "condition");
    const hook = this.loops.get(frame.name);
    for (let [iteration, open] = [0, 0]; ; iteration++) {
      hook?.(this.#head(frame, iteration));
      if (node.nodeType !== "DoWhileStatement" || iteration > 0) {
        const condition = test === undefined ? truthOf(true) : asTruth(this.expression(test, frame));
        if (condition.op !== "true" && condition.op !== "false" && open++ >= this.unwind) {
          this.machine.claim(`${frame.name}: the loop ends after ${this.unwind} rounds`, negate(condition));
          return "next";
        }
        if (!this.machine.decide(condition)) return "next";
      }
      const flow = this.#run(child(node, "body") as Node, frame, returned);
      if (flow === "return") return flow;
      if (flow === "break") return "next";
      if (update !== undefined) this.#run(update, frame, returned);
    }
  }

  #head(frame: Frame, iteration: number): LoopHead {
    const find = (name: string): number => {
      const id = [...frame.locals.keys()].find((each) => this.program.declaration(each)["name"] === name);
      if (id === undefined) throw new Error(`${frame.name} has no ${name}`);
      return id;
    };
    return {
      iteration,
      get: (name) => frame.locals.get(find(name)) as Value,
      set: (name, value) => frame.locals.set(find(name), value),
    };
  }

  /** The loop of an assembly block; see `loops`. */
  atHead(frame: Frame, iteration: number, variables: Map<string, Word>): void {
    const outer = this.#head(frame, iteration);
    this.loops.get(frame.name)?.({
      iteration,
      get: (name) => variables.get(name) ?? outer.get(name),
      set: (name, value) => (variables.has(name) ? variables.set(name, asWord(value)) : outer.set(name, value)),
    });
  }

  constant(id: number): Value {
    return this.#expressions.constant(id);
  }

  loadSlot(slot: Word): Word {
    const old = this.slots.get(slot.id);
    if (old !== undefined) return old;
    if (this.machine.concrete || this.#wrote) throw new Unsupported("storage by the number of its slot");
    const first = this.onLoadSlot?.(slot, this.slots.size) ?? this.machine.fresh("slot");
    this.slots.set(slot.id, first);
    return first;
  }

  storeSlot(slot: Word, value: Word): void {
    if (this.machine.concrete) throw new Unsupported("storage by the number of its slot");
    this.#wrote = true;
    this.slots.set(slot.id, value);
    this.onStorageWrite?.(slot, value);
  }

  /** A word of the calldata; bytes past its end are 0. The same unknown for the same address. */
  loadCalldata(at: Word): Word {
    const { calldata } = this;
    if (calldata === undefined) return variable(`calldata ${at.id}`, 0n, MAX_WORD);
    const from = Number(valueOf(at));
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => calldata[from + i] ?? 0);
    return word(BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
  }
}

export function choose(condition: Truth, a: Value, b: Value): Value {
  if (a === b) return a;
  if ("sort" in a && "sort" in b && a.sort === "truth" && b.sort === "truth") {
    return any(all(condition, a), all(negate(condition), b));
  }
  return ite(condition, asWord(a), asWord(b));
}

/** Whether a statement does nothing but assign, so that both ways of a branch can be followed at once. */
function onlyAssigns(node: Node): boolean {
  switch (node.nodeType) {
    case "Block":
    case "UncheckedBlock":
      return nodes(node, "statements").every(onlyAssigns);
    case "IfStatement": {
      const no = child(node, "falseBody");
      const parts = [child(node, "trueBody") as Node, ...(no === undefined ? [] : [no])];
      return isPlain(child(node, "condition") as Node) && parts.every(onlyAssigns);
    }
    case "ExpressionStatement":
      return isPlain(child(node, "expression") as Node);
    default:
      return false;
  }
}

/** Whether an expression calls nothing. */
export function isPlain(node: Node): boolean {
  let plain = true;
  walk(node, (each) => {
    if (each.nodeType === "FunctionCall" && each["kind"] !== "typeConversion") plain = false;
  });
  return plain;
}
