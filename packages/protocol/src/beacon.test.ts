import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, keccak256 } from "viem";
import { epochSeed, foldSecret, GENESIS_ACCUMULATOR } from "./beacon.ts";
import { toHex } from "./hex.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const uint128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

describe("beacon", () => {
  it("folds as the low 128 bits of abi.encode's hash, wrapping", () => {
    fc.assert(
      fc.property(uint128, uint256, bytes32, (accumulator, agentId, secret) => {
        const word = encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [agentId, secret]);
        const share = BigInt.asUintN(128, BigInt(keccak256(word)));
        assert.equal(foldSecret(accumulator, agentId, secret), BigInt.asUintN(128, accumulator + share));
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });

  it("does not depend on the order of reveals", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(uint256, bytes32), { maxLength: 8 }), (reveals) => {
        const fold = (list: typeof reveals): bigint =>
          list.reduce((sum, [agentId, secret]) => foldSecret(sum, agentId, secret), GENESIS_ACCUMULATOR);
        assert.equal(fold(reveals), fold([...reveals].reverse()));
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it("seeds an epoch as abi.encode does", () => {
    fc.assert(
      fc.property(uint128, uint256, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (accumulator, prevrandao, epoch) => {
        const types = [{ type: "uint256" }, { type: "uint256" }, { type: "uint256" }] as const;
        const expected = keccak256(encodeAbiParameters(types, [accumulator, prevrandao, BigInt(epoch)]));
        assert.equal(epochSeed(accumulator, prevrandao, epoch), expected);
      }),
      { seed: 5, numRuns: 1_000 },
    );
    assert.throws(() => epochSeed(2n ** 128n, 0n, 0), { code: "OutOfRange" });
  });
});
