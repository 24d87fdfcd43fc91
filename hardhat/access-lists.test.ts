import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import accessLists, { accessListOf, type Step } from "./access-lists.ts";

const TO = `0x${"aa".repeat(20)}`;
const LIBRARY = `0x${"bb".repeat(20)}`;
const OTHER = `0x${"cc".repeat(20)}`;
const PRECOMPILE = `0x${"1".padStart(40, "0")}`;

/** @param stack its top first */
function step(op: string, depth: number, ...stack: string[]): Step {
  return { op, depth, stack: stack.reverse() };
}

function slot(n: number): string {
  return `0x${n.toString(16).padStart(64, "0")}`;
}

describe("accessListOf", () => {
  it("puts slots where they are, in a library's caller too, and names who is called", () => {
    const steps = [
      step("SLOAD", 1, slot(1)),
      step("DELEGATECALL", 1, "0x0", LIBRARY),
      step("SSTORE", 2, slot(2), "0x5"),
      step("STATICCALL", 2, "0x0", OTHER),
      step("SLOAD", 3, slot(3)),
      step("SLOAD", 1, slot(1)),
      step("STATICCALL", 1, "0x0", PRECOMPILE),
    ];
    assert.deepEqual(accessListOf(steps, { to: TO }), [
      { address: TO, storageKeys: [slot(1), slot(2)] },
      { address: LIBRARY, storageKeys: [] },
      { address: OTHER, storageKeys: [slot(3)] },
    ]);
  });

  it("leaves out who sends, and who is called without a slot", () => {
    assert.deepEqual(accessListOf([step("BALANCE", 1, OTHER)], { to: TO, from: OTHER }), []);
  });
});

describe("accessLists", () => {
  it("answers for a chain of this process, and says that a call reverts", async () => {
    const { network } = await createHardhatRuntimeEnvironment({ plugins: [accessLists] });
    const { provider } = await network.create();
    const ask = (code: string) =>
      provider
        .request({ method: "hardhat_setCode", params: [TO, code] })
        .then(() => provider.request({ method: "eth_createAccessList", params: [{ from: OTHER, to: TO }] }));
    // PUSH1 7, SLOAD
    const answer = (await ask("0x600754")) as object;
    assert.deepEqual(
      { ...answer, gasUsed: null },
      { accessList: [{ address: TO, storageKeys: [slot(7)] }], gasUsed: null },
    );
    assert.equal(((await ask("0xfe")) as { error?: string }).error, "execution reverted");
  });
});
