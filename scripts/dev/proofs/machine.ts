/** One path through some functions: what is assumed on it, what it obliges to, its memory and storage. */
import { keccak256 } from "ethers";
import { Memory } from "./memory.ts";
import type { Theory } from "./smt.ts";
import {
  add,
  all,
  div,
  eq,
  FALSE,
  implies,
  isConst,
  ite,
  le,
  MAX_WORD,
  mod,
  mul,
  negate,
  sub,
  TRUE,
  type Truth,
  valueOf,
  variable,
  within,
  type Word,
  word,
  ZERO,
} from "./term.ts";

/**
 * Something that holds on a path: assumed, chosen at a branch, or to be shown from what stands before it. Behind a `forgotten` one
 * nothing that stands before it is used.
 */
export interface Fact {
  readonly kind: "assumed" | "chosen" | "claim" | "forgotten";
  readonly what: string;
  readonly truth: Truth;
  /** Of a claim that is shown by itself, from nothing else. */
  readonly alone?: Theory;
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** Raised where Solidity reverts. */
export class Reverted extends Error {}

/** Raised where a path is of no further interest. */
export class PathEnd extends Error {}

/** Of the syntax or the semantics, what the executor does not know. It claims nothing then. */
export class Unsupported extends Error {}

/** Hashes are taken not to be among the last words, behind which storage would begin anew. */
const MAX_HASH = MAX_WORD - (1n << 64n);

/** Most values of a number that are told apart. */
const FEW = 8n;

/** All that a term can come to, if they are few. */
function fewOf(w: Word): Set<bigint> | null {
  if (w.hi - w.lo < FEW) return new Set(Array.from({ length: Number(w.hi - w.lo) + 1 }, (_, i) => w.lo + BigInt(i)));
  if (w.op !== "add" && w.op !== "mul") return null;
  const [a, b] = w.args.map(fewOf);
  if (a === null || a === undefined || b === null || b === undefined) return null;
  const pairs = [...a].flatMap((x) => [...b].map((y) => (w.op === "add" ? x + y : x * y)));
  return new Set(pairs);
}

export class Machine {
  readonly facts: Fact[] = [];
  readonly memory: Memory;
  storage = new Map<string, Word>();
  readonly #guards: Truth[] = [];
  readonly #choices: readonly boolean[];
  readonly made: boolean[] = [];
  #names = 0;
  /** Called before each claim: the place for lemmas that it needs. */
  beforeClaim: ((what: string) => void) | undefined;
  /** Whether all inputs are values: then overflows wrap or revert as they do on chain. */
  readonly concrete: boolean;

  /** @param choices what to choose at the first branches; true at all after them */
  constructor(choices: readonly boolean[], concrete = false) {
    this.#choices = choices;
    this.concrete = concrete;
    this.memory = new Memory(this);
  }

  /** An unknown that nothing is known of but its range. */
  fresh(name: string, hi = MAX_WORD): Word {
    return variable(`${name} ${++this.#names}`, 0n, hi);
  }

  assume(truth: Truth, what = "assumed"): void {
    if (truth !== TRUE) this.facts.push({ kind: "assumed", what, truth });
  }

  /** What has to be shown, and is used from here on. */
  claim(what: string, truth: Truth): void {
    this.beforeClaim?.(what);
    const guarded = implies(all(...this.#guards), truth);
    if (guarded !== TRUE) this.facts.push({ kind: "claim", what, truth: guarded });
  }

  /**
   * A lemma: what holds for all numbers of the ranges of some terms, shown by itself, and then known of the terms.
   * @param statement of as many numbers as there are terms
   */
  lemma(what: string, terms: readonly Word[], theory: Theory, statement: (...numbers: Word[]) => Truth): void {
    if (terms.some(({ lo }) => lo < 0n)) throw new Error(`${what}: of a term that may fall below 0`);
    const numbers = terms.map(({ lo, hi }, i) => variable(`${what} ${i}`, lo, hi));
    this.facts.push({ kind: "claim", what, truth: statement(...numbers), alone: theory });
    this.assume(statement(...terms), what);
  }

  /** Has later claims shown without what stands here before them, which keeps them small. */
  forget(): void {
    this.facts.push({ kind: "forgotten", what: "", truth: TRUE });
  }

  /** What comes of a number that has few values, by what comes of each. */
  each(w: Word, action: (value: bigint) => Word): Word {
    if (isConst(w)) return action(w.lo);
    const [first, ...others] = [...(fewOf(w) ?? [])];
    if (first === undefined) throw new Unsupported("a number of too many values");
    return others.reduce((result, value) => ite(eq(w, word(value)), action(value), result), action(first));
  }

  /** Which way a branch goes on this path. */
  decide(condition: Truth): boolean {
    if (condition === TRUE || condition === FALSE) return condition === TRUE;
    if (this.#guards.length > 0) throw new Unsupported("a branch within a branch that is not followed");
    const known = this.facts.find(({ truth }) => truth === condition || truth === negate(condition));
    if (known !== undefined) return known.truth === condition;
    const choice = this.#choices[this.made.length] ?? true;
    this.made.push(choice);
    this.facts.push({ kind: "chosen", what: "branch", truth: choice ? condition : negate(condition) });
    return choice;
  }

  /** Does something whose claims matter only where `condition` holds. */
  under<T>(condition: Truth, action: () => T): T {
    this.#guards.push(condition);
    try {
      return action();
    } finally {
      this.#guards.pop();
    }
  }

  /**
   * A sum, difference, product, quotient or rest that has to be a number of the type.
   * @param max largest number of the type
   * @param checked whether Solidity reverts where it is not; either way it is claimed to be
   */
  arithmetic(op: Arithmetic, a: Word, b: Word, max: bigint, checked: boolean, at: string): Word {
    if (op === "/" || op === "%") {
      if (this.concrete && valueOf(b) === 0n) throw new Reverted("division by 0");
      this.claim(`${at}: no division by 0`, negate(eq(b, ZERO)));
      const divisor = within(b, 1n, b.hi);
      return op === "/" ? div(a, divisor) : mod(a, divisor);
    }
    const result = op === "+" ? add(a, b) : op === "-" ? sub(a, b) : mul(a, b);
    if (result.lo >= 0n && result.hi <= max) return result;
    if (this.concrete) {
      if (checked) throw new Reverted("overflow");
      return word(valueOf(result) & max);
    }
    const manner = checked ? "cannot revert" : "is not checked and";
    if (op === "-") {
      this.claim(`${at}: the difference ${manner} does not fall below 0`, le(b, a));
      return within(result, 0n, a.hi - b.lo < 0n ? 0n : a.hi - b.lo);
    }
    const name = op === "+" ? "sum" : "product";
    this.claim(`${at}: the ${name} ${manner} does not overflow`, le(result, word(max)));
    return within(result, 0n, max);
  }

  /** Hash of words of memory; of unknown ones it is unknown, and the same for the same. */
  keccak(words: readonly Word[]): Word {
    if (words.every(isConst)) {
      const bytes = words.map((w) => valueOf(w).toString(16).padStart(64, "0")).join("");
      return word(BigInt(keccak256(`0x${bytes}`)));
    }
    const name = `keccak ${words.map(({ id }) => id).join(" ")}`;
    return variable(name, 0n, MAX_HASH);
  }
}
