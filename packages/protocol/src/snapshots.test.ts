import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_ALLOCATION } from "./constants.ts";
import {
  allocationAt,
  decodeSnapshots,
  encodeSnapshots,
  latestAllocation,
  NO_ALLOCATION,
  writeAllocation,
} from "./snapshots.ts";

const value = fc.bigInt({ min: 0n, max: MAX_ALLOCATION });

describe("allocation snapshots", () => {
  it("equal a full history at the epochs that are still needed", () => {
    const writes = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), value), { maxLength: 30 });
    fc.assert(
      fc.property(writes, (steps) => {
        let epoch = 0;
        let snapshots = NO_ALLOCATION;
        const history: { readonly from: number; readonly value: bigint }[] = [{ from: 0, value: 0n }];
        const exact = (at: number): bigint | undefined => history.findLast(({ from }) => from <= at)?.value;
        for (const [gap, amount] of steps) {
          epoch += gap;
          snapshots = writeAllocation(snapshots, epoch, amount);
          history.push({ from: epoch + 2, value: amount });
          for (let at = Math.max(0, epoch - 1); at < epoch + 10; at++) {
            assert.equal(allocationAt(snapshots, at), exact(at), `epoch ${at} seen from ${epoch}`);
          }
          assert.equal(latestAllocation(snapshots), amount);
          assert.deepEqual(decodeSnapshots(encodeSnapshots(snapshots)), snapshots);
        }
      }),
      { seed: 9, numRuns: 1_000 },
    );
  });

  it("pack into 200 bits and ignore what stands above", () => {
    const full = { base: 2 ** 24 - 1, values: [1n, 2n, 3n, MAX_ALLOCATION] as const };
    const word = encodeSnapshots(full);
    assert.ok(word < 1n << 200n);
    assert.deepEqual(decodeSnapshots(word | (0xffffn << 200n)), full);
    assert.equal(encodeSnapshots({ base: 5, values: [1n, 0n, 0n, 0n] }), 5n | (1n << 24n));
  });

  it("reject values and epochs that do not fit", () => {
    assert.throws(() => writeAllocation(NO_ALLOCATION, 1, MAX_ALLOCATION + 1n), { code: "OutOfRange" });
    assert.throws(() => writeAllocation(NO_ALLOCATION, 2 ** 24, 1n), { code: "OutOfRange" });
    assert.throws(() => encodeSnapshots({ base: -1, values: [0n, 0n, 0n, 0n] }), { code: "OutOfRange" });
  });
});
