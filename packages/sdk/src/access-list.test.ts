import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccessList, Signer } from "ethers";
import { accessListFor, savesByAccessList } from "./access-list.ts";

const TO = `0x${"aB".repeat(20)}`;
const OTHER = `0x${"cd".repeat(20)}`;
const CALL = { to: TO, data: "0x02" };

function slots(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `0x${i.toString(16).padStart(64, "0")}`);
}

/** A signer on a node that answers so. */
function on(provider: object | null): Signer {
  return { provider, getAddress: async () => `0x${"01".repeat(20)}` } as unknown as Signer;
}

function node(answer: () => unknown): Signer {
  return on({ send: async () => answer() });
}

function touching(accessList: AccessList): Signer {
  return node(() => ({ accessList, gasUsed: "0x0" }));
}

describe("accessListFor", () => {
  it("lists another address always, and the one called once its slots are worth it", async () => {
    const other = { address: OTHER, storageKeys: slots(1) };
    const few = { address: TO.toLowerCase(), storageKeys: slots(24) };
    const many = { address: TO.toLowerCase(), storageKeys: slots(25) };
    assert.deepEqual(await accessListFor(touching([few, other]), CALL), [other]);
    assert.deepEqual(await accessListFor(touching([many, other]), CALL), [many, other]);
    assert.equal(await accessListFor(touching([few]), CALL), null);
    assert.equal(await accessListFor(touching([]), CALL), null);
  });

  it("does without where the node cannot tell, or the call would fail", async () => {
    const refusing = node(() => {
      throw new Error("method not found");
    });
    const reverting = node(() => ({ accessList: [{ address: OTHER, storageKeys: [] }], error: "execution reverted" }));
    for (const signer of [refusing, reverting, on({}), on(null)]) {
      assert.equal(await accessListFor(signer, CALL), null);
    }
  });
});

describe("savesByAccessList", () => {
  it("is so on layer 1 and its test networks, not on rollups or local chains", () => {
    assert.deepEqual([1n, 11_155_111n, 8_453n, 84_532n, 31_337n].map(savesByAccessList), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
