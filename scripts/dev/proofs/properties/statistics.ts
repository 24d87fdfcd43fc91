import type { Property, Scene } from "../property.ts";
import {
  add,
  all,
  and,
  any,
  eq,
  ite,
  le,
  lt,
  mul,
  or,
  shl,
  shr,
  sub,
  type Truth,
  truthOf,
  within,
  type Word,
  word,
  ZERO,
} from "../term.ts";
import type { Value } from "../values.ts";
import { FLOOR, FULL_PARTICIPATION, MAX_OUTCOMES, range, RARITY_MAX, RARITY_MIN } from "./bounds.ts";

const PER_WORD = 8;
const COUNT_BITS = 16;
const COUNT_START = 1_024;
const EVIDENCE_CAP = 65_536;
const ONE = 256;
const NOT_COUNTED = (1n << 256n) - 1n;
/** Most outcomes of which `record` is followed as a whole; its parts are shown for all. */
const WHOLE = 3;
const SELF: Value = { kind: "place", path: "self" };

const field = (w: Word, place: number) => and(shr(w, place * COUNT_BITS), word(0xffff));

/** The counts of some outcomes where they stand in storage. */
function countsIn(x: Scene, outcomes: number): Word[] {
  const [head, tail] = [x.stored("self.head") ?? ZERO, x.stored("self.tail") ?? ZERO];
  return range(0, outcomes - 1).map((o) => field(o < PER_WORD ? head : tail, o % PER_WORD));
}

/** What stands in no count and is not the participation. */
function rest(x: Scene, outcomes: number): Truth {
  const [head, tail] = [x.stored("self.head") ?? ZERO, x.stored("self.tail") ?? ZERO];
  const unused = (w: Word, count: number, bits: number) =>
    shr(and(w, word((1n << BigInt(bits)) - 1n)), count * COUNT_BITS);
  return all(
    eq(unused(head, Math.min(outcomes, PER_WORD), 128), ZERO),
    eq(unused(tail, Math.max(0, outcomes - PER_WORD), 256), ZERO),
    eq(shr(head, 144), ZERO),
  );
}

const pack = (counts: readonly Word[]) => counts.reduce((sum, count, i) => or(sum, shl(count, i * COUNT_BITS)), ZERO);

interface Counts {
  readonly each: readonly Word[];
  readonly sum: Word;
  readonly participation: Word;
}

/** Statistics as any history leaves them: every count from the floor on, all of them together within the cap. */
function history(x: Scene, outcomes: number): Counts {
  const each = range(0, outcomes - 1).map((o) => x.word(`count ${o}`, FLOOR, 65_535));
  const sum = each.reduce(add);
  x.assume(le(sum, word(EVIDENCE_CAP)));
  for (const count of each)
    x.prove("a count leaves the others their floor", le(count, word(EVIDENCE_CAP - FLOOR * (outcomes - 1))));
  const participation = x.word("participation", 0, FULL_PARTICIPATION);
  x.store("self.head", or(pack(each.slice(0, PER_WORD)), shl(participation, 128)));
  x.store("self.tail", pack(each.slice(PER_WORD)));
  return { each, sum, participation };
}

/** The sum of a word's counts, as the contract adds them up and one by one. */
function proveSums(x: Scene, { each }: Counts): void {
  for (const some of [each.slice(0, PER_WORD), each.slice(PER_WORD)]) {
    if (some.length === 0) continue;
    x.lemma("the counts are added up", some, "bits", (...counts) =>
      eq(x.call("Statistics._sum", pack(counts)), counts.reduce(add)),
    );
  }
}

const forgotten = (count: Word): Word => {
  const kept = within(sub(count, shr(count, 4)), 0n, count.hi);
  return ite(lt(kept, word(FLOOR)), word(FLOOR), kept);
};

/** A number of outcomes and one of them, in one number. */
const code = (outcomes: number, outcome: number) => outcomes * 100 + outcome;

