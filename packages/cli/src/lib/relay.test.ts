import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Assay, MAX_TRANSACTION_GAS, type RelayableBeat, relayGasLimit } from "@assay/sdk";
import { encodeRelayedBeat, ZERO_HASH } from "@assay/sdk/protocol";
import { Relay, RelayRefusal } from "./relay.ts";

const OPTIONS = { maxBeats: 20, maxWaitMs: 1, minFee: 0n, maxQueue: 100, accessList: true };

/** A beat that does nothing. */
function beatOf(agentId: bigint, commitEpoch = 7): RelayableBeat {
  const nothing = {
    agentId,
    settleEpoch: 0,
    receipts: "0x",
    previous: { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 0n, backing: 0n },
    secret: ZERO_HASH,
    ballot: "0x",
    commitEpoch,
    commitment: ZERO_HASH,
    exposure: 0n,
    backing: 0n,
  } as const;
  const beat = encodeRelayedBeat(nothing, { maxRelayFee: 1n, deadline: 4_000_000_000 });
  return { beat, signature: `0x${"00".repeat(65)}` };
}

describe("Relay", () => {
  it("sends together what fits into a transaction by the gas of each, and refuses what never does", async () => {
    const batches: (readonly RelayableBeat[])[] = [];
    let gas = MAX_TRANSACTION_GAS / 4n;
    const beats = {
      relayGas: async () => gas,
      relay: async ({ beats: batch }: { beats: readonly RelayableBeat[] }, options: object) => {
        assert.deepEqual(options, { accessList: true });
        batches.push(batch);
        return { hash: "0x12", wait: async () => ({ result: { skipped: [] }, receipt: { gasUsed: 1n } }) };
      },
    };
    const relay = new Relay({ beats } as unknown as Assay, OPTIONS, () => undefined);
    for (const agentId of [0n, 1n, 2n, 3n, 4n]) await relay.submit(beatOf(agentId));
    gas = MAX_TRANSACTION_GAS;
    await assert.rejects(
      relay.submit(beatOf(5n)),
      (error) => error instanceof RelayRefusal && error.code === "TOO_MUCH_GAS",
    );
    await relay.stop();
    assert.deepEqual(
      batches.flat().map(({ beat }) => beat),
      [0n, 1n, 2n, 3n, 4n].map((agentId) => beatOf(agentId).beat),
    );
    for (const batch of batches) {
      assert.ok(batch.length <= 3);
      assert.ok(relayGasLimit(batch.map((beat) => beat.gas ?? 0n)) <= MAX_TRANSACTION_GAS);
    }
    assert.equal(relay.metrics.transactions, batches.length);
  });

  it("sends again in its place what is not mined for a minute, as a reorganisation may have dropped it", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const pass = async (ms: number) => {
      t.mock.timers.tick(ms);
      await new Promise((done) => setImmediate(done));
    };
    const sent: object[] = [];
    const beats = {
      relayGas: async () => 100_000n,
      relay: async (_: unknown, options: object) => {
        sent.push(options);
        const dropped = new Promise(() => undefined);
        const mined = Promise.resolve({ result: { skipped: [] }, receipt: { gasUsed: 1n } });
        const response = { nonce: 7, maxFeePerGas: 80n, maxPriorityFeePerGas: 8n };
        return { hash: `0x${sent.length}`, response, wait: () => (sent.length === 1 ? dropped : mined) };
      },
    };
    const provider = { getFeeData: async () => ({ maxFeePerGas: 70n, maxPriorityFeePerGas: 10n, gasPrice: 60n }) };
    const relay = new Relay({ beats, runner: { provider } } as unknown as Assay, OPTIONS, () => undefined);
    const { id } = await relay.submit(beatOf(0n));
    await pass(1);
    assert.equal(relay.status(id)?.state, "sent");
    await pass(60_000);
    assert.match(relay.trouble ?? "", /0x1 is not mined after 60 s/);
    await pass(5_000);
    const place = { nonce: 7, maxFeePerGas: 90n, maxPriorityFeePerGas: 10n };
    assert.deepEqual(sent, [{ accessList: true }, { accessList: true, ...place }]);
    assert.equal(relay.status(id)?.state, "relayed");
    await relay.stop();
  });

  it("knows which of an agent's beats were skipped, where several are in one transaction", async () => {
    const skipped = [{ agentId: 0n, reason: new Error("too late") }];
    const beats = {
      relayGas: async () => 1n,
      relay: async () => ({ hash: "0x12", wait: async () => ({ result: { skipped }, receipt: { gasUsed: 1n } }) }),
    };
    const lines: string[] = [];
    const options = { ...OPTIONS, maxWaitMs: 1_000 };
    const relay = new Relay({ beats } as unknown as Assay, options, (line) => lines.push(line));
    const { id: present } = await relay.submit(beatOf(0n, 7));
    const { id: older } = await relay.submit(beatOf(0n, 6));
    await relay.submit(beatOf(1n));
    await relay.stop();
    assert.deepEqual([relay.status(present)?.state, relay.status(older)?.state], ["relayed", "skipped"]);
    assert.deepEqual([relay.metrics.beats.relayed, relay.metrics.beats.skipped, relay.metrics.fees], [2, 1, 2n]);
    assert.deepEqual(lines, ["0x12: 2 beats relayed, 1 skipped, 1 gas"]);
  });

  it("sends nothing while the account does something else, and then what has come meanwhile", async () => {
    const order: string[] = [];
    const beats = {
      relayGas: async () => 1n,
      relay: async () => {
        order.push("relayed");
        return { hash: "0x12", wait: async () => ({ result: { skipped: [] }, receipt: { gasUsed: 1n } }) };
      },
    };
    const relay = new Relay({ beats } as unknown as Assay, { ...OPTIONS, maxWaitMs: 5 }, () => undefined);
    await relay.submit(beatOf(0n));
    await relay.between(async () => {
      await new Promise((done) => setTimeout(done, 50));
      order.push("rolled");
    });
    await relay.stop();
    assert.deepEqual(order, ["rolled", "relayed"]);
  });
});
