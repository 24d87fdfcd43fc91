import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, type Query, script } from "./smt.ts";
import { Solver } from "./solver.ts";
import {
  add,
  and,
  div,
  eq,
  FALSE,
  ite,
  le,
  lt,
  MAX_WORD,
  mod,
  mul,
  not,
  or,
  shl,
  shr,
  sub,
  variable,
  type Word,
  word,
  xor,
  ZERO,
} from "./term.ts";

/** Numbers that repeat, from a seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NAMES = ["a", "b", "c"] as const;
const WIDTHS = [256n, 64n, 8n] as const;

interface Pair {
  readonly term: Word;
  /** What the term is by the EVM's own rules, where the unknowns have the values of the test. */
  readonly value: bigint;
}

type Operation = (x: Pair, y: Pair, by: number) => Pair | null;

const wordOf = (term: Word, value: bigint): Pair | null => (value >= 0n && value <= MAX_WORD ? { term, value } : null);

const OPERATIONS: readonly Operation[] = [
  (x, y) => wordOf(add(x.term, y.term), x.value + y.value),
  (x, y) => (x.value < y.value ? null : { term: sub(x.term, y.term), value: x.value - y.value }),
  (x, y) => wordOf(mul(x.term, y.term), x.value * y.value),
  (x, y) => (y.value === 0n ? null : { term: div(x.term, y.term), value: x.value / y.value }),
  (x, y) => (y.value === 0n ? null : { term: mod(x.term, y.term), value: x.value % y.value }),
  (x, y) => ({ term: and(x.term, y.term), value: x.value & y.value }),
  (x, y) => ({ term: or(x.term, y.term), value: x.value | y.value }),
  (x, y) => ({ term: xor(x.term, y.term), value: x.value ^ y.value }),
  (x) => ({ term: not(x.term), value: x.value ^ MAX_WORD }),
  (x, _, by) => ({ term: shl(x.term, by), value: (x.value << BigInt(by)) & MAX_WORD }),
  (x, _, by) => ({ term: shr(x.term, by), value: x.value >> BigInt(by) }),
  (x, y) => ({ term: ite(lt(x.term, y.term), x.term, y.term), value: x.value < y.value ? x.value : y.value }),
  (x, y) => ({ term: ite(eq(x.term, y.term), ZERO, y.term), value: x.value === y.value ? 0n : y.value }),
];

describe("terms", () => {
  it("mean, however they are simplified, what the operations mean, and keep to their ranges and bits", () => {
    const random = generator(7);
    for (let round = 0; round < 3_000; round++) {
      const values = new Map<string, bigint>();
      const pool: Pair[] = [word(random(300)), word((1n << BigInt(random(256))) - 1n)].map((term) => ({
        term,
        value: term.lo,
      }));
      for (const [i, name] of NAMES.entries()) {
        const width = WIDTHS[i] as bigint;
        const bits = Array.from({ length: Number(width) }, () => random(2)).join("");
        const value = BigInt(`0b${bits}`) >> BigInt(random(Number(width)));
        values.set(name, value);
        pool.push({ term: variable(name, 0n, (1n << width) - 1n), value });
      }
      for (let step = 0; step < 12; step++) {
        const operation = OPERATIONS[random(OPERATIONS.length)] as Operation;
        const [x, y] = [pool[random(pool.length)] as Pair, pool[random(pool.length)] as Pair];
        // A difference may fall below 0 elsewhere; the executor marks it, as `within` does.
        if (x.term.lo < 0n || y.term.lo < 0n || x.term.hi > MAX_WORD || y.term.hi > MAX_WORD) continue;
        const made = operation(x, y, random(256));
        if (made === null) continue;
        pool.push(made);
        assert.equal(evaluate(made.term, values), made.value, `round ${round}, step ${step}`);
        assert.ok(made.term.lo <= made.value && made.value <= made.term.hi, `range in round ${round}, step ${step}`);
        if (made.term.hi <= MAX_WORD)
          assert.equal(made.value & ~made.term.bits, 0n, `bits in round ${round}, step ${step}`);
      }
    }
  });
});

describe("the solver", () => {
  const [x, y] = [variable("x", 0n, 1_000n), variable("y", 1n, 1_000n)];

  it("proves what holds, in both theories", async () => {
    const solver = new Solver();
    try {
      for (const theory of ["int", "bits"] as const) {
        const goal = le(mul(div(x, y), y), x);
        assert.deepEqual(await solver.ask({ facts: [], goal, theory }, 60_000), { status: "proved" });
      }
    } finally {
      solver.close();
    }
  });

  it("refutes what does not, with values for which it does not", async () => {
    const solver = new Solver();
    try {
      for (const theory of ["int", "bits"] as const) {
        const query: Query = { facts: [lt(y, x)], goal: lt(mul(x, y), word(900_000)), theory };
        const answer = await solver.ask(query, 60_000);
        assert.equal(answer.status, "refuted");
        if (answer.status === "refuted") assert.equal(evaluate(query.goal, answer.counterexample), false);
      }
    } finally {
      solver.close();
    }
  });

  it("claims nothing where time is up", async () => {
    const [a, b, c] = NAMES.map((name) => variable(`large ${name}`, 3n, 1n << 200n)) as [Word, Word, Word];
    const cube = (t: Word) => mul(mul(t, t), t);
    const solver = new Solver();
    try {
      const query: Query = { facts: [eq(add(cube(a), cube(b)), cube(c))], goal: FALSE, theory: "int" };
      assert.equal((await solver.ask(query, 500)).status, "open");
    } finally {
      solver.close();
    }
  });

  it("refuses a script of overlapping bits over integers", () => {
    const goal = eq(or(x, y), word(1_000));
    assert.throws(() => script({ facts: [], goal, theory: "int" }), /prove it over bits/);
  });
});
