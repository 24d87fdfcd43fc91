import assert from "node:assert/strict";
import { test } from "node:test";
import { baselinesOf, majority, median, shareOf } from "./baselines.ts";

interface Numbered {
  readonly truth: number;
  readonly i: number;
}

const items = [1, 1, 0, 0].map((truth, i) => ({ truth, i }));
const fixed = (name: string, honest: boolean, answers: number[]) => ({
  name,
  honest,
  answer: ({ i }: Numbered) => answers[i] as number,
});

test("compares honest agents one by one, and the majority of everybody", () => {
  const found = baselinesOf<Numbered>(
    [
      fixed("a", true, [1, 1, 0, 1]), // 3 of 4
      fixed("b", true, [1, 0, 1, 1]), // 1 of 4
      fixed("c", true, [0, 1, 0, 1]), // 2 of 4
      fixed("liar", false, [1, 1, 0, 0]), // an adversary is never the best agent
    ],
    items,
  );
  assert.deepEqual(found, { best: 0.75, bestAgent: "a", median: 0.5, majority: 0.75 });
});

test("a tie of the majority is not correct", () => {
  const tied = [fixed("a", true, [1, 1, 0, 0]), fixed("b", true, [0, 0, 1, 1])];
  assert.equal(baselinesOf<Numbered>(tied, items).majority, 0);
  assert.equal(majority([0, 1]), null);
  assert.equal(majority([0, 1, 1]), 1);
  assert.equal(majority([]), null);
});

test("takes medians and shares", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.throws(() => median([]), RangeError);
  assert.equal(
    shareOf([1, 2, 3, 4], (n) => n > 1),
    0.75,
  );
});
