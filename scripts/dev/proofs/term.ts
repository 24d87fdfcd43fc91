/**
 * Terms over the words of the EVM: natural numbers and truth values, shared, with the range and the bits that each can have.
 * The functions below build them and simplify while they do. Arithmetic is that of unbounded integers: whoever builds a sum, a
 * difference or a product has to show that it stays a word (`Machine.arithmetic`), and says so with `within`.
 */

type WordOp = "const" | "var" | "add" | "sub" | "mul" | "div" | "mod" | "and" | "or" | "xor" | "shl" | "shr" | "ite";
type TruthOp = "true" | "false" | "flag" | "not" | "all" | "eq" | "lt";

/** A number. `within` marks one whose range is narrower than that of what it is made of, for a reason shown elsewhere. */
export interface Word {
  readonly id: number;
  readonly sort: "word";
  readonly op: WordOp | "within";
  readonly args: readonly Word[];
  /** Of an `ite`. */
  readonly condition?: Truth;
  readonly name?: string;
  readonly lo: bigint;
  readonly hi: bigint;
  /** Bits that can be 1. */
  readonly bits: bigint;
}

export interface Truth {
  readonly id: number;
  readonly sort: "truth";
  readonly op: TruthOp;
  readonly args: readonly (Word | Truth)[];
  readonly name?: string;
}

export type Term = Word | Truth;

const WORD_BITS = 256n;
export const MAX_WORD = (1n << WORD_BITS) - 1n;

const known = new Map<string, Term>();

function share<T extends Term>(key: string, make: (id: number) => T): T {
  const old = known.get(key);
  if (old !== undefined) return old as T;
  const term = make(known.size);
  known.set(key, term);
  return term;
}

export const bitLength = (n: bigint) => (n === 0n ? 0 : n.toString(2).length);
const ones = (n: number | bigint) => (1n << BigInt(n)) - 1n;
const least = (a: bigint, b: bigint) => (a < b ? a : b);
const most = (a: bigint, b: bigint) => (a > b ? a : b);

interface Range {
  readonly lo: bigint;
  readonly hi: bigint;
  readonly bits?: bigint;
}

function node(op: Word["op"], args: readonly Word[], { lo, hi, bits }: Range, condition?: Truth, name = ""): Word {
  const possible = (bits ?? MAX_WORD) & ones(bitLength(most(hi, 0n)));
  const top = bits === undefined || hi > MAX_WORD ? hi : least(hi, possible);
  const key = `${op} ${name} ${condition?.id ?? ""} ${args.map(({ id }) => id).join(" ")} ${lo} ${top} ${possible}`;
  return share(key, (id) => ({
    id,
    sort: "word",
    op,
    args,
    ...(condition === undefined ? {} : { condition }),
    ...(name === "" ? {} : { name }),
    lo,
    hi: top,
    bits: possible,
  }));
}

export function word(value: bigint | number): Word {
  const n = BigInt(value);
  return share(`const ${n}`, (id) => ({ id, sort: "word", op: "const", args: [], lo: n, hi: n, bits: n }));
}

export const ZERO = word(0);
const ONE = word(1);

/** An unknown number of a range. */
export function variable(name: string, lo: bigint, hi: bigint): Word {
  return lo === hi ? word(lo) : node("var", [], { lo, hi }, undefined, name);
}

export const isConst = (w: Word): boolean => w.op === "const";

/** The value of a term without unknowns. */
export function valueOf(w: Word): bigint {
  if (!isConst(w)) throw new Error(`a value is wanted, not ${show(w)}`);
  return w.lo;
}

/** `a`, which is known to be in a range. */
export function within(a: Word, lo: bigint, hi: bigint): Word {
  if (isConst(a) || (a.lo >= lo && a.hi <= hi)) return a;
  return node("within", [a], { lo: most(lo, a.lo), hi: least(hi, a.hi), bits: a.bits });
}

/* ARITHMETIC OF UNBOUNDED INTEGERS */

