import assert from "node:assert/strict";
import type { webcrypto } from "node:crypto";
import { describe, it } from "node:test";
import { getBytes, hexlify } from "ethers";
import { createNodeKeys } from "../identity/keys.ts";
import type { Channel, Purpose } from "./party.ts";
import { open, privateSuite, seal } from "./suite.ts";

/** RFC 9180, appendix A.1.3: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, auth mode. */
const VECTOR = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  ikmE: "6e6d8f200ea2fb20c30b003a8b4f433d2f4ed4c2658d5bc8ce2fef718059c9f7",
  ikmR: "f1d4a30a4cef8d6d4e3b016e6fd3799ea057db4f345472ed302a67ce1c20cdec",
  pkRm: "1632d5c2f71c2b38d0a8fcc359355200caa8b1ffdf28618080466c909cb69b2e",
  ikmS: "94b020ce91d73fca4649006c7e7329a67b40c55e9e93cc907d282bbbff386f58",
  pkSm: "8b0c70873dc5aecb7f9ee4e62406a397b350e57012be45cf53b7105ae731790b",
  enc: "23fb952571a14a25e3d678140cd0e5eb47a0961bb18afcf85896e5453c312e76",
  pt: "4265617574792069732074727574682c20747275746820626561757479",
  encryptions: [
    ["436f756e742d30", "5fd92cc9d46dbf8943e72a07e42f363ed5f721212cd90bcfd072bfd9f44e06b80fd17824947496e21b680c141b"],
    ["436f756e742d31", "d3736bb256c19bfa93d79e8f80b7971262cb7c887e35c26370cfed62254369a1b52e3d505b79dd699f002bc8ed"],
    ["436f756e742d32", "122175cfd5678e04894e4ff8789e85dd381df48dcaf970d52057df2c9acc3b121313a2bfeaa986050f82d93645"],
  ],
} as const;

const bytes = (hex: string) => getBytes(`0x${hex}`);
const plain = (buffer: ArrayBuffer) => hexlify(new Uint8Array(buffer)).slice(2);
const derive = async (ikm: string) => (await privateSuite.kem.deriveKeyPair(bytes(ikm))) as webcrypto.CryptoKeyPair;
const publicKey = async (keys: webcrypto.CryptoKeyPair) =>
  plain(await privateSuite.kem.serializePublicKey(keys.publicKey));

const [one, two, three] = await Promise.all([1, 2, 3].map((i) => createNodeKeys(new Uint8Array(32).fill(i))));
assert.ok(one && two && three);

const channel: Channel = {
  context: { chainId: 31_337n, registry: `0x${"ab".repeat(20)}` },
  purpose: "message",
  sender: { agentId: 1n, ...one },
  recipient: { agentId: 2n, ...two },
};
const aad = Uint8Array.of(1, 2);
const text = new TextEncoder().encode("a secret");

describe("the suite of private exchange", () => {
  it("seals and opens as the RFC says", async () => {
    const [sender, recipient] = [await derive(VECTOR.ikmS), await derive(VECTOR.ikmR)];
    assert.deepEqual([await publicKey(sender), await publicKey(recipient)], [VECTOR.pkSm, VECTOR.pkRm]);
    const info = bytes(VECTOR.info);
    const sealing = await privateSuite.createSenderContext({
      ...{ recipientPublicKey: recipient.publicKey, senderKey: sender, info, ekm: bytes(VECTOR.ikmE) },
    });
    assert.equal(plain(sealing.enc), VECTOR.enc);
    const opening = await privateSuite.createRecipientContext({
      ...{ recipientKey: recipient, senderPublicKey: sender.publicKey, enc: sealing.enc, info },
    });
    for (const [additional, expected] of VECTOR.encryptions) {
      const sealed = await sealing.seal(bytes(VECTOR.pt), bytes(additional));
      assert.equal(plain(sealed), expected);
      assert.equal(plain(await opening.open(sealed, bytes(additional))), VECTOR.pt);
    }
  });

  it("opens what was sealed for the same channel, and never seals alike", async () => {
    const sealed = await seal(channel, one.hpke, text, aad);
    assert.deepEqual(await open(channel, two.hpke, sealed, aad), text);
    assert.notDeepEqual((await seal(channel, one.hpke, text, aad)).ciphertext, sealed.ciphertext);
    assert.equal(sealed.ciphertext.length, text.length + 16);
  });

  it("opens it for no other purpose, network, agent or key, and nothing that was changed", async () => {
    const sealed = await seal(channel, one.hpke, text, aad);
    const refused = {
      code: "BAD_SIGNATURE",
      message: /cannot be opened: changed on the way, or not sealed by that agent/,
    };
    const { context, sender, recipient } = channel;
    const others: Channel[] = [
      ...(["question", "answer"] satisfies Purpose[]).map((purpose): Channel => ({ ...channel, purpose })),
      { ...channel, context: { ...context, chainId: 1n } },
      { ...channel, context: { ...context, registry: `0x${"ac".repeat(20)}` } },
      { ...channel, sender: { ...sender, agentId: 3n } },
      { ...channel, sender: { ...sender, networkKey: three.networkKey } },
      { ...channel, sender: { ...sender, hpkeKey: three.hpkeKey } },
      { ...channel, recipient: { ...recipient, agentId: 3n } },
      { ...channel, recipient: { ...recipient, networkKey: three.networkKey } },
      { ...channel, recipient: { ...recipient, hpkeKey: three.hpkeKey } },
    ];
    for (const other of others) await assert.rejects(open(other, two.hpke, sealed, aad), refused);
    await assert.rejects(open(channel, three.hpke, sealed, aad), refused);
    await assert.rejects(open(channel, two.hpke, sealed, Uint8Array.of(1, 3)), refused);
    for (const part of ["enc", "ciphertext"] as const) {
      for (let i = 0; i < sealed[part].length; i++) {
        const changed = sealed[part].with(i, (sealed[part][i] ?? 0) ^ 1);
        // The highest bit of an X25519 key is not looked at by the curve, but is by the key's hash.
        await assert.rejects(open(channel, two.hpke, { ...sealed, [part]: changed }, aad), refused);
      }
      for (const cut of [sealed[part].slice(1), sealed[part].slice(0, -1), new Uint8Array(0)]) {
        await assert.rejects(open(channel, two.hpke, { ...sealed, [part]: cut }, aad), refused);
      }
    }
    const forged = await seal({ ...channel, sender: { ...sender, ...three } }, three.hpke, text, aad);
    await assert.rejects(open(channel, two.hpke, forged, aad), refused);
  });

  it("does not seal for what is no key, or one that would make the secret known", async () => {
    for (const hpkeKey of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(32).with(0, 1)]) {
      const broken = { ...channel, recipient: { ...channel.recipient, hpkeKey } };
      await assert.rejects(seal(broken, one.hpke, text, aad), { code: "MALFORMED", message: /no X25519 key/ });
      const from = { ...channel, sender: { ...channel.sender, hpkeKey } };
      await assert.rejects(open(from, two.hpke, await seal(channel, one.hpke, text, aad), aad), {
        code: "BAD_SIGNATURE",
      });
    }
  });
});
