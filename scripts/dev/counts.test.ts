import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { addCounts, collectCounts, failureLine, type Counts } from "./counts.ts";

/** A runner that leaves these counts, if any, and ends with this status. */
function runner(status: number, counts?: Counts) {
  return (env: Record<string, string>): number => {
    const file = Object.values(env)[0];
    assert.ok(file);
    if (counts) writeFileSync(file, JSON.stringify(counts));
    return status;
  };
}

describe("collectCounts", () => {
  it("returns what the runner reported", () => {
    const counts = { passed: 3, skipped: 1, failures: ["a", "b"] };
    assert.deepEqual(collectCounts(runner(1, counts)), counts);
  });

  it("counts a runner that reports nothing as a failure, whatever its status", () => {
    assert.equal(collectCounts(runner(0)).failures.length, 1);
    assert.equal(collectCounts(runner(1)).failures.length, 1);
  });

  it("counts a runner that fails with no failed test as a failure", () => {
    assert.deepEqual(collectCounts(runner(1, { passed: 3, skipped: 0, failures: [] })), {
      passed: 3,
      skipped: 0,
      failures: ["the runner ended with status 1"],
    });
  });
});

describe("addCounts", () => {
  it("adds each field", () => {
    assert.deepEqual(
      addCounts({ passed: 1, skipped: 3, failures: ["a"] }, { passed: 10, skipped: 30, failures: ["b"] }),
      {
        passed: 11,
        skipped: 33,
        failures: ["a", "b"],
      },
    );
  });
});

describe("failureLine", () => {
  it("takes the first line of the reason, if there is one", () => {
    assert.equal(failureLine("settles", "\n  expected 1\n  to equal 2"), "settles: expected 1");
    assert.equal(failureLine("settles", ""), "settles");
    assert.equal(failureLine("settles", undefined), "settles");
  });
});
