import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { findAnvil, NO_ANVIL } from "../../testing/anvil.ts";
import { runTool } from "../process.ts";
import { randomOf } from "../durability/random.ts";
import { covers, meet, tookEffect } from "./account.ts";
import { findingsOf } from "./findings.ts";
import { drawFaults } from "./plan.ts";
import { reportOf } from "./report.ts";
import { runSoak } from "./run.ts";

const anvil = findAnvil();

describe("the plan of a soak", () => {
  it("is the seed's own, and leaves each agent a part of each epoch to reveal in", () => {
    const planOf = (seed: number) => {
      const random = randomOf(seed);
      return Array.from({ length: 100 }, () => drawFaults(random, 5));
    };
    assert.deepEqual(planOf(1), planOf(1));
    assert.notDeepEqual(planOf(1), planOf(2));
    for (const fault of planOf(3).flat()) {
      assert.ok(fault.at >= 0 && fault.at < 1);
      if (fault.kind === "outage") assert.ok(fault.until > fault.at && fault.until <= 0.6);
      if (fault.kind === "reorg") assert.ok(fault.at <= 0.65 && fault.depth >= 1);
    }
    for (const epoch of planOf(4)) {
      const outages = epoch.filter(({ kind }) => kind === "outage");
      for (const { kind, at, ...more } of epoch) {
        if (kind !== "kill") continue;
        const { whom } = more as { whom: number | "relay" };
        if (whom !== "relay" && outages.some((outage) => "whom" in outage && outage.whom === whom)) assert.ok(at < 0.6);
      }
    }
  });
});

describe("what an agent could not help", () => {
  it("is an epoch in which it was dead, or all of its endpoints were, from end to end", () => {
    const at = (from: number, to: number) => ({ from, to });
    assert.deepEqual(meet([[at(0, 5), at(8, 9)], [at(3, 10)]]), [at(3, 5), at(8, 9)]);
    assert.deepEqual(meet([[at(0, 5)], []]), []);
    assert.equal(covers([at(4, 10), at(0, 5)], 1, 9), true);
    assert.equal(covers([at(0, 4), at(5, 10)], 1, 9), false);
    assert.equal(covers([], 1, 9), false);
  });
});

describe("what a relay was paid for", () => {
  it("is every beat but those that were skipped, the oldest of an agent first", () => {
    const beat = (agentId: bigint, commitEpoch: number) => ({
      ...{ beat: { agentId, commitEpoch }, fee: BigInt(commitEpoch) },
    });
    const beats = [beat(0n, 7), beat(0n, 5), beat(1n, 7), beat(0n, 6)];
    assert.deepEqual(tookEffect(beats, [0n, 0n]), [
      { agentId: 0n, fee: 7n },
      { agentId: 1n, fee: 7n },
    ]);
  });
});

describe("a short soak", { skip: anvil === null ? NO_ANVIL : false }, () => {
  const logs = mkdtempSync(join(tmpdir(), "assay-soak-"));
  after(() => rmSync(logs, { recursive: true }));

  it("finds that agents lose nothing, and tells so", async () => {
    assert.equal(runTool("node", ["packages/cli/tools/build.ts"]), 0);
    const result = await runSoak({ anvil: anvil as string, epochs: 3, seed: 1, agents: 3, patient: true, logs });
    const said = readdirSync(logs).map((name) => readFileSync(join(logs, name), "utf8"));
    assert.deepEqual(findingsOf(result), [], said.join("\n"));
    assert.ok(Object.values(result.faults).reduce((sum, count) => sum + count, 0) > 3);
    // All together: three epochs may not draw one of them, or find it dead.
    for (const what of ["committed", "revealed"] as const)
      assert.ok(
        result.agents.some((agent) => agent[what] > 0),
        JSON.stringify(result, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v)),
      );
    assert.match(reportOf(result), /\*\*Nothing was found\.\*\*/);
  });
});
