import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Record } from "./errand.ts";
import { quantile, spreadOf, sustainedOf, thirdsOf } from "./figures.ts";

/** Two processes with a node each; `b` comes to one of them only. */
const RECORDS: readonly Record[] = [
  {
    sent: [
      ["a", 100],
      ["b", 200],
    ],
    heard: [
      [
        ["a", 101],
        ["b", 201],
      ],
    ],
  },
  {
    sent: [["c", 1_000]],
    heard: [
      [
        ["a", 130],
        ["a", 150],
        ["c", 1_001],
      ],
    ],
  },
  { sent: [], heard: [[["c", 1_090]]] },
];

describe("figures of the network", () => {
  it("are how long a statement takes to reach enough nodes, for ever if it does not", () => {
    const two = RECORDS.slice(0, 2);
    const { delivered, ...spread } = spreadOf(two);
    assert.deepEqual(spread, { statements: 3, nodes: 2, median: Infinity, p99: Infinity });
    assert.equal(delivered.toFixed(4), "0.6667"); // four of six
    assert.equal(
      spreadOf([
        { ...(two[0] as Record), sent: [["a", 100]] },
        { ...(two[1] as Record), sent: [] },
      ]).median,
      30,
    );
  });

  it("are how many came to all nodes in a time, counted when the last has it", () => {
    const two = RECORDS.slice(0, 2);
    assert.equal(sustainedOf(two, 0, 500), 2);
    assert.equal(sustainedOf(two, 0, 130), 0);
    assert.equal(sustainedOf(RECORDS, 0, 2_000), 0);
  });

  it("are quantiles that occurred", () => {
    const values = [5, 1, 4, 2, 3];
    assert.deepEqual(
      [0, 0.5, 0.9, 1].map((share) => quantile(values, share)),
      [1, 3, 5, 5],
    );
    assert.throws(() => quantile([], 0.5), RangeError);
  });

  it("are medians of the first and the last third of samples", () => {
    assert.deepEqual(thirdsOf([1, 2, 3, 9, 9, 9, 9, 5, 6, 7]), { first: 2, last: 6 });
    assert.throws(() => thirdsOf([1, 2]), RangeError);
  });
});