export function add(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b)) return word(a.lo + b.lo);
  if (isConst(a)) return add(b, a);
  if (isConst(b) && b.lo === 0n) return a;
  if (a.op === "add" && isConst(a.args[1] as Word) && isConst(b))
    return add(a.args[0] as Word, word((a.args[1] as Word).lo + b.lo));
  const apart = (a.bits & b.bits) === 0n && a.lo >= 0n && b.lo >= 0n && a.hi <= MAX_WORD && b.hi <= MAX_WORD;
  return node("add", [a, b], { lo: a.lo + b.lo, hi: a.hi + b.hi, ...(apart ? { bits: a.bits | b.bits } : {}) });
}

export function sub(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b)) return word(a.lo - b.lo);
  if (isConst(b) && b.lo === 0n) return a;
  if (a === b) return ZERO;
  // What a number has above its own 2^k-th part rises with it.
  if (b.op === "shr" && b.args[0] === a && a.lo >= 0n) {
    const by = valueOf(b.args[1] as Word);
    return node("sub", [a, b], { lo: a.lo - (a.lo >> by), hi: a.hi - (a.hi >> by) });
  }
  return node("sub", [a, b], { lo: a.lo - b.hi, hi: a.hi - b.lo });
}

export function mul(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b)) return word(a.lo * b.lo);
  if (isConst(a)) return mul(b, a);
  if (isConst(b) && b.lo === 0n) return ZERO;
  if (isConst(b) && b.lo === 1n) return a;
  // A truth value as a number chooses between the other factor and 0.
  for (const [flag, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (flag.op === "ite" && flag.args[0] === ONE && flag.args[1] === ZERO)
      return ite(flag.condition as Truth, other, ZERO);
  }
  const [lo, hi] = extremes([a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi]);
  const power = isConst(b) && isPower(b.lo) && a.lo >= 0n && hi <= MAX_WORD;
  return node("mul", [a, b], { lo, hi, ...(power ? { bits: a.bits * b.lo } : {}) });
}

function extremes(values: readonly bigint[]): readonly [bigint, bigint] {
  return [values.reduce(least), values.reduce(most)];
}

const isPower = (n: bigint) => n > 0n && (n & (n - 1n)) === 0n;

/** Rounded down. `b` is not 0. */
export function div(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b) && b.lo !== 0n) return word(a.lo / b.lo);
  if (isConst(b) && isPower(b.lo)) return shr(a, bitLength(b.lo) - 1);
  return node("div", [a, b], { lo: a.lo / most(b.hi, 1n), hi: a.hi / most(b.lo, 1n) });
}

/** `b` is not 0. */
export function mod(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b) && b.lo !== 0n) return word(a.lo % b.lo);
  if (isConst(b) && isPower(b.lo)) return and(a, word(b.lo - 1n));
  if (a.hi < b.lo) return a;
  return node("mod", [a, b], { lo: 0n, hi: least(a.hi, most(b.hi, 1n) - 1n) });
}

/* BITS */

export function and(a: Word, b: Word): Word {
  if (isConst(a) && isConst(b)) return word(a.lo & b.lo);
  if (isConst(a)) return and(b, a);
  const bits = a.bits & b.bits;
  if (bits === 0n) return ZERO;
  if (isConst(b)) {
    const mask = b.lo;
    if ((a.bits & ~mask) === 0n) return a;
    const [x, y] = a.args as [Word, Word];
    if (a.op === "and" && isConst(y)) return and(x, word(y.lo & mask));
    if (a.op === "or" || a.op === "xor") return bitwise(a.op, and(x, b), and(y, b));
    if (a.op === "shl") return shl(and(x, word(mask >> y.lo)), Number(y.lo));
    if (a.op === "add" && (x.bits & y.bits) === 0n && a.hi <= MAX_WORD && x.lo >= 0n && y.lo >= 0n)
      return add(and(x, b), and(y, b));
    if (a.op === "ite") return ite(a.condition as Truth, and(x, b), and(y, b));
    return node("and", [a, word(mask & a.bits)], { lo: 0n, hi: least(a.hi, bits), bits });
  }
  return a === b ? a : node("and", [a, b], { lo: 0n, hi: least(least(a.hi, b.hi), bits), bits });
}

