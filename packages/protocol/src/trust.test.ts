import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as constants from "./constants.ts";
import {
  countOutcome,
  evidenceMultiplier,
  evidenceUnder,
  initialCounts,
  PRIOR,
  rarity,
  seatWeight,
  updateEvidence,
} from "./trust.ts";

interface Vector {
  readonly id: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
  readonly K: number;
  readonly counts: number[] | null;
  readonly outcome: number;
  readonly agree: boolean;
  readonly mult: number;
  readonly g: number;
  readonly weight_before: number;
  readonly a_after: number;
  readonly b_after: number;
  readonly n_after: number;
  readonly weight_after: number;
  readonly counts_after: number[] | null;
}

const fixture = JSON.parse(readFileSync(new URL("../fixtures/trust.json", import.meta.url), "utf8")) as {
  readonly constants: Record<string, number>;
  readonly vectors: readonly Vector[];
};

describe("trust", () => {
  it("has the constants of the vectors", () => {
    assert.deepEqual(fixture.constants, {
      A0: constants.PRIOR_FOR,
      B0: constants.PRIOR_AGAINST,
      WEIGHT_CAP: constants.WEIGHT_CAP,
      EVIDENCE_CAP: constants.EVIDENCE_CAP,
      FLOOR: constants.EVIDENCE_FLOOR,
      NEWCOMER_VERDICTS: constants.NEWCOMER_VERDICTS,
      NEWCOMER_WEIGHT: constants.NEWCOMER_WEIGHT,
      RARITY_MIN: constants.RARITY_MIN,
      RARITY_MAX: constants.RARITY_MAX,
      COUNT_START: constants.COUNT_START,
      MULTIPLIER_ROUNDS: constants.MULTIPLIER_ROUNDS,
      MULTIPLIER_CANARY: constants.MULTIPLIER_CANARY,
    });
  });

  it("passes all 200 vectors", () => {
    assert.equal(fixture.vectors.length, 200);
    for (const v of fixture.vectors) {
      const before = { alpha: v.a, beta: v.b, verdicts: v.n };
      const g = rarity(v.counts, v.outcome);
      assert.equal(g, v.g, `g of vector ${v.id}`);
      assert.equal(seatWeight(before), v.weight_before, `weight before of vector ${v.id}`);
      const after = updateEvidence(before, v.agree, v.mult * g);
      assert.deepEqual(after, { alpha: v.a_after, beta: v.b_after, verdicts: v.n_after }, `vector ${v.id}`);
      assert.equal(seatWeight(after), v.weight_after, `weight after of vector ${v.id}`);
      const counts = v.counts === null ? null : countOutcome(v.counts, v.outcome);
      assert.deepEqual(counts, v.counts_after, `counts of vector ${v.id}`);
    }
  });

  it("never leaves its fields, whatever the history", () => {
    const verdict = fc.record({
      outcome: fc.integer({ min: 0, max: 15 }),
      agree: fc.boolean(),
      multiplier: fc.constantFrom(1, 2, 8),
    });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.array(verdict, { maxLength: 300 }), (k, verdicts) => {
        let evidence = PRIOR;
        let counts = initialCounts(k);
        for (const { outcome, agree, multiplier } of verdicts) {
          const g = rarity(counts, outcome % k);
          assert.ok(g >= 64 && g <= 1024);
          evidence = updateEvidence(evidence, agree, multiplier * g);
          counts = countOutcome(counts, outcome % k);
          assert.ok(evidence.alpha >= 16 && evidence.beta >= 16 && evidence.alpha + evidence.beta <= 65_536 + 16);
          assert.ok(evidence.alpha < 65_536 && evidence.beta < 65_536);
          assert.ok(counts.every((c) => c >= 16 && c < 65_536));
          assert.ok(seatWeight(evidence) <= 4096);
        }
      }),
      { seed: 10, numRuns: 300 },
    );
  });

  it("stays in its fields for one outcome and one answer forever, and saturates the number of verdicts", () => {
    let evidence = PRIOR;
    let counts = initialCounts(2);
    for (let i = 0; i < 5_000; i++) {
      evidence = updateEvidence(evidence, true, 8 * rarity(counts, 0));
      counts = countOutcome(counts, 0);
      assert.ok(evidence.alpha < 65_536 && evidence.beta >= 16 && counts[0] !== undefined && counts[0] < 65_536);
    }
    assert.equal(evidence.verdicts, 4095);
    assert.equal(seatWeight(evidence), 4096);
  });

  it("limits newcomers, and agents that changed hands", () => {
    assert.equal(seatWeight(PRIOR), 256);
    const standing = { alpha: 40_000, beta: 1_000, verdicts: 50, generation: 3 };
    assert.equal(seatWeight(evidenceUnder(standing, 3)), 4096);
    assert.equal(seatWeight(evidenceUnder(standing, 4)), 256);
    assert.equal(seatWeight(evidenceUnder(null, 0)), 256);
    assert.equal(seatWeight(evidenceUnder({ ...standing, generation: 4095 }, 4095)), 256);
  });

  it("multiplies by the larger of rounds and canary", () => {
    assert.deepEqual(
      [
        evidenceMultiplier(1, false),
        evidenceMultiplier(3, false),
        evidenceMultiplier(1, true),
        evidenceMultiplier(4, true),
      ],
      [1, 2, 8, 8],
    );
  });

  it("rejects what no contract could hold", () => {
    assert.throws(() => seatWeight({ alpha: 100, beta: 0, verdicts: 0 }), { code: "OutOfRange" });
    assert.throws(() => updateEvidence(PRIOR, true, 0), { code: "OutOfRange" });
    assert.throws(() => updateEvidence(PRIOR, true, 8193), { code: "OutOfRange" });
    assert.throws(() => rarity([1024, 1024], 2), { code: "OutOfRange" });
    assert.throws(() => countOutcome([1024, 1024], -1), { code: "OutOfRange" });
  });
});
