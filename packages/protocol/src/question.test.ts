import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_GAIN } from "./constants.ts";
import {
  addVote,
  decodeOpen,
  decodeTerms,
  emptyTally,
  encodeOpen,
  encodeTerms,
  requireTally,
  statusOf,
  type Canary,
  type OpenQuestion,
  type Terms,
} from "./question.ts";

const outcomeNumber = fc.integer({ min: 0, max: 15 });
const canary: fc.Arbitrary<Canary> = fc.oneof(
  fc.constantFrom<Canary>({ kind: "none" }, { kind: "entered" }, { kind: "empty" }),
  outcomeNumber.map((outcome): Canary => ({ kind: "answer", outcome })),
);
const pair = fc
  .tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 4096 }))
  .map(([seats, weight]) => [seats, seats * weight] as const);
const openQuestion: fc.Arbitrary<OpenQuestion> = fc.record(
  {
    rounds: fc.integer({ min: 1, max: 4 }),
    canary,
    budget: fc.integer({ min: 0, max: 4095 }),
    offered: fc.integer({ min: 0, max: 16_383 }),
    offeredNow: fc.integer({ min: 0, max: 8191 }),
    epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    tally: fc
      .array(pair, { minLength: 2, maxLength: 16 })
      .map((pairs) => ({ seats: pairs.map(([s]) => s), weights: pairs.map(([, w]) => w) })),
  },
  { noNullPrototype: true },
);
const finalTerms: fc.Arbitrary<Terms> = fc.record(
  {
    status: fc.constantFrom("resolved", "unresolved"),
    rounds: fc.integer({ min: 1, max: 4 }),
    outcome: fc.option(outcomeNumber),
    budget: fc.integer({ min: 0, max: 4095 }),
    supportBps: fc.integer({ min: 0, max: 10_000 }),
    evidence: fc.integer({ min: 0, max: 16_383 }),
    riskSeats: fc.integer({ min: 0, max: 8191 }),
    loss: fc.bigInt({ min: 0n, max: 2n ** 86n - 1n }),
    gain: fc.bigInt({ min: 0n, max: MAX_GAIN }),
    refundable: fc.boolean(),
  },
  { noNullPrototype: true },
);
const runs = { seed: 16, numRuns: 1_000 };

describe("question slot", () => {
  it("comes back as it was while open", () => {
    fc.assert(
      fc.property(openQuestion, (question) => {
        const words = encodeOpen(question);
        assert.equal(statusOf(words.head), "open");
        assert.ok([words.head, ...words.more].every((word) => word < 1n << 256n));
        assert.deepEqual(decodeOpen(words, question.tally.seats.length), question);
      }),
      runs,
    );
  });

  it("has each field at its place, counted from the lowest bit", () => {
    const question: OpenQuestion = {
      rounds: 3,
      canary: { kind: "answer", outcome: 2 },
      budget: 7,
      offered: 11,
      offeredNow: 13,
      epoch: 17,
      tally: { seats: [0, 0, 19, 23, 0, 0, 0, 0, 29], weights: [0, 0, 31, 37, 0, 0, 0, 0, 41] },
    };
    const { head, more } = encodeOpen(question);
    const tallied = (19n | (31n << 16n)) << (81n + 88n);
    assert.equal(
      head,
      1n | (3n << 2n) | (5n << 5n) | (7n << 10n) | (11n << 22n) | (13n << 36n) | (17n << 49n) | tallied,
    );
    assert.deepEqual(more, [23n | (37n << 16n), 29n | (41n << 16n)]);
  });

  it("comes back as it was when final", () => {
    fc.assert(
      fc.property(finalTerms, (terms) => {
        const word = encodeTerms(terms);
        assert.ok(word < 1n << 254n);
        assert.equal(statusOf(word), terms.status);
        assert.deepEqual(decodeTerms(word), terms);
      }),
      runs,
    );
    const word = encodeTerms({
      status: "resolved",
      rounds: 2,
      outcome: null,
      budget: 3,
      supportBps: 5,
      evidence: 7,
      riskSeats: 11,
      loss: 13n,
      gain: 17n,
      refundable: true,
    });
    const fields = 2n | (2n << 2n) | (31n << 5n) | (3n << 10n) | (5n << 22n) | (7n << 36n) | (11n << 50n);
    assert.equal(word, fields | (13n << 63n) | (17n << 149n) | (1n << 253n));
  });

  it("is not decoded as what it is not", () => {
    const open = encodeOpen({
      rounds: 1,
      canary: { kind: "none" },
      budget: 0,
      offered: 9,
      offeredNow: 9,
      epoch: 1,
      tally: emptyTally(2),
    });
    assert.throws(() => decodeTerms(open.head), { code: "WrongStatus" });
    assert.throws(() => decodeTerms(0n), { code: "WrongStatus" });
    assert.throws(() => decodeOpen({ head: 2n, more: [] }, 2), { code: "WrongStatus" });
    assert.throws(() => decodeOpen(open, 17), { code: "OutOfRange" });
  });

  it("takes votes up to 16 bits of seats and voids the rest", () => {
    const full = addVote(emptyTally(2), 1, 65_535, 4096);
    assert.ok(full !== null);
    assert.deepEqual(full, { seats: [0, 65_535], weights: [0, 65_535 * 4096] });
    assert.equal(addVote(full, 1, 1, 0), null);
    assert.notEqual(addVote(full, 0, 1, 0), null);
    assert.throws(() => addVote(full, 2, 1, 256), { code: "OutOfRange" });
    assert.throws(() => addVote(full, 0, 1, 4097), { code: "OutOfRange" });
  });

  it("rejects impossible tallies and fields", () => {
    assert.throws(() => requireTally({ seats: [1], weights: [1] }), { code: "InvalidTally" });
    assert.throws(() => requireTally({ seats: [1, 2], weights: [1] }), { code: "InvalidTally" });
    assert.throws(() => requireTally({ seats: [0, 1], weights: [1, 1] }), { code: "InvalidTally" });
    assert.throws(() => requireTally({ seats: [65_536, 1], weights: [1, 1] }), { code: "InvalidTally" });
    const terms = fc.sample(finalTerms, { seed: 1, numRuns: 1 })[0] as Terms;
    assert.throws(() => encodeTerms({ ...terms, gain: MAX_GAIN + 1n }), { code: "OutOfRange" });
    assert.throws(() => encodeTerms({ ...terms, loss: 1n << 86n }), { code: "OutOfRange" });
    assert.throws(() => encodeTerms({ ...terms, outcome: 16 }), { code: "OutOfRange" });
  });
});
