import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Mutant } from "./mutant.ts";
import { changedSince, checkReasons, countResults, type Report, type Result, score, weightedScore } from "./results.ts";

const results: Result[] = [
  { id: "A.sol:1:1:constant-zero", status: "killed", by: "t" },
  { id: "A.sol:2:1:constant-zero", status: "survived", complete: true, before: "x = 1;", after: "x = 0;" },
  { id: "A.sol:3:1:constant-zero", status: "invalid" },
  { id: "lib/B.sol:1:1:require-remove", status: "timeout", by: "t" },
  { id: "lib/B.sol:2:1:require-remove", status: "same" },
];

describe("countResults", () => {
  it("counts by file and by operator what a test could find", () => {
    const { files, operators, all } = countResults(results);
    assert.deepEqual(
      files.map((count) => [count.name, score(count)]),
      [
        ["A.sol", 50],
        ["lib/B.sol", 100],
      ],
    );
    assert.deepEqual(
      operators.filter(({ killed, timeouts }) => killed + timeouts > 0).map(({ name }) => name),
      ["require", "constant"],
    );
    assert.deepEqual(all, { name: "all", killed: 1, timeouts: 1, survived: 1, invalid: 1, same: 1 });
    assert.equal(score(all).toFixed(2), "66.67");
  });
});

describe("weightedScore", () => {
  it("lets each stratum count by its size", () => {
    const of = (file: string, operator: "constant" | "require", count: number) =>
      Array.from({ length: count }, () => ({ file, operator }) as Mutant);
    const population = [...of("A.sol", "constant", 9), ...of("lib/B.sol", "require", 1)];
    assert.equal(weightedScore(results, population), 55);
  });
});

describe("checkReasons", () => {
  const reason = { before: "x = 1;", after: "x = 0;", reason: "x is written before it is read" };

  it("is content with one reason for each survivor", () => {
    assert.deepEqual(checkReasons(results, { "A.sol:2:1:constant-zero": reason }), []);
  });

  it("misses a reason, and refuses one for other text or for no survivor", () => {
    assert.match(checkReasons(results, {})[0] ?? "", /^no reason for A\.sol:2:1/);
    const moved = { "A.sol:2:1:constant-zero": { ...reason, before: "y = 1;" } };
    assert.match(checkReasons(results, moved)[0] ?? "", /is for another text/);
    const dead = { "A.sol:2:1:constant-zero": reason, "A.sol:1:1:constant-zero": reason };
    assert.deepEqual(checkReasons(results, dead), ["a reason for A.sol:1:1:constant-zero, which is no survivor"]);
  });
});

describe("changedSince", () => {
  it("names sources that differ, are new or gone", () => {
    const report = { sources: { a: "1", b: "2", c: "3" } } as unknown as Report;
    assert.deepEqual(changedSince(report, { a: "1", b: "0", d: "4" }), ["b", "c", "d"]);
  });
});
