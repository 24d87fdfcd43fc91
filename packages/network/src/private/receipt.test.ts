import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { testAgent } from "../testing/agents.ts";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import {
  type Delivery,
  openReceipt,
  plaintextCodec,
  type Receipt,
  receiptCodec,
  sha256,
  signDelivery,
  signReceived,
  verifyReceipt,
} from "./receipt.ts";

const [one, two, three] = [await testAgent(1), await testAgent(2), await testAgent(3)];
const body = new TextEncoder().encode("what was said");
const plaintext = plaintextCodec.encode([new Uint8Array(32).fill(7), body]);

const delivery: Delivery = {
  ...{ chainId: 31_337n, registry: `0x${"ab".repeat(20)}`, purpose: "answer" },
  sender: { agentId: 1n, networkKey: one.keys.networkKey },
  recipient: { agentId: 2n, networkKey: two.keys.networkKey },
  ...{ id: `0x${"01".repeat(16)}`, inReplyTo: `0x${"02".repeat(16)}`, sentAt: 1000 },
  ...{ ciphertextHash: sha256(Uint8Array.of(1)), commitment: sha256(plaintext) },
};
const signWith =
  ({ keys }: typeof one) =>
  (bytes: Uint8Array) =>
    keys.network.sign(bytes);

const receipt: Receipt = {
  ...delivery,
  senderSignature: await signDelivery(delivery, signWith(one)),
  receivedAt: 1003,
  recipientSignature: await signReceived(delivery, 1003, signWith(two)),
};

describe("a receipt", () => {
  it("is signed by both agents, over all that it says", async () => {
    await verifyReceipt(receipt);
    const other: Hex = `0x${"09".repeat(32)}`;
    const id: Hex = `0x${"03".repeat(16)}`;
    const changes: Partial<Receipt>[] = [
      { chainId: 1n },
      { registry: `0x${"ac".repeat(20)}` },
      { purpose: "message" },
      { id },
      { inReplyTo: id },
      { inReplyTo: null },
      { sentAt: 1001 },
      { receivedAt: 1004 },
      { ciphertextHash: other },
      { commitment: other },
      { sender: { ...receipt.sender, agentId: 3n } },
      { recipient: { ...receipt.recipient, agentId: 3n } },
      { sender: { agentId: 1n, networkKey: three.keys.networkKey } },
      { recipient: { agentId: 2n, networkKey: three.keys.networkKey } },
      { sender: { agentId: 1n, networkKey: other } },
      { senderSignature: receipt.recipientSignature },
      { recipientSignature: receipt.senderSignature },
      { recipientSignature: await signReceived(delivery, 1003, signWith(one)) },
    ];
    for (const change of changes) {
      await assert.rejects(
        verifyReceipt({ ...receipt, ...change }),
        { code: "BAD_SIGNATURE" },
        JSON.stringify(Object.keys(change)),
      );
    }
  });

  it("is opened by its plaintext only", () => {
    assert.deepEqual(new Uint8Array(openReceipt(receipt, plaintext)), body);
    const salted = plaintextCodec.encode([new Uint8Array(32).fill(8), body]);
    for (const other of [salted, body, plaintext.slice(1), new Uint8Array(0)]) {
      assert.throws(() => openReceipt(receipt, other), { code: "BAD_SIGNATURE", message: /for another plaintext/ });
    }
    const noPlaintext = { ...receipt, commitment: sha256(body) };
    assert.throws(() => openReceipt(noPlaintext, body), { code: "MALFORMED" });
  });

  it("is read strictly", () => {
    assert.deepEqual(receiptCodec.decode(receiptCodec.encode(receipt)), receipt);
    const message: Receipt = { ...receipt, purpose: "message", inReplyTo: null };
    fuzz(receiptCodec, [receipt, message], 20_000, seededRandom(1));
    fuzz(plaintextCodec, [[new Uint8Array(32), body]], 20_000, seededRandom(2));
  });
});
