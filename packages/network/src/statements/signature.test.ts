import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { concat, id, recoverAddress, Signature, toBeHex, Wallet } from "ethers";
import { nativeRecover, portableRecover, recoverSigner } from "./signature.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

for (const [by, recover] of [
  ["native code", nativeRecover],
  ["WebAssembly", portableRecover],
] as const) {
  describe(`the signer of a digest, by ${by}`, { skip: recover === null && "none for this platform" }, () => {
    tests((digest, signature) => recoverSigner(digest, signature, recover ?? undefined));
  });
}

function tests(signerOf: (digest: Hex, signature: Hex) => string | null) {
  it("is who ethers recovers, for 200 keys", () => {
    for (let i = 0; i < 200; i++) {
      const wallet = new Wallet(id(`key ${i}`));
      const digest = id(`digest ${i}`) as Hex;
      const signature = wallet.signingKey.sign(digest).serialized as Hex;
      assert.equal(signerOf(digest, signature), wallet.address.toLowerCase());
      const other = id(`other ${i}`) as Hex;
      assert.equal(signerOf(other, signature), recoverAddress(other, signature).toLowerCase());
    }
  });

  it("is nobody for another form of a signature, as for Claims", () => {
    const digest = id("digest") as Hex;
    const { r, s, v } = new Wallet(id("key")).signingKey.sign(digest);
    const form = (...parts: string[]) => concat(parts) as Hex;
    const high = toBeHex(ORDER - BigInt(s), 32);
    assert.notEqual(signerOf(digest, form(r, s, toBeHex(v))), null);
    assert.equal(signerOf(digest, form(r, high, toBeHex(55 - v))), null);
    assert.equal(signerOf(digest, form(r, s, toBeHex(v - 27, 1))), null);
    assert.equal(signerOf(digest, form(r, s, "0x1d")), null);
    assert.equal(signerOf(digest, Signature.from({ r, s, v }).compactSerialized as Hex), null);
    assert.equal(signerOf(digest, "0x"), null);
  });

  it("is nobody for numbers of no point", () => {
    const digest = id("digest") as Hex;
    const one = toBeHex(1, 32);
    const zero = toBeHex(0, 32);
    for (const [r, s] of [
      [zero, one],
      [one, zero],
      [toBeHex(ORDER, 32), one],
      [`0x${"ff".repeat(32)}`, one],
      [toBeHex(5, 32), one], // no x of a point
    ] as const) {
      assert.equal(signerOf(digest, concat([r, s, "0x1b"]) as Hex), null, r);
    }
  });
}
