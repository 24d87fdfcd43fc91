import type { LoopHead } from "../executor.ts";
import type { Property, Scene } from "../property.ts";
import {
  add,
  all,
  and,
  any,
  eq,
  iff,
  implies,
  le,
  lt,
  mul,
  negate,
  or,
  shl,
  shr,
  type Truth,
  type Word,
  word,
  ZERO,
} from "../term.ts";
import { asWord, type Value } from "../values.ts";
import { BPS, MAX_OUTCOMES, MAX_SEATS, MIN_SEATS, range } from "./bounds.ts";

const NO_OUTCOME = 31;
const MAX_TALLY = 65_535n;
const MAX_WEIGHT = (1n << 28n) - 1n;
const WEIGHT_CAP = 4_096;
const SLOTS: Value = { kind: "place", path: "question" };

interface Tally {
  readonly seats: Word;
  readonly weight: Word;
  /** Weight above seats, which is how outcomes are compared. */
  readonly rank: Word;
}

/** A question's words with any tally of some outcomes, and none of others. */
function tallies(x: Scene, outcomes: number): { readonly head: Word; readonly each: readonly Tally[] } {
  const each = range(0, outcomes - 1).map((o): Tally => {
    const [seats, weight] = [x.word(`seats ${o}`, 0, MAX_TALLY), x.word(`weight ${o}`, 0, MAX_WEIGHT)];
    // What addVote leads to.
    x.assume(le(weight, mul(seats, word(WEIGHT_CAP))));
    return { seats, weight, rank: or(shl(weight, 16), seats) };
  });
  const pack = (some: readonly Tally[], from: number) =>
    some.reduce(
      (sum, { seats, weight }, n) => or(sum, or(shl(seats, from + 44 * n), shl(weight, from + 44 * n + 16))),
      ZERO,
    );
  for (const n of [0, 1, 2]) x.store(`question.more[${n}]`, pack(each.slice(3 + 5 * n, 8 + 5 * n), 0));
  return { head: or(x.word("schedule", 0, (1n << 81n) - 1n), pack(each.slice(0, 3), 81)), each };
}

/** What the count of the outcomes up to one has come to. */
interface Count {
  readonly outcome: Word;
  readonly seats: Word;
  readonly weight: Word;
  readonly best: Word;
  readonly second: Word;
}

/** What holds once some outcomes have been counted. */
function invariant(c: Count, counted: readonly Tally[]): Truth {
  const [first, second] = [shr(c.best, 16), shr(c.second, 16)];
  const leads = counted.map(({ rank }, o) => all(eq(c.outcome, word(o)), eq(c.best, rank)));
  const none = all(eq(c.outcome, word(NO_OUTCOME)), eq(c.best, ZERO), eq(c.seats, ZERO), eq(c.weight, ZERO));
  return all(
    any(none, ...leads),
    le(c.second, c.best),
    le(add(first, second), c.weight),
    le(and(c.best, word(0xffff)), c.seats),
    le(c.seats, word(MAX_TALLY * BigInt(counted.length))),
    le(c.weight, word(MAX_WEIGHT * BigInt(counted.length))),
    ...counted.map(({ rank }) => le(rank, c.best)),
    ...counted.map(({ rank }, o) => any(eq(c.outcome, word(o)), le(rank, c.second))),
    iff(eq(c.seats, ZERO), eq(c.best, ZERO)),
  );
}

