import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "@assay/protocol";
import { TEST_CONTEXT } from "../testing/agents.ts";
import { newPath } from "../testing/files.ts";
import { killAfter } from "../testing/killed.ts";
import { plaintextCodec, type Receipt, receiptHash, sha256 } from "./receipt.ts";
import {
  type KeptReceipt,
  type MessageFilter,
  PRIVATE_BOUNDS,
  PrivateStore,
  type PrivateStoreOptions,
} from "./store.ts";

const SELF = { agentId: 1n, networkKey: `0x${"01".repeat(32)}` } as const;
const idOf = (i: number): Hex => `0x${i.toString(16).padStart(32, "0")}`;
let clock = 1000;

function open(changes: Partial<PrivateStoreOptions> = {}): PrivateStore {
  return new PrivateStore({ path: newPath(), context: TEST_CONTEXT, agentId: 1n, now: () => clock, ...changes });
}

function from(agentId: number, i: number, size = 100): KeptReceipt {
  const receipt: Receipt = {
    ...{ chainId: 31_337n, registry: TEST_CONTEXT.registry, purpose: "message" as const },
    sender: { agentId: BigInt(agentId), networkKey: `0x${"02".repeat(32)}` },
    ...{ recipient: SELF, id: idOf(i), inReplyTo: null, sentAt: 1000 },
    ...{ ciphertextHash: `0x${"03".repeat(32)}`, commitment: `0x${"04".repeat(32)}` },
    ...{ senderSignature: `0x${"05".repeat(64)}`, receivedAt: 1001, recipientSignature: `0x${"06".repeat(64)}` },
  };
  return { receipt, plaintext: new Uint8Array(size).fill(i) };
}

function to(agentId: number, i: number, size = 100): KeptReceipt {
  const { receipt, plaintext } = from(agentId, i, size);
  return { receipt: { ...receipt, sender: SELF, recipient: receipt.sender }, plaintext };
}

