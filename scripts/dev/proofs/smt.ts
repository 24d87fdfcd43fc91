/** Terms in SMT-LIB, over unbounded integers or over bit vectors as narrow as the ranges of the terms allow. */
import { bitLength, type Term, type Truth, valueOf, type Word } from "./term.ts";

/**
 * `int` suits products of several unknowns, `bits` words packed of fields. Both mean the same: the narrow vectors hold every value
 * that a term can have.
 */
export type Theory = "int" | "bits";

/** A question to the solver: whether `goal` can be false where all of `facts` hold. */
export interface Query {
  readonly facts: readonly Truth[];
  readonly goal: Truth;
  readonly theory: Theory;
}

/** Terms below some, each once, arguments first. */
function below(roots: readonly Term[]): Term[] {
  const seen = new Set<number>();
  const order: Term[] = [];
  const visit = (term: Term): void => {
    if (seen.has(term.id)) return;
    seen.add(term.id);
    if (term.sort === "word" && term.condition !== undefined) visit(term.condition);
    term.args.forEach(visit);
    order.push(term);
  };
  roots.forEach(visit);
  return order;
}

/** Unknowns of a query. */
export function unknowns(query: Query): (Word | Truth)[] {
  return below([...query.facts, query.goal]).filter(({ op }) => op === "var" || op === "flag");
}

/** The query as a script, which ends in `check-sat`. */
export function script(query: Query): string {
  const encoder = query.theory === "int" ? new Integers() : new Vectors();
  const lines = below([...query.facts, query.goal]).flatMap((term) => encoder.define(term));
  return [
    ...lines,
    ...query.facts.map((fact) => `(assert ${encoder.name(fact)})`),
    `(assert (not ${encoder.name(query.goal)}))`,
    "(check-sat)",
  ].join("\n");
}

abstract class Encoder {
  /** Lines that declare or define a term. */
  define(term: Term): string[] {
    if (term.op === "true" || term.op === "false") return [];
    if (term.op === "flag") return [`(declare-const ${this.name(term)} Bool)`];
    if (term.sort === "truth") return [`(define-fun ${this.name(term)} () Bool ${this.truth(term)})`];
    return this.word(term);
  }

  name(term: Term): string {
    if (term.op === "true" || term.op === "false") return term.op;
    return term.name === undefined ? `t${term.id}` : `|${term.name}|`;
  }

  protected abstract word(term: Word): string[];
  protected abstract compare(op: "eq" | "lt", a: Word, b: Word): string;

  private truth({ op, args }: Truth): string {
    if (op === "eq" || op === "lt") return this.compare(op, args[0] as Word, args[1] as Word);
    return `(${op === "all" ? "and" : "not"} ${args.map((arg) => this.name(arg)).join(" ")})`;
  }
}

class Integers extends Encoder {
  readonly #divided = new Set<string>();

  override name(term: Term): string {
    return term.op === "const" ? number(term.lo) : super.name(term);
  }

  protected override compare(op: "eq" | "lt", a: Word, b: Word): string {
    return `(${op === "eq" ? "=" : "<"} ${this.name(a)} ${this.name(b)})`;
  }

  protected override word(term: Word): string[] {
    const name = this.name(term);
    if (term.op === "const") return [];
    if (term.op === "var") {
      const range = `(assert (and (<= ${number(term.lo)} ${name}) (<= ${name} ${number(term.hi)})))`;
      return [`(declare-const ${name} Int)`, range];
    }
    const [a, b] = term.args as [Word, Word];
    if ((term.op === "div" || term.op === "mod") && b.op !== "const") return this.divide(term, a, b);
    return [`(define-fun ${name} () Int ${this.value(term, a, b)})`];
  }

  /** Quotient and remainder by what they are, which helps the solver with products; one pair for each dividend and divisor. */
  private divide(term: Word, a: Word, b: Word): string[] {
    const pair = `${a.id} by ${b.id}`;
    const [q, r] = [`|quotient of ${pair}|`, `|rest of ${pair}|`];
    const [x, y] = [this.name(a), this.name(b)];
    const definition = `(define-fun ${this.name(term)} () Int ${term.op === "div" ? q : r})`;
    if (this.#divided.has(pair)) return [definition];
    this.#divided.add(pair);
    return [
      `(declare-const ${q} Int)`,
      `(declare-const ${r} Int)`,
      `(assert (=> (> ${y} 0) (and (= ${x} (+ (* ${q} ${y}) ${r})) (<= 0 ${r}) (< ${r} ${y}) (<= 0 ${q}))))`,
      definition,
    ];
  }

  private value(term: Word, a: Word, b: Word): string {
    const [x, y] = [a, b].map((arg) => (arg === undefined ? "" : this.name(arg))) as [string, string];
    switch (term.op) {
      case "within":
        return x;
      case "ite":
        return `(ite ${this.name(term.condition as Truth)} ${x} ${y})`;
      case "add":
        return `(+ ${x} ${y})`;
      case "sub":
        return `(- ${x} ${y})`;
      case "mul":
        return `(* ${x} ${y})`;
      case "div":
        return `(div ${x} ${y})`;
      case "mod":
        return `(mod ${x} ${y})`;
      case "shl":
        return `(* ${x} ${1n << valueOf(b)})`;
      case "shr":
        return `(div ${x} ${1n << valueOf(b)})`;
      case "and":
        return masked(x, a.hi, valueOf(b));
      case "or":
      case "xor":
        if ((a.bits & b.bits) !== 0n) throw new Error("integers have no bits that overlap: prove it over bits");
        return `(+ ${x} ${y})`;
      default:
        throw new Error(`no integers for ${term.op}`);
    }
  }
}

const number = (n: bigint) => (n < 0n ? `(- ${-n})` : String(n));

/** A number of which only the bits of a mask are left: one piece for each run of ones. */
function masked(x: string, hi: bigint, mask: bigint): string {
  const pieces: string[] = [];
  for (const run of mask.toString(2).matchAll(/1+/g)) {
    const low = BigInt(mask.toString(2).length - run.index - run[0].length);
    const size = 1n << BigInt(run[0].length);
    const shifted = low === 0n ? x : `(div ${x} ${1n << low})`;
    const piece = hi >> low < size ? shifted : `(mod ${shifted} ${size})`;
    pieces.push(low === 0n ? piece : `(* ${piece} ${1n << low})`);
  }
  return pieces.length === 1 ? (pieces[0] as string) : `(+ ${pieces.join(" ")})`;
}

/** Negative numbers never come to be: a difference is known not to be one before it is used. */
class Vectors extends Encoder {
  protected override compare(op: "eq" | "lt", a: Word, b: Word): string {
    const width = Math.max(widthOf(a), widthOf(b));
    return `(${op === "eq" ? "=" : "bvult"} ${this.at(a, width)} ${this.at(b, width)})`;
  }