export const statistics: readonly Property[] = [
  {
    name: "a new domain of 2 to 16 outcomes counts 1,024 for each, nothing else, and full participation; all of it is read again",
    function: "Statistics.initialize",
    theory: "int",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      x.store("self.tail", ZERO);
      x.callAll("Statistics.initialize", SELF, word(outcomes));
      for (const count of countsIn(x, outcomes)) x.prove("each begins alike", eq(count, word(COUNT_START)));
      x.prove("nothing else", rest(x, outcomes));
      x.prove("within the cap", le(word(COUNT_START * outcomes), word(EVIDENCE_CAP)));
      const [counts, participation] = x.callAll("Statistics.load", SELF, word(outcomes)) as [Word, Word];
      for (const count of x.elements(counts, outcomes)) x.prove("read again", eq(count, word(COUNT_START)));
      x.prove("participation", eq(participation, word(FULL_PARTICIPATION)));
    },
  },
  {
    name: "the sum by multiplication is that of the eight counts of a word, whatever they are",
    function: "Statistics._sum",
    theory: "bits",
    run: (x) => {
      const counts = range(0, PER_WORD - 1).map((i) => x.word(`count ${i}`, 0, 65_535));
      x.prove("the sum", eq(x.call("Statistics._sum", pack(counts)), counts.reduce(add)));
    },
  },
  {
    name: "counting at any place of a word of eight counts, or at none, adds 256 there, or has each of them forget a sixteenth, floor kept; no count touches another or what stands above",
    function: "Statistics._counted",
    theory: "bits",
    cases: range(0, PER_WORD),
    run: (x, place) => {
      x.executor.unwind = PER_WORD;
      const counts = range(0, PER_WORD - 1).map((i) => x.word(`count ${i}`, FLOOR, 65_535));
      const full = x.truth("full");
      // Where there is room for 256 in all, each count has it: the others have their floor.
      x.assume(
        any(
          full,
          ...counts.filter((_, i) => i === place).map((count) => le(count, word(EVIDENCE_CAP - ONE - FLOOR))),
          truthOf(place === PER_WORD),
        ),
      );
      const after = x.call("Statistics._counted", pack(counts), word(place), full);
      const forgets = x.machine.decide(full);
      for (const [i, count] of counts.entries()) {
        const counted = i === place ? add(count, word(ONE)) : count;
        x.prove(`count ${i}`, eq(field(after, i), forgets ? forgotten(counted) : counted));
        x.prove(`the floor of ${i}`, le(word(FLOOR), field(after, i)));
      }
      x.prove("nothing above", le(after, word((1n << 128n) - 1n)));
    },
  },
  {
    name: "where 2 to 16 counts with their 256 more are above the cap, forgetting brings their sum below it",
    function: "Trust.decay",
    theory: "int",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      const counts = range(0, outcomes - 1).map((o) => x.word(`count ${o}`, FLOOR, 65_535));
      x.assume(le(counts.reduce(add), word(EVIDENCE_CAP)));
      const after = counts.map((count, o) => {
        const counted = o === 0 ? add(count, word(ONE)) : count;
        x.lemma("fifteen sixteenths and two", [counted], "int", (...n) =>
          le(mul(forgotten(n[0] as Word), word(16)), add(mul(n[0] as Word, word(15)), word(31))),
        );
        const decayed = x.call("Trust.decay", counted);
        x.prove("is what is forgotten", eq(decayed, forgotten(counted)));
        return decayed;
      });
      x.prove("within the cap", le(after.reduce(add), word(EVIDENCE_CAP)));
    },
  },
  {
    name: "counting one of 2 or 3 outcomes adds 256 to its count, or has every count forget a sixteenth, floor kept; no field touches another, their sum stays within the cap, participation is its own rule's, rarity that of the counts before",
    function: "Statistics.record",
    theory: "int",
    cases: range(2, WHOLE).flatMap((outcomes) => range(0, outcomes - 1).map((outcome) => code(outcomes, outcome))),
    run: (x, which) => {
      x.executor.unwind = PER_WORD;
      x.executor.fields = true;
      const [outcomes, outcome] = [Math.floor(which / 100), which % 100];
      const before = history(x, outcomes);
      proveSums(x, before);
      const [revealed, offered] = [x.word("revealed", 0, (1 << 20) - 1), x.word("offered", 0, (1 << 14) - 1)];
      const participation = x.call("Sortition.updateParticipation", before.participation, revealed, offered);
      x.prove("16 bits of participation", le(participation, word(FULL_PARTICIPATION)));
      const g = x.call("Statistics.record", SELF, word(outcomes), word(outcome), revealed, offered);
      x.prove("rarity within bounds", all(le(word(RARITY_MIN), g), le(g, word(RARITY_MAX))));
      const after = countsIn(x, outcomes);
      const full = x.machine.decide(lt(word(EVIDENCE_CAP), add(before.sum, word(ONE))));
      const expected = before.each.map((count, o) => {
        const counted = o === outcome ? add(count, word(ONE)) : count;
        return full ? forgotten(counted) : counted;
      });
      for (const [o, count] of after.entries()) {
        x.prove(`count ${o}`, eq(count, expected[o] as Word));
        x.prove(`the floor of ${o}`, le(word(FLOOR), expected[o] as Word));
      }
      x.prove("their sum", le(expected.reduce(add), word(EVIDENCE_CAP)));
      x.prove("participation", eq(and(shr(x.stored("self.head") as Word, 128), word(0xffff)), participation));
      x.prove("nothing else", rest(x, outcomes));
    },
  },
  {
    name: "a question that is not counted leaves every count, and has rarity 1",
    function: "Statistics.record",
    theory: "int",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      const before = history(x, outcomes);
      const [revealed, offered] = [x.word("revealed", 0, (1 << 20) - 1), x.word("offered", 0, (1 << 14) - 1)];
      const g = x.call("Statistics.record", SELF, word(outcomes), word(NOT_COUNTED), revealed, offered);
      x.prove("rarity 1", eq(g, word(ONE)));
      for (const [o, count] of countsIn(x, outcomes).entries())
        x.prove(`count ${o}`, eq(count, before.each[o] as Word));
      x.prove("nothing else", rest(x, outcomes));
    },
  },
];
