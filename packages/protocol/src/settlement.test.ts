import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_GAIN, MAX_SEAT_FEE } from "./constants.ts";
import { encodeTerms, type Canary } from "./question.ts";
import {
  lossPerSeat,
  questionFees,
  roundFee,
  settlementTerms,
  settleVote,
  splitBurn,
  splitForfeit,
  type SettlementInputs,
} from "./settlement.ts";
import { burnOf } from "./units.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

const base: SettlementInputs = {
  seatFee: 100n,
  seatBond: 2_400n,
  burnBps: 1_000,
  firstRoundSeats: 9,
  rounds: 1,
  rarity: 256,
  canary: { kind: "none" },
  appeals: [],
  budget: 0,
};
const judge = (seats: number[], weights: number[], lastRound = false): Verdict =>
  verdictOf({ seats, weights }, { firstRoundSeats: 9, supermajorityBps: 6_667, lastRound });

interface Case {
  readonly inputs: SettlementInputs;
  readonly verdict: Verdict;
  readonly seats: readonly number[];
}

/** Questions over all of the parameter table, tallies mostly small, sometimes as large as they get. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    seatFee: fc.oneof(
      fc.bigInt({ min: 1n, max: 1_000n }),
      fc.bigInt({ min: 1n, max: MAX_SEAT_FEE }),
      fc.constant(MAX_SEAT_FEE),
    ),
    factor: fc.bigInt({ min: 8n, max: 64n }),
    burnBps: fc.integer({ min: 1_000, max: 5_000 }),
    firstRoundSeats: fc.integer({ min: 3, max: 255 }),
    supermajorityBps: fc.integer({ min: 5_001, max: 10_000 }),
    rounds: fc.integer({ min: 1, max: 4 }),
    rarity: fc.integer({ min: 64, max: 1_024 }),
    lastRound: fc.boolean(),
    pairs: fc.array(
      fc.tuple(
        fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 65_535 })),
        fc.oneof(fc.constant(256), fc.integer({ min: 0, max: 4_096 })),
      ),
      { minLength: 2, maxLength: 16 },
    ),
    silent: fc.integer({ min: 0, max: 9 }),
    against: fc.array(fc.constantFrom<"budget" | number | null>("budget", null, 0, 1, 2), {
      minLength: 3,
      maxLength: 3,
    }),
    canary: fc.constantFrom<Canary>(
      { kind: "none" },
      { kind: "entered" },
      { kind: "empty" },
      { kind: "answer", outcome: 1 },
    ),
    budget: fc.integer({ min: 0, max: 3_581 }),
  })
  .map((c) => {
    const pairs = c.silent === 0 ? c.pairs.map(() => [0, 0] as const) : c.pairs;
    const seats = pairs.map(([s]) => s);
    const weights = pairs.map(([s, w]) => s * w);
    const inputs: SettlementInputs = {
      seatFee: c.seatFee,
      seatBond: c.seatFee * c.factor,
      burnBps: c.burnBps,
      firstRoundSeats: c.firstRoundSeats,
      rounds: c.rounds,
      rarity: c.rarity,
      canary: c.canary,
      appeals: c.against.slice(0, c.rounds - 1).map((a) => (typeof a === "string" ? null : { against: a })),
      budget: c.budget,
    };
    return { inputs, seats, verdict: verdictOf({ seats, weights }, c) };
  });

describe("settlement", () => {
  it("conserves every wei, at every extreme of the parameters", () => {
    const seen = { resolved: 0, unresolved: 0, refundable: 0 };
    fc.assert(
      fc.property(cases, ({ inputs, verdict, seats }) => {
        const { terms, payouts } = settlementTerms(inputs, verdict);
        seen[terms.refundable ? "refundable" : terms.status]++;
        // One ballot an outcome; the terms hold by seat, so how seats are split over ballots cannot matter.
        const votes = seats.map((n, outcome) => settleVote({ outcome, seats: n }, terms, inputs));
        const total = (pick: (v: (typeof votes)[number]) => bigint): bigint =>
          votes.reduce((sum, v) => sum + pick(v), 0n);
        const paidIn = questionFees(inputs) + total((v) => v.lost);
        const appellants = payouts.appellants.reduce((sum, p) => sum + p, 0n);
        const paidOut =
          total((v) => v.paid) + total((v) => v.burned) + appellants + payouts.toSink + payouts.askerRefund;
        assert.equal(paidOut, paidIn);
        assert.ok(payouts.toSink >= 0n && payouts.askerRefund >= 0n && payouts.appellants.every((p) => p >= 0n));
        for (const v of votes) {
          assert.ok(v.lost <= v.unlocked && v.burned <= v.lost);
          assert.ok(v.paid === 0n || v.lost === 0n);
        }
        // Every field fits its bits: encodeTerms throws where one does not.
        assert.ok(encodeTerms(terms) < 1n << 256n);
        if (terms.status === "resolved" && terms.gain < MAX_GAIN) {
          const floor = roundFee(inputs, 1) / BigInt(verdict.leadingSeats);
          assert.ok(terms.gain >= floor, "coherent seats share at least the first round's fees");
        }
      }),
      { seed: 19, numRuns: 3_000 },
    );
    assert.ok(Math.min(...Object.values(seen)) > 100, JSON.stringify(seen));
  });

  it("loses by margin and rarity, rounded up, never more than the bond", () => {
    assert.equal(lossPerSeat(2_400n, 512, 512, 1_024), 2_400n);
    assert.equal(lossPerSeat(2_400n, 512, 512, 256), 600n);
    assert.equal(lossPerSeat(2_400n, 300, 400, 256), 300n);
    assert.equal(lossPerSeat(1n, 300, 400, 256), 1n);
    assert.equal(lossPerSeat(2_400n, 200, 400, 256), 0n);
    assert.equal(lossPerSeat(2_400n, 0, 0, 256), 0n);
  });

  it("pays fees and losses, less the burn, to the coherent seats", () => {
    const { terms, payouts } = settlementTerms(base, judge([7, 2], [1_792, 512]));
    // margin 1280/2304, g 1: ceil(2400 * .5556 / 4) = 334, burn 34
    assert.equal(terms.loss, 334n);
    assert.equal(terms.gain, (900n + 2n * 300n) / 7n);
    assert.equal(payouts.toSink, 1_500n - 7n * 214n);
    assert.equal(terms.evidence, 256);
    const loser = settleVote({ outcome: 1, seats: 2 }, terms, base);
    assert.deepEqual(loser, { paid: 0n, lost: 668n, burned: 68n, unlocked: 4_800n, agree: false });
    const winner = settleVote({ outcome: 0, seats: 1 }, terms, base);
    assert.deepEqual(winner, { paid: 214n, lost: 0n, burned: 0n, unlocked: 2_400n, agree: true });
  });

  it("refunds appeals that succeeded and half as much again out of the losses", () => {
    const inputs: SettlementInputs = { ...base, rounds: 3, appeals: [{ against: 1 }, { against: 0 }] };
    const { payouts } = settlementTerms(inputs, judge([40, 20], [10_240, 2_560]));
    // Round 2 costs 19 seats; round 3 was appealed against the final outcome.
    assert.deepEqual(payouts.appellants, [1_900n + 950n, 0n]);
    const poor = settlementTerms(inputs, judge([40, 1], [10_240, 256]));
    const loss = lossPerSeat(2_400n, 10_240, 10_496, 256);
    assert.deepEqual(poor.payouts.appellants, [1_900n + loss - burnOf(loss, 1_000), 0n]);
    const budget = settlementTerms({ ...inputs, appeals: [null, { against: null }] }, judge([40, 20], [10_240, 2_560]));
    assert.deepEqual(budget.payouts.appellants, [0n, 0n]);
  });

  it("shares the fees of an unresolved question among the leading seats and slashes nobody", () => {
    const inputs: SettlementInputs = { ...base, rounds: 2, appeals: [{ against: 0 }] };
    const { terms, payouts } = settlementTerms(inputs, judge([4, 4, 1], [1_024, 1_024, 256]));
    assert.deepEqual([terms.status, terms.outcome, terms.loss, terms.evidence], ["unresolved", 0, 0n, 0]);
    assert.equal(terms.gain, 2_520n / 4n);
    assert.equal(payouts.toSink, 280n);
    assert.deepEqual(payouts.appellants, [0n]);
    assert.equal(settleVote({ outcome: 0, seats: 1 }, terms, inputs).agree, null);
    assert.equal(settleVote({ outcome: 2, seats: 1 }, terms, inputs).paid, 0n);
  });

  it("returns the fees, less the burn, to their payers where nobody voted", () => {
    const inputs: SettlementInputs = { ...base, rounds: 3, appeals: [null, { against: null }] };
    const { terms, payouts } = settlementTerms(inputs, judge([0, 0], [0, 0]));
    assert.deepEqual([terms.refundable, terms.outcome, terms.gain], [true, null, 0n]);
    assert.deepEqual(payouts.appellants, [0n, 3_510n]);
    assert.equal(payouts.askerRefund, 2_520n);
    assert.equal(payouts.toSink, 670n);
  });

  it("moves trust by rounds, canaries and rarity, and not on a single seat", () => {
    const evidence = (change: Partial<SettlementInputs>, verdict = judge([7, 2], [1_792, 512])): number =>
      settlementTerms({ ...base, ...change }, verdict).terms.evidence;
    assert.equal(evidence({ rarity: 1_024 }), 1_024);
    assert.equal(evidence({ rounds: 2, appeals: [null] }), 512);
    assert.equal(evidence({ canary: { kind: "answer", outcome: 0 } }), 2_048);
    assert.equal(evidence({ canary: { kind: "answer", outcome: 1 } }), 256);
    const single = verdictOf(
      { seats: [1, 0], weights: [256, 0] },
      { firstRoundSeats: 2, supermajorityBps: 6_667, lastRound: true },
    );
    assert.equal(single.decisive, true);
    assert.equal(evidence({}, single), 0);
    const { terms } = settlementTerms(base, single);
    assert.equal(settleVote({ outcome: 0, seats: 1 }, terms, base).agree, null);
  });

  it("forfeits the deposit of a canary that was never opened", () => {
    const due = (canary: Canary): bigint =>
      settlementTerms({ ...base, canary }, judge([7, 2], [1_792, 512])).payouts.canaryToSink;
    assert.equal(due({ kind: "entered" }), 900n);
    assert.equal(due({ kind: "empty" }), 0n);
    assert.equal(due({ kind: "answer", outcome: 1 }), 0n);
  });

  it("saturates the gain and sends the rest to the sink", () => {
    const inputs: SettlementInputs = { ...base, seatFee: MAX_SEAT_FEE, seatBond: MAX_SEAT_FEE * 64n, rarity: 1_024 };
    const seats = [1, ...Array<number>(15).fill(65_535)];
    const weights = [4_096, ...Array<number>(15).fill(0)];
    const { terms, payouts } = settlementTerms(inputs, judge(seats, weights));
    assert.equal(terms.gain, MAX_GAIN);
    assert.equal(terms.loss, inputs.seatBond);
    const net = (terms.loss - burnOf(terms.loss, 1_000)) * 15n * 65_535n;
    assert.equal(payouts.toSink, questionFees(inputs) + net - MAX_GAIN);
  });

  it("gives a keeper a twentieth of a burn, the owner nothing", () => {
    assert.deepEqual(splitBurn(41n, true), { keeper: 2n, sink: 39n });
    assert.deepEqual(splitBurn(41n, false), { keeper: 0n, sink: 41n });
  });

  it("gives a keeper a two-hundredth of a forfeit, the owner nothing", () => {
    assert.deepEqual(splitForfeit(4_199n, true), { keeper: 20n, sink: 4_179n });
    assert.deepEqual(splitForfeit(4_199n, false), { keeper: 0n, sink: 4_199n });
  });

  it("wants one appeal entry for each further round", () => {
    assert.throws(() => settlementTerms({ ...base, rounds: 2 }, judge([7, 2], [1_792, 512])), {
      code: "InvalidAppeals",
    });
  });
});
