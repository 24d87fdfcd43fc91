import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitCalibration, sigmoid } from "./calibration.ts";
import { randomBelow, randomFor } from "./random.ts";

describe("fitCalibration", () => {
  it("recovers the logistic curve that the examples were drawn from", () => {
    const random = randomFor(1, "calibration");
    const uniform = (): number => randomBelow(random, 1_000_000) / 1_000_000;
    const scores = Array.from({ length: 5000 }, () => uniform() * 20 - 5);
    const curve = (score: number): number => sigmoid(0.8 * (score - 4));
    const probability = fitCalibration(
      scores,
      scores.map((score) => (uniform() < curve(score) ? 1 : 0)),
    );
    for (const score of [-2, 0, 2, 4, 6, 8])
      assert.ok(Math.abs(probability(score) - curve(score)) < 0.03, `at ${score}`);
  });
  it("stays sure but never certain when the examples separate", () => {
    const probability = fitCalibration([-3, -2, -1, 1, 2, 3], [0, 0, 0, 1, 1, 1]);
    assert.ok(probability(3) > 0.75 && probability(3) < 1);
    assert.ok(probability(-3) < 0.25 && probability(-3) > 0);
  });
  it("falls back to the smoothed share when the score says nothing", () => {
    const probability = fitCalibration([2, 2, 2, 2], [1, 0, 0, 0]);
    // Mean target: one of 2/3 and three of 1/5.
    assert.ok(Math.abs(probability(2) - (2 / 3 + 3 / 5) / 4) < 1e-6);
  });
  it("turns a reversed score round", () => {
    const probability = fitCalibration([4, 3, 3.5, 1, 2, 1.5], [0, 0, 0, 1, 1, 1]);
    assert.ok(probability(1) > 0.5 && probability(4) < 0.5);
  });
});
