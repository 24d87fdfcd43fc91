import type { Value } from "../values.ts";
import type { Property, Scene } from "../property.ts";
import { add, and, eq, iff, le, mul, or, shl, shr, type Word, word, ZERO } from "../term.ts";
import { BPS, MAX_GAIN, MAX_OFFERED, MAX_OUTCOMES, MAX_WORD, range } from "./bounds.ts";

const TALLY_SHIFT = 81;
const TALLY_BITS = 44;
const SEATS_BITS = 16;
const MAX_SEATS = 65_535;
const WEIGHT_CAP = 4_096;

const SLOTS: Value = { kind: "place", path: "question" };

/** Where the tally of an outcome stands: the word's place in storage and the lowest bit. */
export function placeOf(outcome: number): { readonly path: string; readonly shift: number } {
  if (outcome < 3) return { path: "question.head", shift: TALLY_SHIFT + outcome * TALLY_BITS };
  const further = outcome - 3;
  return { path: `question.more[${Math.floor(further / 5)}]`, shift: (further % 5) * TALLY_BITS };
}

const PATHS = ["question.head", "question.more[0]", "question.more[1]", "question.more[2]"];

const ones = (bits: number) => word((1n << BigInt(bits)) - 1n);
const field = (w: Word, shift: number, bits: number) => and(shr(w, shift), ones(bits));

/** Fields of a question's word, from the lowest bit: name and bits (docs of `Questions`). */
const HEADER: readonly (readonly [string, number, bigint | number])[] = [
  ["rounds", 3, 4],
  ["canary", 5, 3 + MAX_OUTCOMES - 1],
  ["budget", 12, 4_095],
  ["offered", 14, (1 << 14) - 1],
  ["offeredNow", 13, MAX_OFFERED],
  ["epoch", 32, 2 ** 32 - 1],
];
const TERMS: readonly (readonly [string, number, bigint | number])[] = [
  ["status", 2, 3],
  ["rounds", 3, 4],
  ["outcome", 5, 31],
  ["budget", 12, 4_095],
  ["supportBps", 14, BPS],
  ["evidence", 14, 8_192],
  ["riskSeats", 13, 8_191],
  ["loss", 86, (1n << 86n) - 1n],
  ["gain", 104, MAX_GAIN],
];

function words(x: Scene): Map<string, Word> {
  const all = new Map(PATHS.map((path) => [path, x.word(path, 0, MAX_WORD)]));
  for (const [path, value] of all) x.store(path, value);
  return all;
}

export const questions: readonly Property[] = [
  {
    name: "the tally read of 2 to 16 outcomes is that of each outcome's place",
    function: "Questions.tally",
    theory: "bits",
    cases: range(2, MAX_OUTCOMES),
    run: (x, outcomes) => {
      const all = words(x);
      const read = x.call("Questions.tally", SLOTS, all.get("question.head") as Word, word(outcomes));
      const [seats, weights] = ["seats", "weights"].map((name) =>
        x.elements(x.member("Questions.Tally", read, name), outcomes),
      );
      for (let o = 0; o < outcomes; o++) {
        const { path, shift } = placeOf(o);
        const from = all.get(path) as Word;
        x.prove(`seats of ${o}`, eq(seats?.[o] as Word, field(from, shift, SEATS_BITS)));
        x.prove(`weight of ${o}`, eq(weights?.[o] as Word, field(from, shift + SEATS_BITS, 28)));
      }
    },
  },
  {
    name: "a schedule written into an open word is read again as it was; the tallies above it are kept, and the word is open",
    function: "Questions.withHeader",
    theory: "bits",
    run: (x) => {
      const old = x.word("word", 0, MAX_WORD);
      const values = Object.fromEntries(HEADER.map(([name, , max]) => [name, x.word(name, 0, max)]));
      const now = x.call("Questions.withHeader", old, x.struct("Questions.Header", values));
      const read = x.call("Questions.header", now);
      for (const [name, value] of Object.entries(values)) {
        x.prove(`${name} is read again`, eq(x.member("Questions.Header", read, name), value));
      }
      x.prove("the tallies are kept", eq(shr(now, TALLY_SHIFT), shr(old, TALLY_SHIFT)));
      x.prove("it is open", eq(x.call("Questions.statusOf", now), word(1)));
      const mask = and(now, word(3n | (0xffffffffn << 49n)));
      x.prove("for the ballots of its epoch", eq(mask, x.call("Questions.openFor", values["epoch"] as Word)));
    },
  },
  {
    name: "terms of settlement within their widths are read again as they were packed, part by part, and fill no bit beyond them; reclaiming clears the budget and the refund and nothing else",
    function: "Questions.terms",
    theory: "bits",
    run: (x) => {
      const values = Object.fromEntries(TERMS.map(([name, , max]) => [name, x.word(name, 0, max)]));
      const of = (name: string) => values[name] as Word;
      const seats = x.word("seats", 0, 16 * MAX_SEATS);
      const rest = x.word("rest of the open word", 0, MAX_WORD);
      const kept = or(shl(of("rounds"), 2), shl(of("budget"), 10));
      const open = or(kept, and(rest, word(MAX_WORD ^ ((7n << 2n) | (0xfffn << 10n)))));
      const packed = [
        x.call("Questions.encodeEnd", open, of("status"), of("outcome")),
        x.call("Questions.encodeSupport", of("supportBps"), of("riskSeats"), seats),
        x.call("Questions.encodePayout", of("evidence"), of("loss"), of("gain")),
      ].reduce(or);
      const read = x.call("Questions.terms", packed);
      const reclaimed = x.call("Questions.terms", x.call("Questions.reclaimed", packed));
      for (const name of Object.keys(values)) {
        x.prove(`${name} is read again`, eq(x.member("Questions.Terms", read, name), of(name)));
        const left = name === "budget" ? ZERO : of(name);
        x.prove(`${name} after reclaiming`, eq(x.member("Questions.Terms", reclaimed, name), left));
      }
      const refundable = x.member("Questions.Terms", read, "refundable");
      x.prove("refundable where nobody voted", iff(eq(seats, ZERO), eq(refundable, word(1))));
      x.prove("refunded after reclaiming", eq(x.member("Questions.Terms", reclaimed, "refundable"), ZERO));
      x.prove("254 bits", le(packed, word((1n << 254n) - 1n)));
      for (const [reader, name] of [
        ["outcomeOf", "outcome"],
        ["evidenceOf", "evidence"],
        ["lossOf", "loss"],
        ["gainOf", "gain"],
        ["roundsOf", "rounds"],
        ["statusOf", "status"],
        ["budgetOf", "budget"],
      ] as const) {
        x.prove(`${reader} reads ${name}`, eq(x.call(`Questions.${reader}`, packed), of(name)));
      }
    },
  },
  {
    name: "what a seat adds to a tally, times the seats, is seats and, above them, their weight",
    function: "Questions.seatOf",
    theory: "int",
    run: (x) => {
      const [seats, weight] = [x.word("seats", 0, MAX_SEATS), x.word("weight", 0, WEIGHT_CAP)];
      const added = mul(seats, x.call("Questions.seatOf", weight));
      x.prove("seats below their weight", eq(added, add(seats, mul(mul(seats, weight), word(1 << SEATS_BITS)))));
      x.prove("44 bits", le(added, word((1n << 44n) - 1n)));
    },
  },
];
