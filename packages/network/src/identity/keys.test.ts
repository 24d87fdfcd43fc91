import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hexlify } from "ethers";
import { createNodeKeys, peerIdOf } from "./keys.ts";

const bytes = (fill: number, length = 32) => new Uint8Array(length).fill(fill);

describe("keys of a node", () => {
  it("are the same for the same seed, and others for another one", async () => {
    const [first, again, other] = await Promise.all([bytes(1), bytes(1), bytes(2)].map(createNodeKeys));
    assert.ok(first && again && other);
    assert.equal(first.peerId, again.peerId);
    assert.deepEqual(first.hpkeKey, again.hpkeKey);
    assert.notEqual(first.peerId, other.peerId);
    assert.notDeepEqual(first.hpkeKey, other.hpkeKey);
  });

  it("come of two secrets as well, each of its own", async () => {
    const one = await createNodeKeys({ network: bytes(1), hpke: bytes(2) });
    const two = await createNodeKeys({ network: bytes(1), hpke: bytes(3) });
    assert.equal(one.networkKey, two.networkKey);
    assert.notDeepEqual(one.hpkeKey, two.hpkeKey);
    const derived = await createNodeKeys(bytes(1));
    assert.notEqual(derived.networkKey, one.networkKey);
  });

  it("name the peer by the public key", async () => {
    const { network, networkKey, peerId, hpkeKey } = await createNodeKeys(bytes(4));
    assert.equal(networkKey, hexlify(network.publicKey.raw));
    assert.equal(peerIdOf(networkKey), peerId);
    assert.match(peerId, /^12D3KooW/);
    assert.equal(hpkeKey.length, 32);
  });

  it("need secrets of 32 bytes", async () => {
    for (const length of [0, 31, 33]) {
      await assert.rejects(createNodeKeys(bytes(1, length)), { code: "MALFORMED" });
      await assert.rejects(createNodeKeys({ network: bytes(1), hpke: bytes(1, length) }), { code: "MALFORMED" });
    }
    assert.throws(() => peerIdOf("0x00"), { code: "MALFORMED" });
  });
});
