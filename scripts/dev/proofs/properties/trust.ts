import type { Property, Scene } from "../property.ts";
import { add, all, any, div, eq, implies, ite, le, lt, mul, shl, shr, sub, within, type Word, word } from "../term.ts";
import { FLOOR, MAX_EVIDENCE, MAX_OUTCOMES, RARITY_MAX, RARITY_MIN, range } from "./bounds.ts";

const EVIDENCE_CAP = 65_536;
const WEIGHT_CAP = 4_096;
const RATIO_CAP = 1 << 14;
const MAX_VERDICTS = 4_095;
/** Forgetting ends at EVIDENCE_CAP, and may then lift one side by one to FLOOR. */
const MAX_SUM = EVIDENCE_CAP + 1;
const MAX_SIDE = MAX_SUM - FLOOR;

interface Evidence {
  readonly alpha: Word;
  readonly beta: Word;
  readonly verdicts: Word;
}

function evidence(x: Scene, name = ""): Evidence {
  const [alpha, beta] = [x.word(`alpha${name}`, FLOOR, MAX_SIDE), x.word(`beta${name}`, FLOOR, MAX_SIDE)];
  const verdicts = x.word(`verdicts${name}`, 0, MAX_VERDICTS);
  x.assume(le(add(alpha, beta), word(MAX_SUM)));
  return { alpha, beta, verdicts };
}

const weigh = (x: Scene, { alpha, beta, verdicts }: Evidence) => x.call("Trust.weight", alpha, beta, verdicts);

export const trust: readonly Property[] = [
  {
    name: `evidence of at least ${FLOOR} a side and at most ${MAX_SUM} in all, to which a verdict adds, comes back to the same bounds by forgetting, in at most two rounds; each side fits 16 bits; neither is raised, something is forgotten, and no more than an eighth and a little`,
    function: "Trust.forget",
    theory: "int",
    run: (x) => {
      x.executor.unwind = 2;
      const e = evidence(x);
      const [agree, quantity] = [x.truth("agree"), x.word("quantity", 1, MAX_EVIDENCE)];
      const added = [ite(agree, add(e.alpha, quantity), e.alpha), ite(agree, e.beta, add(e.beta, quantity))] as const;
      const sum = add(add(e.alpha, e.beta), quantity);
      x.assume(lt(word(EVIDENCE_CAP), sum));
      const [alpha, beta] = x.callAll("Trust.forget", ...added) as [Word, Word];
      x.prove("the floor", all(le(word(FLOOR), alpha), le(word(FLOOR), beta)));
      x.prove("the sum", le(add(alpha, beta), word(MAX_SUM)));
      x.prove("16 bits", all(le(alpha, word(65_535)), le(beta, word(65_535))));
      x.prove("neither side is raised", all(le(alpha, added[0]), le(beta, added[1])));
      x.prove("something is forgotten", lt(add(alpha, beta), sum));
      x.prove("most is kept", le(mul(sum, word(7)), mul(add(add(alpha, beta), word(4)), word(8))));
    },
  },
  {
    name: `the weight of a seat is at most ${WEIGHT_CAP}, at most 256 before three verdicts, 256 for even evidence and no more for less`,
    function: "Trust.weight",
    theory: "int",
    run: (x) => {
      const e = evidence(x);
      const { alpha, beta, verdicts } = e;
      const w = weigh(x, e);
      x.prove("the cap", le(w, word(WEIGHT_CAP)));
      const newcomer = lt(verdicts, word(3));
      x.prove("a newcomer's", implies(newcomer, le(w, word(256))));
      x.prove("even evidence weighs 1", implies(eq(alpha, beta), eq(w, word(256))));
      x.prove("more against than for weighs at most 1", implies(le(alpha, beta), le(w, word(256))));
    },
  },
  {
    name: "the weight never falls as evidence for rises, evidence against falls or verdicts are scored",
    function: "Trust.weight",
    theory: "int",
    run: (x) => {
      const [less, more] = [evidence(x, ", less"), evidence(x, ", more")];
      x.assume(all(le(less.alpha, more.alpha), le(more.beta, less.beta), le(less.verdicts, more.verdicts)));
      const [p, q] = [less, more].map(({ alpha, beta }) => div(shl(alpha, 8), beta)) as [Word, Word];
      x.prove("the smaller quotient times the smaller divisor", le(mul(p, more.beta), mul(p, less.beta)));
      x.prove("the quotients", le(p, q));
      const [r, s] = [p, q].map((ratio) => ite(lt(word(RATIO_CAP), ratio), word(RATIO_CAP), ratio)) as [Word, Word];
      x.prove("the capped ones", le(r, s));
      x.prove("their squares", all(le(mul(r, r), mul(r, s)), le(mul(r, s), mul(s, s))));
      const [a, b] = [weigh(x, less), weigh(x, more)];
      x.prove("monotone", le(a, b));
    },
  },
  {
    name: "the rarity of one of 2 to 16 outcomes is within [1/4, 4], 1 where all are as frequent, and never rises with the count",
    function: "Trust.rarity",
    theory: "int",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      const sum = x.word("sum", FLOOR, 1 << 17);
      const [count, more] = [x.word("count", FLOOR, 65_535), x.word("a higher count", FLOOR, 65_535)];
      x.assume(all(le(count, sum), le(count, more)));
      const g = x.call("Trust.rarity", sum, count, word(outcomes));
      x.prove("within bounds", all(le(word(RARITY_MIN), g), le(g, word(RARITY_MAX))));
      x.prove("1 where all are as frequent", implies(eq(mul(count, word(outcomes)), sum), eq(g, word(256))));
      x.prove("never rises with the count", le(x.call("Trust.rarity", sum, more, word(outcomes)), g));
    },
  },
  {
    name: "a count that is forgotten keeps 15/16, rounded up, and the floor; it never rises above the floor by it",
    function: "Trust.decay",
    theory: "int",
    run: (x) => {
      const count = x.word("count", 0, 65_535 + 256);
      const after = x.call("Trust.decay", count);
      const kept = within(sub(count, shr(count, 4)), 0n, count.hi);
      x.prove("what is kept", any(eq(after, kept), all(eq(after, word(FLOOR)), lt(kept, word(FLOOR)))));
      x.prove("the floor", le(word(FLOOR), after));
      x.prove("16 bits", le(after, word(65_535)));
      x.prove("never more than before, from the floor on", implies(le(word(FLOOR), count), le(after, count)));
      x.prove("less, from the floor's next on", implies(lt(word(FLOOR), count), lt(after, count)));
    },
  },
];
