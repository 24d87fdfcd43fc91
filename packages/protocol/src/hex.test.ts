import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressWord, bytesWord, keccak, toBytes, toHex, uintBytes, uintWord } from "./hex.ts";
import { allocationUnit, burnOf, ceilDiv, fromAllocationUnits, toAllocationUnits } from "./units.ts";

describe("hex", () => {
  it("aligns words as the ABI does", () => {
    assert.equal(toHex(uintWord(258)), `0x${"00".repeat(30)}0102`);
    assert.equal(toHex(bytesWord("0x0102", 2)), `0x0102${"00".repeat(30)}`);
    assert.equal(toHex(addressWord(`0x${"AB".repeat(20)}`)), `0x${"00".repeat(12)}${"ab".repeat(20)}`);
  });

  it("hashes with Ethereum's keccak256", () => {
    assert.equal(keccak("0x"), "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  });

  it("rejects what does not fit", () => {
    assert.throws(() => uintWord(256, 8), { code: "OutOfRange" });
    assert.throws(() => uintWord(-1), { code: "OutOfRange" });
    assert.throws(() => uintWord(2 ** 60), { code: "OutOfRange" });
    assert.throws(() => uintBytes(0.5, 4), { code: "OutOfRange" });
    assert.throws(() => toBytes("0x1"), { code: "MalformedHex" });
    assert.throws(() => toBytes("12" as "0x"), { code: "MalformedHex" });
    assert.throws(() => toBytes("0x12", 2), { code: "MalformedHex" });
  });
});

describe("units", () => {
  it("round up burns and divisions", () => {
    assert.equal(ceilDiv(0n, 3n), 0n);
    assert.equal(ceilDiv(4n, 3n), 2n);
    assert.equal(burnOf(1n, 1_000), 1n);
    assert.equal(burnOf(10n, 1_000), 1n);
    assert.equal(burnOf(0n, 5_000), 0n);
  });

  it("are a thousandth of a token, or one wei", () => {
    assert.equal(allocationUnit(18), 10n ** 15n);
    assert.equal(allocationUnit(6), 1_000n);
    assert.equal(allocationUnit(2), 1n);
    assert.equal(toAllocationUnits(2_999n, 6), 2n);
    assert.equal(fromAllocationUnits(2n, 6), 2_000n);
    assert.throws(() => allocationUnit(-1), { code: "OutOfRange" });
  });
});