export function or(a: Word, b: Word): Word {
  return a === b ? a : bitwise("or", a, b);
}

export function xor(a: Word, b: Word): Word {
  if (a === b) return ZERO;
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    // x ^ (x ^ z) is z; where a choice has 0 on one side this is the other side's business.
    if (y.op === "xor" && y.args[0] === x) return y.args[1] as Word;
    if (y.op === "xor" && y.args[1] === x) return y.args[0] as Word;
    if (y.op === "ite") return ite(y.condition as Truth, xor(x, y.args[0] as Word), xor(x, y.args[1] as Word));
  }
  return bitwise("xor", a, b);
}

function bitwise(op: "or" | "xor", a: Word, b: Word): Word {
  if (isConst(a) && isConst(b)) return word(op === "or" ? a.lo | b.lo : a.lo ^ b.lo);
  if (isConst(a)) return bitwise(op, b, a);
  if (isConst(b) && b.lo === 0n) return a;
  const apart = (a.bits & b.bits) === 0n;
  const bits = a.bits | b.bits;
  const lo = apart ? a.lo + b.lo : op === "or" ? most(a.lo, b.lo) : 0n;
  return node(op, [a, b], { lo, hi: apart ? a.hi + b.hi : bits, bits });
}

export function not(a: Word): Word {
  return xor(a, word(MAX_WORD));
}

/** Shifts to the left; bits above the word are lost. */
export function shl(a: Word, by: number): Word {
  if (isConst(a)) return word((a.lo << BigInt(by)) & MAX_WORD);
  if (by === 0) return a;
  if (by >= Number(WORD_BITS)) return ZERO;
  const kept = and(a, word(ones(Number(WORD_BITS) - by)));
  if (isConst(kept)) return word(kept.lo << BigInt(by));
  if (kept.op === "shl") return shl(kept.args[0] as Word, by + Number((kept.args[1] as Word).lo));
  const n = BigInt(by);
  return node("shl", [kept, word(n)], { lo: kept.lo << n, hi: kept.hi << n, bits: kept.bits << n });
}

export function shr(a: Word, by: number): Word {
  const n = BigInt(by);
  if (isConst(a)) return word(a.lo >> n);
  if (by === 0) return a;
  if (a.lo >= 0n && a.hi >> n === 0n) return ZERO;
  const [x, y] = a.args as [Word, Word];
  if (a.op === "or" || a.op === "xor") return bitwise(a.op, shr(x, by), shr(y, by));
  if (a.op === "shl") {
    const left = Number(y.lo);
    return left >= by ? shl(x, left - by) : shr(x, by - left);
  }
  if (a.op === "shr") return shr(x, by + Number(y.lo));
  if (a.op === "and" && isConst(y)) return and(shr(x, by), word(y.lo >> n));
  if (a.op === "add" && (x.bits & y.bits) === 0n && a.hi <= MAX_WORD && x.lo >= 0n && y.lo >= 0n)
    return add(shr(x, by), shr(y, by));
  return node("shr", [a, word(n)], {
    lo: a.lo >> n,
    hi: a.hi >> n,
    ...(a.hi <= MAX_WORD ? { bits: a.bits >> n } : {}),
  });
}

/* TRUTH */

function truth(op: TruthOp, args: readonly Term[], name = ""): Truth {
  return share(`${op} ${name} ${args.map(({ id }) => id).join(" ")} t`, (id) => ({
    id,
    sort: "truth",
    op,
    args,
    ...(name === "" ? {} : { name }),
  }));
}

export const TRUE = truth("true", []);
export const FALSE = truth("false", []);
export const flag = (name: string): Truth => truth("flag", [], name);
export const truthOf = (value: boolean): Truth => (value ? TRUE : FALSE);

