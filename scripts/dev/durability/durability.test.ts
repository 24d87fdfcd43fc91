import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultsOf } from "./faults.ts";
import { runKills } from "./run.ts";

describe("an agent that is killed", () => {
  it("loses nothing and commits once an epoch, on a real node, wherever it was", async () => {
    const result = await runKills({ kills: 12, seed: 1 });
    assert.deepEqual(faultsOf(result), [], JSON.stringify(result.errors));
    assert.ok(result.committed > 5);
  });
});
