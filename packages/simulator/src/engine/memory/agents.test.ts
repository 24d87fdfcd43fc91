import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allocationAt, latestAllocation, NO_ALLOCATION, type Snapshots, writeAllocation } from "@assay/protocol";
import fc from "fast-check";
import { UNIT } from "../domain.ts";
import { Refusal } from "../refusal.ts";
import { AgentTable } from "./agents.ts";

const stakes = fc.array(fc.bigInt({ min: 1n, max: 5_000n }), { maxLength: 4 });

describe("the table of agents", () => {
  it("lets allocations count when the contracts' snapshots do", () => {
    const lives = fc.array(fc.record({ stakes, leaver: fc.nat(20) }), { maxLength: 12 });
    fc.assert(
      fc.property(lives, (epochs) => {
        const table = new AgentTable(true);
        const snapshots: Snapshots[] = [];
        let total: Snapshots = NO_ALLOCATION;
        epochs.forEach((did, epoch) => {
          table.advance(epoch);
          const write = (agent: number, units: bigint) => {
            const before = snapshots[agent] ?? NO_ALLOCATION;
            total = writeAllocation(total, epoch, latestAllocation(total) - latestAllocation(before) + units);
            snapshots[agent] = writeAllocation(before, epoch, units);
          };
          const first = table.enrol(
            did.stakes.map((units) => units * UNIT + 1n),
            epoch,
          );
          did.stakes.forEach((units, i) => write(first + i, units));
          const { leaver } = did;
          if (leaver < table.count && !table.hasLeft(leaver)) {
            table.leave(leaver, epoch);
            write(leaver, 0n);
          }
          snapshots.forEach((of, agent) => assert.equal(table.units[agent], Number(allocationAt(of, epoch))));
          assert.equal(table.total, Number(allocationAt(total, epoch)));
          assert.equal(table.totalAfter(epoch), Number(allocationAt(total, epoch + 1)));
        });
      }),
      { seed: 6 },
    );
  });

  it("holds no more stake than a domain can, and takes all newcomers or none", () => {
    const table = new AgentTable(true);
    const most = ((1n << 44n) - 1n) * UNIT;
    const refused = (all: readonly bigint[]) =>
      assert.throws(
        () => table.enrol(all, 0),
        (error) => error instanceof Refusal && error.reason === "STAKE",
      );
    refused([UNIT, UNIT - 1n]);
    refused([-UNIT]);
    refused([most + UNIT]);
    refused([most, UNIT]);
    assert.equal(table.count, 0);
    table.enrol([most], 0);
    refused([UNIT]);
    table.leave(0, 0);
    assert.equal(table.enrol([UNIT], 0), 1);
  });

  it("backs seats with what an agent has, at most with what it allocated", () => {
    const table = new AgentTable(true);
    table.enrol([10n * UNIT], 0);
    for (const epoch of [1, 2]) table.advance(epoch);
    assert.equal(table.backed(0, 0n), 10);
    assert.equal(table.backed(0, UNIT), 10);
    assert.equal(table.backed(0, -1n), 9);
    assert.equal(table.backed(0, -10n * UNIT), 0);
  });
});