describe("the store of private exchanges", () => {
  it("takes a message once, and remembers so after a restart", () => {
    clock = 1000;
    const path = newPath();
    const store = open({ path });
    store.take(from(2, 1), 1600);
    store.take(from(3, 1), 1600);
    store.close();
    assert.equal(statSync(path).mode & 0o077, 0);
    const again = open({ path });
    assert.throws(() => again.requireUnseen(2n, idOf(1)), { code: "REPLAYED" });
    assert.throws(() => again.take(from(2, 1), 1600), { code: "REPLAYED" });
    again.requireUnseen(2n, idOf(2));
    clock = 1600;
    assert.throws(() => again.take(from(2, 1), 1600), { code: "REPLAYED" });
    assert.deepEqual(again.find("received", 2n, idOf(1)), from(2, 1));
    again.close();
    assert.throws(() => open({ path, agentId: 2n }), { code: "STORE_UNREADABLE" });
  });

  it("forgets no message before its time, however many come", () => {
    clock = 1000;
    const store = open({ bounds: { ...PRIVATE_BOUNDS, maxSeenPerAgent: 3, maxSeen: 5 } });
    for (let i = 0; i < 3; i++) store.take(from(2, i), 1600);
    assert.throws(() => store.take(from(2, 3), 1600), { code: "RATE_LIMITED" });
    for (let i = 0; i < 2; i++) store.take(from(3, i), 1600);
    assert.throws(() => store.take(from(4, 0), 1600), { code: "RATE_LIMITED" });
    assert.throws(() => store.take(from(2, 0), 1600), { code: "REPLAYED" });
    assert.equal(store.receipts().length, 5);
    clock = 1601;
    store.take(from(2, 3), 2200);
    store.close();
  });

  it("keeps receipts of what was sent, once it is acknowledged", () => {
    const store = open();
    store.keepSent(to(2, 1));
    const { receipt, plaintext } = to(2, 2);
    store.keepUnacknowledged(receipt, receipt.senderSignature, plaintext);
    assert.deepEqual(store.receipts(), [to(2, 1).receipt]);
    assert.equal(store.find("sent", 2n, idOf(2)), null);
    assert.equal(store.unacknowledged(2n, idOf(1)), null);
    assert.equal(store.unacknowledged(3n, idOf(2)), null);
    assert.equal(store.unacknowledged(2n, idOf(2))?.receipt.commitment, receipt.commitment);
    store.acknowledge(receipt);
    assert.equal(store.unacknowledged(2n, idOf(2)), null);
    assert.deepEqual(store.find("sent", 2n, idOf(2)), to(2, 2));
    assert.deepEqual(store.receipts(2n), [to(2, 1).receipt, receipt]);
    assert.deepEqual(store.receipts(3n), []);
    store.close();
  });

  it("lists messages, those of one agent, those since a time; no questions, and none without a receipt", () => {
    const store = open();
    const said = (kept: KeptReceipt, text: string, changes: Partial<Receipt> = {}): KeptReceipt => {
      const plaintext = plaintextCodec.encode([new Uint8Array(32).fill(text.length), Buffer.from(text)]);
      return { receipt: { ...kept.receipt, commitment: sha256(plaintext), ...changes }, plaintext };
    };
    const all = [said(from(2, 1), "one"), said(to(3, 2), "two", { sentAt: 1_100 }), said(from(3, 3), "three")] as const;
    store.take(all[0], 1600);
    store.keepSent(all[1]);
    store.take(all[2], 1600);
    store.take(said(from(2, 4), "a question", { purpose: "question" }), 1600);
    const { senderSignature, receivedAt: _, recipientSignature: __, ...delivery } = said(to(2, 5), "lost").receipt;
    store.keepUnacknowledged(delivery, senderSignature, all[0].plaintext);
    for (let i = 0; i < 100; i++) store.keepSent(said(to(9, 10 + i), "again"));
    const listed = (filter: Partial<MessageFilter> = {}) =>
      store
        .messages({ limit: 1_000, ...filter })
        .map(({ direction, agentId, body }) => [direction, agentId, Buffer.from(body).toString()]);
    const [one, two, three] = [
      ["received", 2n, "one"],
      ["sent", 3n, "two"],
      ["received", 3n, "three"],
    ];
    assert.deepEqual(listed().slice(100), [three, two, one]);
    assert.deepEqual(listed({ agentId: 3n }), [three, two]);
    assert.deepEqual(listed({ agentId: 3n, limit: 1 }), [three]);
    assert.deepEqual(listed({ since: 1_001 }), [two]);
    assert.equal(listed({ limit: 70 }).length, 70);
    const [last] = store.messages({ limit: 1, agentId: 2n });
    assert.deepEqual(last, {
      ...{ direction: "received", agentId: 2n, sentAt: 1_000, receivedAt: 1_001 },
      ...{ body: new Uint8Array(Buffer.from("one")), receipt: receiptHash(all[0].receipt) },
    });
    store.close();
  });

  it("is exported as JSON, without what was said", () => {
    const store = open();
    store.keepSent(to(2, 1));
    const exported = JSON.parse(store.export()) as Record<string, unknown>[];
    assert.equal(exported[0]?.id, idOf(1));
    assert.deepEqual(exported[0]?.recipient, { agentId: "2", networkKey: `0x${"02".repeat(32)}` });
    assert.ok(!("plaintext" in (exported[0] ?? {})));
    store.close();
  });

  it("makes room at the cost of who takes most of it", () => {
    const store = open({ bounds: { ...PRIVATE_BOUNDS, maxReceipts: 100, maxBytes: 50_000 } });
    store.keepSent(to(2, 1, 5_000));
    store.keepSent(to(3, 1, 5_000));
    for (let i = 10; i < 60; i++) store.take(from(4, i, 5_000), 1600);
    assert.ok(store.find("sent", 2n, idOf(1)) && store.find("sent", 3n, idOf(1)));
    const kept = store.receipts(4n);
    assert.ok(kept.length >= 5 && kept.length <= 7, `${kept.length}`);
    assert.equal(kept.at(-1)?.id, idOf(59));
    for (let i = 100; i < 300; i++) store.take(from(5, i, 1), 1600);
    assert.equal(store.receipts().length <= 100, true);
    assert.ok(store.find("sent", 2n, idOf(1)));
    store.close();
  });

  it("has neither seen a message nor kept its receipt if the disk is full, and goes on", () => {
    clock = 1000;
    const store = open({ maxFileBytes: 200_000 });
    store.take(from(2, 1, 20_000), 1600);
    assert.throws(() => store.take(from(2, 2, 250_000), 1600), { code: "STORE_UNWRITABLE" });
    store.requireUnseen(2n, idOf(2));
    assert.equal(store.find("received", 2n, idOf(2)), null);
    store.take(from(2, 2, 20_000), 1600);
    store.close();
  });

  it("says that its file is damaged", () => {
    const path = newPath();
    writeFileSync(path, "not a database, but long enough to be taken for one ".repeat(200));
    assert.throws(() => open({ path }), { code: "STORE_UNREADABLE", message: /damaged/ });
  });

  it("has every message that it has reported as taken, with its receipt, after it was killed while writing", async () => {
    const path = newPath();
    const program = `
      import { writeSync } from "node:fs";
      import { PrivateStore } from ${JSON.stringify(fileURLToPath(new URL("store.ts", import.meta.url)))};
      const store = new PrivateStore({
        path: ${JSON.stringify(path)}, agentId: 1n, now: () => 0,
        context: { chainId: 31337n, registry: "${TEST_CONTEXT.registry}", claims: "${TEST_CONTEXT.claims}" },
      });
      const hex = (byte, size) => "0x" + byte.repeat(size);
      for (let i = 0; ; i++) {
        const id = "0x" + (Date.now() * 1000 + i).toString(16).padStart(32, "0");
        const agent = (agentId) => ({ agentId, networkKey: hex("01", 32) });
        store.take({ plaintext: new Uint8Array(5_000), receipt: {
          chainId: 31337n, registry: "${TEST_CONTEXT.registry}", purpose: "message", sender: agent(2n), recipient: agent(1n),
          id, inReplyTo: null, sentAt: 0, ciphertextHash: hex("02", 32), commitment: hex("03", 32),
          senderSignature: hex("04", 64), receivedAt: 0, recipientSignature: hex("05", 64),
        } }, 600);
        writeSync(1, id + "\\n");
      }`;
    for (const steps of [1, 20, 60]) {
      const reported = await killAfter(steps, program);
      assert.ok(reported.length >= steps);
      const store = open({ path, now: () => 0 });
      for (const id of reported as Hex[]) {
        assert.throws(() => store.requireUnseen(2n, id), { code: "REPLAYED" });
        assert.equal(store.find("received", 2n, id)?.plaintext.length, 5_000);
      }
      for (const { id } of store.receipts()) assert.throws(() => store.requireUnseen(2n, id), { code: "REPLAYED" });
      store.close();
    }
  });
});
