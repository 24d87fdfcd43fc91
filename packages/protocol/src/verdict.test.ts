import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stakeAtRisk, verdictOf, type VerdictRules } from "./verdict.ts";

const rules: VerdictRules = { firstRoundSeats: 9, supermajorityBps: 6_667, lastRound: false };
const last: VerdictRules = { ...rules, lastRound: true };
const pair = fc
  .tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 4096 }))
  .map(([seats, weight]) => [seats, seats * weight] as const);

describe("verdict", () => {
  it("needs half of the first round's seats", () => {
    assert.equal(verdictOf({ seats: [4, 0], weights: [1024, 0] }, rules).decisive, false);
    assert.equal(verdictOf({ seats: [5, 0], weights: [1280, 0] }, rules).decisive, true);
    assert.equal(verdictOf({ seats: [3, 2], weights: [1280, 0] }, rules).decisive, true);
  });

  it("needs the supermajority, in the last round more than half", () => {
    const at = (a: number, b: number, r: VerdictRules): boolean =>
      verdictOf({ seats: [9_000, 9_000], weights: [a, b] }, r).decisive;
    assert.equal(at(6_667, 3_333, rules), true);
    assert.equal(at(6_666, 3_334, rules), false);
    assert.equal(at(5_001, 4_999, last), true);
    assert.equal(at(5_000, 5_000, last), false);
    // Before the last round even a supermajority of one half and a bit must beat the next outcome.
    assert.equal(verdictOf({ seats: [9, 9], weights: [0, 0] }, { ...rules, supermajorityBps: 5_001 }).decisive, false);
  });

  it("has a leader by weight, then seats, then number", () => {
    const leader = (seats: number[], weights: number[]): number | null => verdictOf({ seats, weights }, rules).outcome;
    assert.equal(leader([9, 1, 0], [100, 200, 0]), 1);
    assert.equal(leader([1, 2, 0], [100, 100, 0]), 1);
    assert.equal(leader([0, 2, 2], [0, 100, 100]), 1);
    assert.equal(leader([0, 0, 3], [0, 0, 0]), 2);
    assert.equal(leader([0, 0], [0, 0]), null);
  });

  it("measures support and risk", () => {
    const v = verdictOf({ seats: [7, 2], weights: [1_792, 512] }, rules);
    assert.deepEqual(v, {
      decisive: true,
      outcome: 0,
      seats: 9,
      weight: 2_304,
      leadingSeats: 7,
      leadingWeight: 1_792,
      supportBps: 7_777,
      riskSeats: 1,
    });
    const empty = verdictOf({ seats: [0, 0], weights: [0, 0] }, rules);
    assert.deepEqual([empty.supportBps, empty.riskSeats, empty.decisive], [0, 1, false]);
    assert.equal(verdictOf({ seats: [65_535, 0], weights: [65_535 * 4_096, 0] }, rules).riskSeats, 8_191);
    assert.equal(verdictOf({ seats: [16, 0], weights: [8_191, 0] }, rules).riskSeats, 2);
    assert.equal(verdictOf({ seats: [16, 0], weights: [8_192, 0] }, rules).riskSeats, 3);
    assert.equal(stakeAtRisk(3, 24n), 72n);
  });

  it("is at risk from exactly the weight that would carry another outcome past half", () => {
    const tallies = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 4096 }))
        .map(([s, w]) => [s, s * w] as const),
      { minLength: 2, maxLength: 5 },
    );
    fc.assert(
      fc.property(tallies, (pairs) => {
        const weights = pairs.map(([, w]) => w);
        const { outcome, riskSeats, weight } = verdictOf({ seats: pairs.map(([s]) => s), weights }, last);
        const others = weights.filter((_, o) => o !== outcome);
        const wins = (extra: number): boolean => others.some((w) => 2 * (w + extra) > weight + extra);
        fc.pre(riskSeats < 8_191);
        assert.ok(wins(riskSeats * 4_096));
        assert.ok(!wins((riskSeats - 1) * 4_096));
      }),
      { seed: 17, numRuns: 1_000 },
    );
  });

  it("is decisive only with a unique top of more than half of the weight, whatever the tally", () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 16 }), fc.boolean(), (pairs, lastRound) => {
        const weights = pairs.map(([, w]) => w);
        const v = verdictOf({ seats: pairs.map(([s]) => s), weights }, { ...rules, lastRound });
        assert.ok(v.riskSeats >= 1 && v.riskSeats <= 8_191 && v.supportBps <= 10_000);
        if (!v.decisive) return;
        assert.ok(v.outcome !== null && 2 * v.leadingWeight > v.weight);
        assert.ok(weights.every((w, o) => o === v.outcome || w < v.leadingWeight));
      }),
      { seed: 18, numRuns: 1_000 },
    );
  });

  it("rejects impossible tallies", () => {
    assert.throws(() => verdictOf({ seats: [1], weights: [1] }, rules), { code: "InvalidTally" });
    assert.throws(() => verdictOf({ seats: [0, 0], weights: [1, 0] }, rules), { code: "InvalidTally" });
  });
});
