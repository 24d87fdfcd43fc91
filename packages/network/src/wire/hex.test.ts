import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getBytes, hexlify } from "ethers";
import { seededRandom } from "../testing/fuzz.ts";
import { bytesOf, hexOf } from "./hex.ts";

describe("hexadecimal digits", () => {
  it("are those of ethers, of 1,000 random byte strings and of parts of others", () => {
    const random = seededRandom(31);
    for (let i = 0; i < 1_000; i++) {
      const whole = Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256));
      const part = whole.subarray(Math.floor(random() * (whole.length + 1)));
      const hex = hexOf(part);
      assert.equal(hex, hexlify(part));
      assert.deepEqual(new Uint8Array(bytesOf(hex)), getBytes(hex));
      assert.deepEqual(new Uint8Array(bytesOf(hex.toUpperCase().replace("0X", "0x"))), getBytes(hex));
    }
  });

  it("are nothing else", () => {
    for (const wrong of ["", "00", "0x0", "0x0g", "0xg0", "0x00 ", "0x000", "x00"]) {
      assert.throws(() => bytesOf(wrong), RangeError, wrong);
    }
  });
});
