import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { addCounts, collectCounts, type Counts } from "./counts.ts";

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
    const counts = { passed: 3, failed: 2, skipped: 1 };
    assert.deepEqual(collectCounts(runner(1, counts)), counts);
  });

  it("counts a runner that reports nothing as a failure, whatever its status", () => {
    assert.equal(collectCounts(runner(0)).failed, 1);
    assert.equal(collectCounts(runner(1)).failed, 1);
  });

  it("counts a runner that fails with no failed test as a failure", () => {
    assert.deepEqual(collectCounts(runner(1, { passed: 3, failed: 0, skipped: 0 })), {
      passed: 3,
      failed: 1,
      skipped: 0,
    });
  });
});

describe("addCounts", () => {
  it("adds each field", () => {
    assert.deepEqual(addCounts({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 }), {
      passed: 11,
      failed: 22,
      skipped: 33,
    });
  });
});