  protected override word(term: Word): string[] {
    const [name, width] = [this.name(term), widthOf(term)];
    if (term.op === "const") return [`(define-fun ${name} () ${vector(width)} (_ bv${term.lo} ${width}))`];
    if (term.op === "var") {
      const bound = (n: bigint) => `(_ bv${n} ${width})`;
      return [
        `(declare-const ${name} ${vector(width)})`,
        `(assert (and (bvule ${bound(term.lo)} ${name}) (bvule ${name} ${bound(term.hi)})))`,
      ];
    }
    return [`(define-fun ${name} () ${vector(width)} ${this.value(term, width)})`];
  }

  private value(term: Word, width: number): string {
    const [a, b] = term.args as [Word, Word];
    const wide = Math.max(...term.args.map(widthOf), width);
    const both = (op: string) => this.cut(`(${op} ${this.at(a, wide)} ${this.at(b, wide)})`, wide, width);
    switch (term.op) {
      case "within":
        return this.at(a, width);
      case "ite":
        return `(ite ${this.name(term.condition as Truth)} ${this.at(a, width)} ${this.at(b, width)})`;
      case "add":
        return both("bvadd");
      case "sub":
        return both("bvsub");
      case "mul":
        return both("bvmul");
      case "div":
        return both("bvudiv");
      case "mod":
        return both("bvurem");
      case "and":
        return both("bvand");
      case "or":
        return both("bvor");
      case "xor":
        return both("bvxor");
      case "shl":
        return this.cut(`(concat ${this.name(a)} (_ bv0 ${b.lo}))`, widthOf(a) + Number(b.lo), width);
      case "shr":
        return this.cut(`((_ extract ${widthOf(a) - 1} ${b.lo}) ${this.name(a)})`, widthOf(a) - Number(b.lo), width);
      default:
        throw new Error(`no bits for ${term.op}`);
    }
  }

  /** A term in so many bits. */
  private at(term: Word, width: number): string {
    return this.cut(this.name(term), widthOf(term), width);
  }

  private cut(text: string, from: number, to: number): string {
    if (from === to) return text;
    return from < to ? `((_ zero_extend ${to - from}) ${text})` : `((_ extract ${to - 1} 0) ${text})`;
  }
}

const vector = (width: number) => `(_ BitVec ${width})`;
const widthOf = ({ hi }: Word) => Math.max(1, bitLength(hi));

/** The value of a term where its unknowns have those given. */
export function evaluate(term: Term, values: ReadonlyMap<string, bigint | boolean>): bigint | boolean {
  const done = new Map<number, bigint | boolean>();
  for (const next of below([term])) {
    const args = next.args.map(({ id }) => done.get(id));
    done.set(
      next.id,
      next.sort === "word" ? wordValue(next, args as bigint[], done, values) : truthValue(next, args, values),
    );
  }
  return done.get(term.id) as bigint | boolean;
}

function wordValue(
  term: Word,
  [a = 0n, b = 0n]: readonly bigint[],
  done: ReadonlyMap<number, bigint | boolean>,
  values: ReadonlyMap<string, bigint | boolean>,
): bigint {
  switch (term.op) {
    case "const":
      return term.lo;
    case "var":
      return values.get(term.name as string) as bigint;
    case "within":
      return a;
    case "ite":
      return done.get((term.condition as Truth).id) === true ? a : b;
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return b === 0n ? 0n : a / b;
    case "mod":
      return b === 0n ? 0n : a % b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << b;
    case "shr":
      return a >> b;
  }
}

function truthValue(
  { op, name }: Truth,
  args: readonly unknown[],
  values: ReadonlyMap<string, bigint | boolean>,
): boolean {
  const [a, b] = args as [bigint, bigint];
  switch (op) {
    case "true":
      return true;
    case "false":
      return false;
    case "flag":
      return values.get(name as string) as boolean;
    case "not":
      return args[0] !== true;
    case "all":
      return args.every((arg) => arg === true);
    case "eq":
      return a === b;
    case "lt":
      return a < b;
  }
}
