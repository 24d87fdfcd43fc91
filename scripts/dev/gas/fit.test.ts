import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitBeats, fitLine, spread } from "./fit.ts";

describe("fitBeats", () => {
  it("finds the coefficients of an exact plane", () => {
    const samples = [];
    for (let revealed = 0; revealed < 5; revealed++) {
      for (let settled = 0; settled < 4; settled++) {
        samples.push({ gas: 90_000 + 6_000 * revealed + 3_500 * settled, revealed, settled });
      }
    }
    const fit = fitBeats(samples);
    assert.ok(Math.abs(fit.fixed - 90_000) < 1e-3);
    assert.ok(Math.abs(fit.perReveal - 6_000) < 1e-3);
    assert.ok(Math.abs(fit.perSettle - 3_500) < 1e-3);
  });

  it("refuses samples that do not vary", () => {
    assert.throws(() => fitBeats([{ gas: 1, revealed: 2, settled: 2 }]), /do not vary/);
  });
});

describe("fitLine", () => {
  it("finds a line, and how far the farthest point is from it", () => {
    const exact = fitLine([
      [1, 110],
      [4, 140],
      [256, 2_660],
    ]);
    assert.ok(Math.abs(exact.fixed - 100) < 1e-9);
    assert.ok(Math.abs(exact.slope - 10) < 1e-9);
    assert.ok(exact.deviation < 1e-12);
    const bent = fitLine([
      [0, 10],
      [1, 20],
      [2, 10],
    ]);
    assert.ok(Math.abs(bent.slope) < 1e-12);
    assert.ok(Math.abs(bent.deviation - 1 / 3) < 1e-12);
  });
});

describe("spread", () => {
  it("is what the largest value has above the smallest", () => {
    assert.equal(spread([100, 125, 110]), 0.25);
    assert.equal(spread([7]), 0);
  });
});