/** Cuts the count after each outcome: what holds is shown, and nothing else is known from there on. */
function cut(x: Scene, each: readonly Tally[]): void {
  x.atLoop("_count", (head: LoopHead) => {
    const k = head.iteration;
    const at = asWord(head.get("v"));
    const member = (name: string) => x.member("Verdicts.Verdict", at, name);
    const before: Count = {
      outcome: member("outcome"),
      seats: asWord(head.get("seats")),
      weight: asWord(head.get("weight")),
      best: asWord(head.get("best")),
      second: asWord(head.get("second")),
    };
    const counted = each.slice(0, k);
    x.prove(`what holds of ${k} outcomes`, invariant(before, counted));
    if (k === 0) return;
    const after: Count = {
      outcome: x.word(`outcome after ${k}`, 0, NO_OUTCOME),
      seats: x.word(`seats after ${k}`, 0, MAX_TALLY * BigInt(k)),
      weight: x.word(`weight after ${k}`, 0, MAX_WEIGHT * BigInt(k)),
      best: x.word(`best after ${k}`, 0, (1n << 44n) - 1n),
      second: x.word(`second after ${k}`, 0, (1n << 44n) - 1n),
    };
    x.forget();
    for (const { seats, weight } of each) x.assume(le(weight, mul(seats, word(WEIGHT_CAP))));
    x.assume(invariant(after, counted));
    x.setMember("Verdicts.Verdict", at, "outcome", after.outcome);
    for (const name of ["seats", "weight", "best", "second"] as const) head.set(name, after[name]);
  });
}

export const verdicts: readonly Property[] = [
  {
    name: "the leading outcome of 2 to 16 has the most weight, among equals the most seats; twice the second weight is never more than the whole; every field keeps to its bounds, and a decisive verdict has what settlement takes for granted",
    function: "Verdicts.verdict",
    theory: "int",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      const { head, each } = tallies(x, outcomes);
      cut(x, each);
      const k = x.word("k", MIN_SEATS, MAX_SEATS);
      const [supermajority, lastRound] = [x.word("supermajorityBps", 5_001, BPS), x.truth("lastRound")];
      const v = x.call("Verdicts.verdict", SLOTS, head, word(outcomes), k, supermajority, lastRound);
      const member = (name: string) => x.member("Verdicts.Verdict", v, name);
      const [outcome, seats, weight] = [member("outcome"), member("seats"), member("weight")];
      const [leadingSeats, leading] = [member("leadingSeats"), member("leadingWeight")];
      const decisive = negate(eq(member("decisive"), ZERO));
      x.prove(
        "some outcome leads, or nobody voted",
        any(lt(outcome, word(outcomes)), all(eq(outcome, word(NO_OUTCOME)), eq(seats, ZERO))),
      );
      x.prove("16 bits of leading seats, of all", all(le(leadingSeats, seats), le(leadingSeats, word(MAX_TALLY))));
      x.prove("20 bits of seats", le(seats, word(MAX_TALLY * BigInt(outcomes))));
      x.prove(
        "32 bits of weight, no less than the leading",
        all(le(leading, weight), le(weight, word(MAX_WEIGHT * BigInt(outcomes)))),
      );
      x.prove("who votes leads with a seat", implies(lt(ZERO, seats), lt(ZERO, leadingSeats)));
      x.prove(
        "a decisive outcome has weight and a seat",
        implies(decisive, all(lt(ZERO, leading), lt(ZERO, leadingSeats))),
      );
      x.prove("the quorum", implies(decisive, le(k, mul(seats, word(2)))));
      x.prove("more than half in the last round", implies(all(decisive, lastRound), lt(weight, mul(leading, word(2)))));
      x.prove(
        "the supermajority before",
        implies(all(decisive, negate(lastRound)), le(mul(supermajority, weight), mul(leading, word(BPS)))),
      );
      x.prove("support is a share", le(member("supportBps"), word(BPS)));
      x.prove("13 bits of seats at risk", le(member("riskSeats"), word(8_191)));
      for (const [o, tally] of each.entries()) {
        const leads = eq(outcome, word(o));
        x.prove(
          `${o} leads by weight, then by seats, and decides only alone`,
          all(
            le(tally.weight, leading),
            implies(eq(tally.weight, leading), le(tally.seats, leadingSeats)),
            implies(leads, all(eq(tally.seats, leadingSeats), eq(tally.weight, leading))),
            implies(all(decisive, negate(leads)), lt(tally.weight, leading)),
          ),
        );
      }
    },
  },
];
