import { child, type Node } from "../mutation/ast.ts";
import { type Executor, choose, type Frame, isPlain, nodes, text, typeOf } from "./executor.ts";
import { type Arithmetic, type Machine, Unsupported } from "./machine.ts";
import {
  add,
  all,
  and,
  any,
  eq,
  FALSE,
  iff,
  le,
  lt,
  negate,
  or,
  shl,
  shr,
  TRUE,
  type Truth,
  valueOf,
  within,
  type Word,
  word,
  xor,
  ZERO,
} from "./term.ts";
import { convert, isBool, isBytes, isLiteral, isPointer, maxOf } from "./types.ts";
import { asPlace, asSlice, asTruth, asWord, tuple, type Value, valuesOf } from "./values.ts";

/** Where a value can be put. */
interface Target {
  read(): Value;
  write(value: Value): void;
}

/** Expressions of Solidity. */
export class Expressions {
  readonly #executor: Executor;
  readonly #constants = new Map<number, Value>();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get #machine(): Machine {
    return this.#executor.machine;
  }

  evaluate(node: Node, frame: Frame): Value {
    switch (node.nodeType) {
      case "Literal":
        return node["kind"] === "bool" ? (node["value"] === "true" ? TRUE : FALSE) : literal(node);
      case "Identifier":
        return this.#identifier(node, frame);
      case "TupleExpression": {
        const parts = node["components"] as (Node | null)[];
        return tuple(parts.map((part) => (part === null ? ZERO : this.evaluate(part, frame))));
      }
      case "Assignment":
        return this.#assign(node, frame);
      case "UnaryOperation":
        return this.#unary(node, frame);
      case "BinaryOperation":
        return this.#binary(node, frame);
      case "Conditional":
        return this.#conditional(node, frame);
      case "MemberAccess":
        return this.#member(node, frame);
      case "IndexAccess":
        return this.#target(node, frame).read();
      case "IndexRangeAccess":
        return this.#range(node, frame);
      case "FunctionCall":
        return this.#call(node, frame);
      default:
        throw new Unsupported(`expression ${node.nodeType}`);
    }
  }

  word(node: Node | undefined, frame: Frame): Word {
    return asWord(this.evaluate(node as Node, frame));
  }

  truth(node: Node | undefined, frame: Frame): Truth {
    return asTruth(this.evaluate(node as Node, frame));
  }

  #identifier(node: Node, frame: Frame): Value {
    const id = node["referencedDeclaration"] as number;
    return frame.locals.get(id) ?? this.constant(id);
  }

  constant(id: number): Value {
    const old = this.#constants.get(id);
    if (old !== undefined) return old;
    const declaration = this.#executor.program.declaration(id);
    const value = child(declaration, "value");
    if (declaration["constant"] !== true || value === undefined)
      throw new Unsupported(`no value of ${text(declaration, "name")}`);
    this.#executor.files.add(this.#executor.program.fileOf(id));
    const result = this.evaluate(value, { name: text(declaration, "name"), locals: new Map(), unchecked: false });
    this.#constants.set(id, result);
    return result;
  }

  #conditional(node: Node, frame: Frame): Value {
    const condition = this.truth(child(node, "condition"), frame);
    const [yes, no] = [child(node, "trueExpression") as Node, child(node, "falseExpression") as Node];
    if (isPlain(yes) && isPlain(no) && condition !== TRUE && condition !== FALSE) {
      const a = this.#machine.under(condition, () => this.evaluate(yes, frame));
      const b = this.#machine.under(negate(condition), () => this.evaluate(no, frame));
      if ("sort" in a && "sort" in b) return choose(condition, a, b);
    }
    return this.evaluate(this.#machine.decide(condition) ? yes : no, frame);
  }

  /* OPERATORS */

  #unary(node: Node, frame: Frame): Value {
    const operand = child(node, "subExpression") as Node;
    const operator = text(node, "operator");
    switch (operator) {
      case "!":
        return negate(this.truth(operand, frame));
      case "~":
        return xor(this.word(operand, frame), word(maxOf(typeOf(node))));
      case "++":
      case "--": {
        const target = this.#target(operand, frame);
        const before = asWord(target.read());
        const after = this.#arithmetic(operator === "++" ? "+" : "-", before, word(1), node, frame);
        target.write(after);
        return node["prefix"] === true ? after : before;
      }
      default:
        throw new Unsupported(`operator ${operator}`);
    }
  }

  #binary(node: Node, frame: Frame): Value {
    const [left, right] = [child(node, "leftExpression") as Node, child(node, "rightExpression") as Node];
    const operator = text(node, "operator");
    if (typeof node["function"] === "number") {
      const definition = this.#executor.program.declaration(node["function"]);
      return this.#executor.invoke(definition, [this.evaluate(left, frame), this.evaluate(right, frame)]);
    }
    if (operator === "&&" || operator === "||") return this.#logical(operator, left, right, frame);
    const [a, b] = [this.evaluate(left, frame), this.evaluate(right, frame)];
    if (isBool(typeOf(left))) {
      const same = iff(asTruth(a), asTruth(b));
      return operator === "==" ? same : negate(same);
    }
    return this.#operate(operator, asWord(a), asWord(b), node, frame);
  }

  /** Of two conditions the second is looked at only where it matters; where it calls nothing, without a branch. */
  #logical(operator: string, left: Node, right: Node, frame: Frame): Truth {
    const first = this.truth(left, frame);
    const matters = operator === "&&" ? first : negate(first);
    if (matters === FALSE) return first;
    if (!isPlain(right) && matters !== TRUE) return this.#machine.decide(matters) ? this.truth(right, frame) : first;
    const second = this.#machine.under(matters, () => this.truth(right, frame));
    return operator === "&&" ? all(first, second) : any(first, second);
  }

  #operate(operator: string, a: Word, b: Word, node: Node, frame: Frame): Value {
    switch (operator) {
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.#arithmetic(operator, a, b, node, frame);
      case "&":
        return and(a, b);
      case "|":
        return this.#join(a, b);
      case "^":
        return xor(a, b);
      case "<<":
        return this.#shiftLeft(a, b, node);
      case ">>":
        return and(
          this.#machine.each(b, (by) => shr(a, Number(by))),
          word(maxOf(typeOf(node))),
        );
      case "==":
        return eq(a, b);
      case "!=":
        return negate(eq(a, b));
      case "<":
        return lt(a, b);
      case "<=":
        return le(a, b);
      case ">":
        return lt(b, a);
      case ">=":
        return le(b, a);
      default:
        throw new Unsupported(`operator ${operator}`);
    }
  }

  #arithmetic(operator: Arithmetic, a: Word, b: Word, node: Node, frame: Frame): Word {
    const type = typeOf(node);
    if (isLiteral(type)) return exact(operator, valueOf(a), valueOf(b));
    return this.#machine.arithmetic(operator, a, b, maxOf(type), !frame.unchecked, frame.name);
  }

  /** A field shifted above others; these are claimed to end below it if the executor is told to. */
  #join(a: Word, b: Word): Word {
    if (!this.#executor.fields || (a.bits & b.bits) === 0n || b.op !== "shl") return or(a, b);
    const most = (1n << valueOf(b.args[1] as Word)) - 1n;
    this.#machine.claim("a field ends below the next", le(a, word(most)));
    return or(narrowed(a, most), b);
  }

  /** Of a number no bits may be lost, which Solidity does not check; of bytes they may. */
  #shiftLeft(a: Word, by: Word, node: Node): Word {
    return this.#machine.each(by, (n) => this.#shiftBy(a, Number(n), typeOf(node)));
  }

  #shiftBy(a: Word, n: number, type: string): Word {
    if (isLiteral(type)) return word(valueOf(a) << BigInt(n));
    const most = maxOf(type) >> BigInt(n);
    if (this.#machine.concrete || isBytes(type)) return and(shl(a, n), word(maxOf(type)));
    if (a.hi > most) this.#machine.claim("no bits are shifted out", le(a, word(most)));
    return shl(within(a, 0n, most), n);
  }

  /* PLACES */

  #assign(node: Node, frame: Frame): Value {
    const [left, right] = [child(node, "leftHandSide") as Node, child(node, "rightHandSide") as Node];
    const value = this.evaluate(right, frame);
    const operator = text(node, "operator");
    if (left.nodeType === "TupleExpression") {
      const values = valuesOf(value);
      const parts = left["components"] as (Node | null)[];
      const targets = parts.map((part) => (part === null ? null : this.#target(part, frame)));
      for (const [i, target] of targets.entries()) target?.write(values[i] as Value);
      return value;
    }
    const target = this.#target(left, frame);
    const result =
      operator === "="
        ? value
        : this.#operate(operator.slice(0, -1), asWord(target.read()), asWord(value), node, frame);
    target.write(result);
    return result;
  }

  #target(node: Node, frame: Frame): Target {
    if (node.nodeType === "Identifier") {
      const id = node["referencedDeclaration"] as number;
      return {
        read: () => this.#identifier(node, frame),
        write: (value) => {
          frame.locals.set(id, value);
          this.#executor.note(frame, text(node, "name"), value);
        },
      };
    }
    if (node.nodeType === "MemberAccess") return this.#memberTarget(node, frame);
    if (node.nodeType === "IndexAccess") return this.#indexTarget(node, frame);
    throw new Unsupported(`assignment to ${node.nodeType}`);
  }

  #memberTarget(node: Node, frame: Frame): Target {
    const owner = this.evaluate(child(node, "expression") as Node, frame);
    const name = text(node, "memberName");
    const type = typeOf(node);
    if ("kind" in owner && owner.kind === "place") return this.#storage(`${owner.path}.${name}`, type);
    const scope = this.#executor.program.declaration(node["referencedDeclaration"] as number)["scope"] as number;
    const members = nodes(this.#executor.program.declaration(scope), "members");
    const index = members.findIndex(({ id }) => id === node["referencedDeclaration"]);
    return this.#memory(add(asWord(owner), word(32 * index)), type);
  }

  #indexTarget(node: Node, frame: Frame): Target {
    const base = this.evaluate(child(node, "baseExpression") as Node, frame);
    const index = this.word(child(node, "indexExpression"), frame);
    const type = typeOf(node);
    if ("kind" in base && base.kind === "place") return this.#storage(`${asPlace(base).path}[${valueOf(index)}]`, type);
    const at = asWord(base);
    this.#machine.claim(`${frame.name}: the index is within bounds`, lt(index, this.#machine.memory.load(at)));
    return this.#memory(add(add(at, word(32)), word(32n * valueOf(index))), type);
  }

  #memory(at: Word, type: string): Target {
    const { memory } = this.#machine;
    return {
      read: () => (isBool(type) ? negate(eq(memory.load(at), ZERO)) : memory.load(at)),
      write: (value) => memory.store(at, asWord(value)),
    };
  }

  #storage(path: string, type: string): Target {
    const { storage } = this.#machine;
    return {
      read: () => {
        if (isPointer(type)) return { kind: "place", path };
        const old = storage.get(path);
        if (old !== undefined) return old;
        const first = this.#machine.concrete ? ZERO : this.#machine.fresh(`storage ${path}`);
        storage.set(path, first);
        return first;
      },
      write: (value) => void storage.set(path, asWord(value)),
    };
  }

  #member(node: Node, frame: Frame): Value {
    const owner = child(node, "expression") as Node;
    const [name, type] = [text(node, "memberName"), typeOf(owner)];
    if (type.startsWith("type(")) {
      const of = /^type\((u?int\d+)\)$/.exec(type)?.[1];
      if (of !== undefined && name === "max") return word(maxOf(of));
      return this.constant(node["referencedDeclaration"] as number);
    }
    if (name === "length") {
      const value = this.evaluate(owner, frame);
      return "kind" in value ? asSlice(value).length : this.#machine.memory.load(value as Word);
    }
    return this.#memberTarget(node, frame).read();
  }

  #range(node: Node, frame: Frame): Value {
    const { start, length } = asSlice(this.evaluate(child(node, "baseExpression") as Node, frame));
    if (child(node, "endExpression") !== undefined) throw new Unsupported("the end of a slice");
    const from = this.word(child(node, "startExpression"), frame);
    this.#machine.claim(`${frame.name}: the slice is within bounds`, le(from, length));
    const arithmetic = (op: Arithmetic, a: Word) =>
      this.#machine.arithmetic(op, a, from, maxOf("uint256"), true, frame.name);
    return { kind: "slice", start: arithmetic("+", start), length: arithmetic("-", length) };
  }

  /* CALLS */

  #call(node: Node, frame: Frame): Value {
    const callee = child(node, "expression") as Node;
    const args = nodes(node, "arguments");
    if (node["kind"] === "typeConversion") {
      const value = this.evaluate(args[0] as Node, frame);
      const [from, to] = [typeOf(args[0]), typeOf(node)];
      return isPointer(to) || !("sort" in value) ? value : convert(asWord(value), from, to);
    }
    if (node["kind"] === "structConstructorCall") return this.#construct(node, frame);
    if (callee.nodeType === "NewExpression") {
      const length = Number(valueOf(this.word(args[0], frame)));
      return this.#executor.newArray(Array.from({ length }, () => ZERO));
    }
    if (callee.nodeType === "MemberAccess") {
      const name = text(callee, "memberName");
      const owner = child(callee, "expression") as Node;
      const ownerType = typeOf(owner);
      if (name === "wrap" || name === "unwrap") return this.evaluate(args[0] as Node, frame);
      if (ownerType === "type(abi)" || text(owner, "name") === "abi") return this.#encode(name, args, frame);
      const definition = this.#function(callee);
      const bound = ownerType.startsWith("type(") ? [] : [this.evaluate(owner, frame)];
      return this.#executor.invoke(definition, [...bound, ...args.map((arg) => this.evaluate(arg, frame))]);
    }
    const values = args.map((arg) => this.evaluate(arg, frame));
    if (text(callee, "name") === "keccak256") return this.#hash(values[0] as Value);
    return this.#executor.invoke(this.#function(callee), values);
  }

  #function(callee: Node): Node {
    const id = callee["referencedDeclaration"] as number | undefined;
    if (id === undefined || id < 0) throw new Unsupported(`call of ${text(callee, "name")}`);
    return this.#executor.program.declaration(id);
  }

  #construct(node: Node, frame: Frame): Word {
    const callee = child(node, "expression") as Node;
    const definition = this.#executor.program.declaration(callee["referencedDeclaration"] as number);
    const values = nodes(node, "arguments").map((arg) => this.evaluate(arg, frame));
    const names = node["names"] as string[];
    if (names.length === 0) return this.#executor.newStruct(definition, values);
    const members = nodes(definition, "members").map((member) => text(member, "name"));
    return this.#executor.newStruct(
      definition,
      members.map((name) => values[names.indexOf(name)] as Value),
    );
  }

  #encode(name: string, args: readonly Node[], frame: Frame): Value {
    if (name !== "encode" || args.some((arg) => isPointer(typeOf(arg)))) throw new Unsupported(`abi.${name}`);
    return { kind: "encoded", words: args.map((arg) => this.word(arg, frame)) };
  }

  #hash(value: Value): Word {
    if ("kind" in value && value.kind === "encoded") return this.#machine.keccak(value.words);
    if ("kind" in value && value.kind === "slice") return this.#machine.fresh("hash of calldata");
    throw new Unsupported("a hash of memory");
  }
}

function literal(node: Node): Word {
  const value = text(node, "value").replaceAll("_", "");
  if (node["kind"] !== "number" || (node["subdenomination"] !== null && node["subdenomination"] !== undefined)) {
    throw new Unsupported(`literal ${value}`);
  }
  return word(BigInt(value));
}

function exact(operator: Arithmetic, a: bigint, b: bigint): Word {
  switch (operator) {
    case "+":
      return word(a + b);
    case "-":
      return word(a - b);
    case "*":
      return word(a * b);
    case "/":
      return word(a / b);
    case "%":
      return word(a % b);
  }
}

/** Fields that together are known to be no larger than a number, so that each of them is not. */
function narrowed(a: Word, most: bigint): Word {
  const [x, y] = a.args as [Word, Word];
  if (a.op === "or") return or(narrowed(x, most), narrowed(y, most));
  if (a.op === "shl") return shl(within(x, 0n, most >> valueOf(y)), Number(valueOf(y)));
  return within(a, 0n, most);
}
