import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitBeats } from "./fit.ts";

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