export function negate(t: Truth): Truth {
  if (t === TRUE) return FALSE;
  if (t === FALSE) return TRUE;
  return t.op === "not" ? (t.args[0] as Truth) : truth("not", [t]);
}

export function all(...terms: readonly Truth[]): Truth {
  if (terms.includes(FALSE)) return FALSE;
  const rest = [...new Set(terms.filter((t) => t !== TRUE))];
  if (rest.some((t) => rest.includes(negate(t)))) return FALSE;
  return rest.length === 0 ? TRUE : rest.length === 1 ? (rest[0] as Truth) : truth("all", rest);
}

export function any(...terms: readonly Truth[]): Truth {
  return negate(all(...terms.map(negate)));
}

export const implies = (a: Truth, b: Truth): Truth => any(negate(a), b);

export function eq(a: Word, b: Word): Truth {
  if (a === b) return TRUE;
  if (a.hi < b.lo || b.hi < a.lo) return FALSE;
  if (isConst(a) && isConst(b)) return FALSE;
  if (isConst(a)) return eq(b, a);
  if (isConst(b) && b.lo <= MAX_WORD && a.hi <= MAX_WORD && (b.lo & ~a.bits) !== 0n) return FALSE;
  if (a.op === "xor" && isConst(b) && b.lo === 0n) return eq(a.args[0] as Word, a.args[1] as Word);
  if (a.op === "ite" && isConst(b)) {
    const [x, y] = a.args as [Word, Word];
    const [first, second] = [eq(x, b), eq(y, b)];
    if (first === TRUE && second === FALSE) return a.condition as Truth;
    if (first === FALSE && second === TRUE) return negate(a.condition as Truth);
  }
  return truth("eq", [a, b]);
}

export function lt(a: Word, b: Word): Truth {
  if (a === b || a.lo >= b.hi) return FALSE;
  if (a.hi < b.lo) return TRUE;
  return truth("lt", [a, b]);
}

export const le = (a: Word, b: Word): Truth => negate(lt(b, a));
export const iff = (a: Truth, b: Truth): Truth => (a === b ? TRUE : all(implies(a, b), implies(b, a)));

export function ite(condition: Truth, a: Word, b: Word): Word {
  if (condition === TRUE || a === b) return a;
  if (condition === FALSE) return b;
  if (condition.op === "not") return ite(condition.args[0] as Truth, b, a);
  const [x, y] = [bounded(a, condition, true), bounded(b, condition, false)];
  return node("ite", [a, b], { lo: least(x.lo, y.lo), hi: most(x.hi, y.hi), bits: a.bits | b.bits }, condition);
}

/** The range of a term where a comparison that it takes part in holds, or does not. */
function bounded(a: Word, condition: Truth, holds: boolean): Range {
  if (condition.op !== "lt") return a;
  const [left, right] = condition.args as [Word, Word];
  if (holds && a === left) return { lo: a.lo, hi: least(a.hi, right.hi - 1n) };
  if (holds && a === right) return { lo: most(a.lo, left.lo + 1n), hi: a.hi };
  if (!holds && a === left) return { lo: most(a.lo, right.lo), hi: a.hi };
  if (!holds && a === right) return { lo: a.lo, hi: least(a.hi, left.hi) };
  return a;
}

/** 1 or 0. */
export const numberOf = (t: Truth): Word => ite(t, ONE, ZERO);

/** For messages. */
export function show(t: Term): string {
  if (t.sort === "word" && t.op === "const") return t.lo > 0xffff_ffffn ? `0x${t.lo.toString(16)}` : String(t.lo);
  if (t.name !== undefined) return t.name;
  const condition = t.sort === "word" && t.condition !== undefined ? [show(t.condition)] : [];
  return t.args.length === 0 ? t.op : `(${[t.op, ...condition, ...t.args.map(show)].join(" ")})`;
}
