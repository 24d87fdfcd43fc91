import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "./evaluation.ts";
import type { Item, Model } from "./types.ts";

const heldOut = [1, 0, 0, 1].map((truth, i): Item => ({
  id: String(i),
  text: "",
  statement: "",
  contentHash: "0x",
  truth,
}));
const task = { name: "spam", outcomes: ["ham", "spam"], train: [], heldOut } as const;
const model = (id: string, answers: string, contaminated = false): Model => ({
  id,
  kind: id,
  task: "spam",
  contaminated,
  predict: (item) => ({ outcome: Number(answers[Number(item.id)]), confidence: 0.75 }),
});

describe("evaluate", () => {
  // Truths are 1001.
  const result = evaluate(task, [model("a", "1001"), model("b", "1000"), model("c", "0111"), model("d", "0110", true)]);

  it("counts right answers", () =>
    assert.deepEqual(
      result.models.map(({ accuracy }) => accuracy),
      [1, 0.75, 0.25, 0],
    ));
  it("compares confidence with accuracy", () => {
    assert.deepEqual(
      result.models.map(({ overconfidence }) => overconfidence),
      [-0.25, 0, 0.5, 0.75],
    );
  });
  it("finds baseline, best and median", () => {
    assert.deepEqual([result.baseline, result.best, result.median], [0.5, 1, 0.5]);
  });
  it("counts a tie of the majority as half right", () => {
    // Right per item: a b | a b | a b | a c, of four.
    assert.equal(result.majority, 0.5);
  });
  it("leaves contaminated models out of the clean majority", () => assert.equal(result.cleanMajority, 1));
  it("counts what two models both get wrong", () => {
    assert.deepEqual(result.bothWrong[1], [0, 0.25, 0, 0.25]);
    assert.deepEqual(result.bothWrong[2], [0, 0, 0.75, 0.75]);
  });
});
