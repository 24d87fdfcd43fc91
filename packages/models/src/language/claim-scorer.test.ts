import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimScore } from "./claim-scorer.ts";

const answers = (scores: Record<string, number>) => () => new Map(Object.entries(scores));

describe("claimScore", () => {
  it("is the lead of the claimed language", () => {
    assert.equal(claimScore(answers({ da: 0.75, no: 0.25 }), "", "dan"), 0.5);
    assert.equal(claimScore(answers({ da: 0.75, no: 0.25 }), "", "nob"), -0.5);
  });
  it("understands both lengths of code", () => {
    assert.equal(claimScore(answers({ deu: 0.5 }), "", "deu"), claimScore(answers({ de: 0.5 }), "", "deu"));
  });
  it("ignores languages that no claim names", () => {
    assert.equal(claimScore(answers({ is: 0.9, sv: 0.1 }), "", "swe"), 0.1);
  });
  it("is zero when the identifier has no idea", () => assert.equal(claimScore(answers({}), "", "swe"), 0));
});
