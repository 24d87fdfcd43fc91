import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import ownClock from "./own-clock.ts";

const SENDER = "0x00000000000000000000000000000000000a55a1";

/** A chain of this process with the clock, and hands on it. */
async function createChain(override: { allowBlocksWithSameTimestamp?: boolean } = {}) {
  const { network } = await createHardhatRuntimeEnvironment({ plugins: [ownClock] });
  const { provider } = await network.create({ network: "default", override });
  const request = (method: string, ...params: unknown[]) => provider.request({ method, params });
  const time = async () =>
    Number(((await request("eth_getBlockByNumber", "latest", false)) as { timestamp: string }).timestamp);
  await request("hardhat_impersonateAccount", SENDER);
  await request("hardhat_setBalance", SENDER, "0xde0b6b3a7640000");
  return { request, time, pay: () => request("eth_sendTransaction", { from: SENDER, to: SENDER }) };
}

describe("ownClock", () => {
  it("takes a second a block, however long ago the last one is", async () => {
    const { request, time, pay } = await createChain();
    const begin = await time();
    await pay();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await pay();
    await request("evm_mine");
    assert.equal(await time(), begin + 3);
  });

  it("stands still where blocks may be of the same second, until a test moves on", async () => {
    const { request, time, pay } = await createChain({ allowBlocksWithSameTimestamp: true });
    await pay();
    const begin = await time();
    await pay();
    await request("evm_mine");
    assert.equal(await time(), begin);
    await request("evm_increaseTime", 60);
    await pay();
    assert.equal(await time(), begin + 60);
    await pay();
    assert.equal(await time(), begin + 60);
  });

  it("starts in the second of the machine", async () => {
    const { time } = await createChain();
    assert.ok(Math.abs((await time()) - Date.now() / 1_000) < 60);
  });

  it("gives transactions sent at once a second each", async () => {
    const { time, pay } = await createChain();
    const begin = await time();
    await Promise.all([pay(), pay(), pay()]);
    assert.equal(await time(), begin + 3);
  });

  it("leaves a second that was set, also while transactions wait", async () => {
    const { request, time, pay } = await createChain();
    const begin = await time();
    await request("evm_setNextBlockTimestamp", begin + 100);
    await pay();
    assert.equal(await time(), begin + 100);
    await request("evm_setAutomine", false);
    await request("evm_setNextBlockTimestamp", begin + 200);
    await pay();
    await request("evm_mine");
    assert.equal(await time(), begin + 200);
    await request("evm_mine");
    assert.equal(await time(), begin + 201);
  });

  it("adds what the clock is moved by to the next block", async () => {
    const { request, time } = await createChain();
    const begin = await time();
    await request("evm_increaseTime", 50);
    await request("evm_mine");
    assert.equal(await time(), begin + 50);
    await request("evm_increaseTime", "0x10");
    await request("evm_mine");
    assert.equal(await time(), begin + 66);
  });

  it("goes on from the block that a snapshot goes back to", async () => {
    const { request, time, pay } = await createChain();
    const begin = await time();
    const snapshot: unknown = await request("evm_snapshot");
    await request("evm_setNextBlockTimestamp", begin + 100);
    await pay();
    await request("evm_revert", snapshot);
    await pay();
    assert.equal(await time(), begin + 1);
  });

  it("takes its second for a transaction that reverts too", async () => {
    const { request, time } = await createChain();
    const begin = await time();
    await request("hardhat_setCode", SENDER.replace("a55a1", "dead1"), "0xfe");
    await assert.rejects(
      request("eth_sendTransaction", { from: SENDER, to: SENDER.replace("a55a1", "dead1"), gas: "0xffff" }),
    );
    await request("evm_mine");
    assert.equal(await time(), begin + 2);
  });
});
