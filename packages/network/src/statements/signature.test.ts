import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { concat, id, recoverAddress, Signature, toBeHex, Wallet } from "ethers";
import { recoverSigner } from "./signature.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("the signer of a digest", () => {
  it("is who ethers recovers, for 200 keys", () => {
    for (let i = 0; i < 200; i++) {
      const wallet = new Wallet(id(`key ${i}`));
      const digest = id(`digest ${i}`) as Hex;
      const signature = wallet.signingKey.sign(digest).serialized as Hex;
      assert.equal(recoverSigner(digest, signature), wallet.address.toLowerCase());
      const other = id(`other ${i}`) as Hex;
      assert.equal(recoverSigner(other, signature), recoverAddress(other, signature).toLowerCase());
    }
  });

  it("is nobody for another form of a signature, as for Claims", () => {
    const digest = id("digest") as Hex;
    const { r, s, v } = new Wallet(id("key")).signingKey.sign(digest);
    const form = (...parts: string[]) => concat(parts) as Hex;
    const high = toBeHex(ORDER - BigInt(s), 32);
    assert.notEqual(recoverSigner(digest, form(r, s, toBeHex(v))), null);
    assert.equal(recoverSigner(digest, form(r, high, toBeHex(55 - v))), null);
    assert.equal(recoverSigner(digest, form(r, s, toBeHex(v - 27, 1))), null);
    assert.equal(recoverSigner(digest, form(r, s, "0x1d")), null);
    assert.equal(recoverSigner(digest, Signature.from({ r, s, v }).compactSerialized as Hex), null);
    assert.equal(recoverSigner(digest, "0x"), null);
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
      assert.equal(recoverSigner(digest, concat([r, s, "0x1b"]) as Hex), null, r);
    }
  });
});
