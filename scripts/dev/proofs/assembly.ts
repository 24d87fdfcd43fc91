import { child, type Node } from "../mutation/ast.ts";
import { type Executor, type Frame, nodes, text, typeOf } from "./executor.ts";
import { type Machine, Unsupported } from "./machine.ts";
import {
  and,
  eq,
  FALSE,
  le,
  lt,
  MAX_WORD,
  negate,
  not,
  numberOf,
  or,
  shl,
  shr,
  type Truth,
  valueOf,
  variable,
  within,
  type Word,
  word,
  xor,
  ZERO,
} from "./term.ts";
import { isBool } from "./types.ts";
import { asPlace, asSlice, asWord } from "./values.ts";

type Flow = "next" | "break" | "continue";

/** A variable of Solidity in an assembly block. */
interface Reference {
  readonly declaration: number;
  readonly src: string;
  readonly suffix?: string;
}

interface Scope {
  readonly frame: Frame;
  readonly references: ReadonlyMap<string, Reference>;
  readonly variables: Map<string, Word>;
}

/** Assembly blocks. Sums, differences and products in them are claimed not to wrap, and shifts to lose no bits. */
export class Assembly {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get #machine(): Machine {
    return this.#executor.machine;
  }

  run(node: Node, frame: Frame): void {
    const references = (node["externalReferences"] as Reference[]).map((each) => [each.src, each] as const);
    const scope = { frame, references: new Map(references), variables: new Map<string, Word>() };
    this.#block(node["AST"] as Node, scope);
  }

  #block(block: Node, scope: Scope): Flow {
    for (const statement of nodes(block, "statements")) {
      const flow = this.#statement(statement, scope);
      if (flow !== "next") return flow;
    }
    return "next";
  }

  #statement(node: Node, scope: Scope): Flow {
    switch (node.nodeType) {
      case "YulBlock":
        return this.#block(node, scope);
      case "YulBreak":
        return "break";
      case "YulContinue":
        return "continue";
      case "YulExpressionStatement":
        this.#call(child(node, "expression") as Node, scope);
        return "next";
      case "YulVariableDeclaration": {
        const value = child(node, "value");
        const word = value === undefined ? ZERO : this.#word(value, scope);
        const name = text(nodes(node, "variables")[0], "name");
        scope.variables.set(name, word);
        this.#executor.note(scope.frame, name, word);
        return "next";
      }
      case "YulAssignment":
        this.#assign(nodes(node, "variableNames")[0] as Node, this.#word(child(node, "value") as Node, scope), scope);
        return "next";
      case "YulIf":
        return this.#holds(child(node, "condition") as Node, scope)
          ? this.#block(child(node, "body") as Node, scope)
          : "next";
      case "YulSwitch":
        return this.#switch(node, scope);
      case "YulForLoop":
        return this.#loop(node, scope);
      default:
        throw new Unsupported(`assembly ${node.nodeType}`);
    }
  }

  #switch(node: Node, scope: Scope): Flow {
    const value = this.#word(child(node, "expression") as Node, scope);
    for (const branch of nodes(node, "cases")) {
      const label = child(branch, "value");
      if (label !== undefined && !this.#machine.decide(eq(value, this.#word(label, scope)))) continue;
      return this.#block(child(branch, "body") as Node, scope);
    }
    return "next";
  }

  #loop(node: Node, scope: Scope): Flow {
    this.#block(child(node, "pre") as Node, scope);
    for (let [iteration, open] = [0, 0]; ; iteration++) {
      this.#executor.atHead(scope.frame, iteration, scope.variables);
      const condition = negate(eq(this.#word(child(node, "condition") as Node, scope), ZERO));
      if (condition.op !== "true" && condition.op !== "false" && open++ >= this.#executor.unwind) {
        this.#machine.claim(
          `${scope.frame.name}: the loop ends after ${this.#executor.unwind} rounds`,
          negate(condition),
        );
        return "next";
      }
      if (!this.#machine.decide(condition)) return "next";
      if (this.#block(child(node, "body") as Node, scope) === "break") return "next";
      this.#block(child(node, "post") as Node, scope);
    }
  }

  #holds(node: Node, scope: Scope): boolean {
    return this.#machine.decide(negate(eq(this.#word(node, scope), ZERO)));
  }

  #assign(target: Node, value: Word, { frame, references, variables }: Scope): void {
    const reference = references.get(target.src);
    if (reference === undefined) {
      variables.set(text(target, "name"), value);
      this.#executor.note(frame, text(target, "name"), value);
      return;
    }
    const { declaration, suffix } = reference;
    if (suffix === undefined) {
      const bool = isBool(typeOf(this.#executor.program.declaration(declaration)));
      frame.locals.set(declaration, bool ? negate(eq(value, ZERO)) : value);
      return;
    }
    if (suffix !== "offset" && suffix !== "length") throw new Unsupported(`assignment to .${suffix}`);
    const slice = asSlice(frame.locals.get(declaration));
    frame.locals.set(declaration, suffix === "offset" ? { ...slice, start: value } : { ...slice, length: value });
  }

  #word(node: Node, scope: Scope): Word {
    if (node.nodeType === "YulLiteral") return word(BigInt(text(node, "value")));
    if (node.nodeType === "YulIdentifier") return this.#identifier(node, scope);
    const result = this.#call(node, scope);
    if (result === null) throw new Unsupported("a call without a value");
    return result;
  }

  #identifier(node: Node, { frame, references, variables }: Scope): Word {
    const reference = references.get(node.src);
    if (reference === undefined) {
      const value = variables.get(text(node, "name"));
      if (value === undefined) throw new Unsupported(`no ${text(node, "name")} in assembly`);
      return value;
    }
    const value = frame.locals.get(reference.declaration) ?? this.#executor.constant(reference.declaration);
    if (reference.suffix === "offset") return asSlice(value).start;
    if (reference.suffix === "length") return asSlice(value).length;
    if (reference.suffix === "slot") return variable(`slot of ${asPlace(value).path}`, 0n, MAX_WORD);
    return asWord(value);
  }

  #call(node: Node, scope: Scope): Word | null {
    const name = text(child(node, "functionName"), "name");
    // Arguments are evaluated from the right to the left.
    const args = nodes(node, "arguments")
      .toReversed()
      .map((arg) => this.#word(arg, scope))
      .toReversed();
    const [a = ZERO, b = ZERO] = args;
    const { memory } = this.#machine;
    switch (name) {
      case "add":
        return this.#arithmetic("+", a, b, scope);
      case "sub":
        return this.#arithmetic("-", a, b, scope);
      case "mul":
        return this.#arithmetic("*", a, b, scope);
      case "div":
      case "mod":
        return this.#divide(name, a, b, scope);
      case "and":
        return and(a, b);
      case "or":
        return or(a, b);
      case "xor":
        return xor(a, b);
      case "not":
        return not(a);
      case "shl":
        return this.#machine.each(a, (by) => this.#shiftLeft(b, Number(by)));
      case "shr":
        return this.#machine.each(a, (by) => shr(b, Number(by)));
      case "lt":
        return numberOf(lt(a, b));
      case "gt":
        return numberOf(lt(b, a));
      case "eq":
        return numberOf(eq(a, b));
      case "iszero":
        return numberOf(eq(a, ZERO));
      case "byte":
        return and(shr(b, 8 * (31 - Number(valueOf(a)))), word(0xff));
      case "mload":
        return memory.load(a);
      case "mstore":
        memory.store(a, b);
        return null;
      case "mstore8":
        memory.store8(a, b);
        return null;
      case "mcopy":
        memory.copyBytes(a, b, Number(valueOf(args[2] as Word)));
        return null;
      case "sload":
        return this.#executor.loadSlot(a);
      case "sstore":
        this.#executor.storeSlot(a, b);
        return null;
      case "keccak256":
        return memory.keccak(a, b);
      case "calldataload":
        return this.#executor.loadCalldata(a);
      default:
        throw new Unsupported(`assembly ${name}`);
    }
  }

  #arithmetic(operator: "+" | "-" | "*", a: Word, b: Word, { frame }: Scope): Word {
    return this.#machine.arithmetic(operator, a, b, MAX_WORD, false, frame.name);
  }

  /** By 0 it is 0. */
  #divide(name: "div" | "mod", a: Word, b: Word, { frame }: Scope): Word {
    const zero: Truth = eq(b, ZERO);
    if (zero !== FALSE && this.#machine.decide(zero)) return ZERO;
    return this.#machine.arithmetic(name === "div" ? "/" : "%", a, b, MAX_WORD, false, frame.name);
  }

  #shiftLeft(a: Word, n: number): Word {
    const most = MAX_WORD >> BigInt(n);
    if (this.#machine.concrete || a.hi <= most) return shl(a, n);
    this.#machine.claim("no bits are shifted out", le(a, word(most)));
    return shl(within(a, 0n, most), n);
  }
}
