import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, keccak256 } from "viem";
import { MAX_ALLOCATION } from "./constants.ts";
import { keccak, toHex, type Hex } from "./hex.ts";
import { askedSeats, offeredSeats, roundSeats, seatsOf, updateParticipation } from "./sortition.ts";

const seed: Hex = `0x${"01".repeat(32)}`;
const questionId: Hex = `0x${"02".repeat(24)}`;
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const stake = fc.bigInt({ min: 0n, max: MAX_ALLOCATION });

describe("sortition", () => {
  it("draws with the hash that abi.encode gives", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8188 }),
        stake,
        stake,
        bytes32,
        fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        (offered, a, b, secret, agentId) => {
          const [small, total] = a < b ? [a, b] : [b, a];
          fc.pre(total > 0n);
          const types = [{ type: "bytes32" }, { type: "bytes24" }, { type: "uint256" }, { type: "bytes32" }] as const;
          const word = BigInt(keccak256(encodeAbiParameters(types, [seed, questionId, agentId, secret])));
          const draw = BigInt.asUintN(64, word);
          const exact = BigInt(offered) * small;
          // draw < floor(r * 2^64 / S) + 1, written without a second copy of the formula's division.
          const extra = (draw + 1n) * total <= (exact % total) << 64n;
          const seats = seatsOf({ offered, stake: small, total, seed, questionId, agentId, secret });
          assert.equal(seats, Number(exact / total) + (extra ? 1 : 0));
          assert.ok(seats <= offered);
        },
      ),
      { seed: 6, numRuns: 1_000 },
    );
  });

  it("gives seats in proportion to stake, whole or split", () => {
    const draws = 10_000;
    const mean = (offered: number, units: bigint, total: bigint): number => {
      let seats = 0;
      for (let i = 0; i < draws; i++) {
        const secret = keccak(`0x${i.toString(16).padStart(64, "0")}`);
        seats += seatsOf({ offered, stake: units, total, seed, questionId, agentId: 7n, secret });
      }
      return seats / draws;
    };
    // Five standard errors of a Bernoulli mean of 10,000 draws are below .025.
    assert.ok(Math.abs(mean(9, 50n, 1_000n) - 0.45) < 0.025);
    assert.ok(Math.abs(mean(9, 25n, 1_000n) * 2 - 0.45) < 0.05);
    assert.ok(Math.abs(mean(20, 123n, 1_000n) - 2.46) < 0.025);
    assert.equal(mean(10, 100n, 1_000n), 1);
    assert.equal(mean(10, 0n, 1_000n), 0);
  });

  it("gives no seat without a total and rejects what is out of range", () => {
    const draw = { offered: 9, stake: 0n, total: 0n, seed, questionId, agentId: 1n, secret: seed };
    assert.equal(seatsOf(draw), 0);
    assert.throws(() => seatsOf({ ...draw, offered: 8192 }), { code: "OutOfRange" });
    assert.throws(() => seatsOf({ ...draw, total: MAX_ALLOCATION + 1n }), { code: "OutOfRange" });
    assert.throws(() => seatsOf({ ...draw, offered: 3493, stake: 15_217_805_943_599n, total: 1n }), {
      code: "OutOfRange",
    });
    assert.throws(() => seatsOf({ ...draw, total: 1n, questionId: seed }), { code: "MalformedHex" });
  });

  it("doubles the seats of each round and sums them", () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((r) => roundSeats(9, r)),
      [9, 19, 39, 79],
    );
    for (let k = 3; k <= 255; k++) {
      let sum = 0;
      let previous = k;
      for (let r = 1; r <= 4; r++) {
        if (r > 1) previous = 2 * previous + 1;
        sum += previous;
        assert.equal(roundSeats(k, r), previous);
        assert.equal(askedSeats(k, r), sum);
      }
    }
    assert.equal(askedSeats(9, 0), 0);
    assert.throws(() => roundSeats(9, 5), { code: "OutOfRange" });
  });

  it("keeps k' within [k, 4k] and its fields at the extremes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 2047 }), fc.integer({ min: 0, max: 65_535 }), (asked, participation) => {
        const offered = offeredSeats(asked, participation);
        assert.ok(offered >= asked && offered <= 4 * asked);
      }),
      { seed: 7, numRuns: 1_000 },
    );
    assert.equal(offeredSeats(9, 65_535), 9);
    assert.equal(offeredSeats(9, 32_768), 17);
    assert.equal(offeredSeats(9, 0), 36);
    assert.ok(offeredSeats(roundSeats(255, 4), 0) < 2 ** 13);
    assert.ok(4 * askedSeats(255, 4) < 2 ** 14);
    assert.ok(askedSeats(255, 4) - 255 < 2 ** 12);
  });

  it("moves participation by a sixteenth of the difference, within its width", () => {
    assert.equal(updateParticipation(65_535, 9, 9), 65_535);
    assert.equal(updateParticipation(65_535, 20, 9), 65_535);
    assert.equal(updateParticipation(65_535, 0, 9), 65_535 - 4095);
    assert.equal(updateParticipation(0, 9, 9), 4095);
    assert.equal(updateParticipation(123, 9, 0), 123);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 0, max: 16 * 65_535 }),
        fc.integer({ min: 1, max: 16_383 }),
        (p, revealed, offered) => {
          const next = updateParticipation(p, revealed, offered);
          const share = Math.min(1, revealed / offered) * 65_535;
          assert.ok(next >= Math.min(p, Math.floor(share)) && next <= Math.max(p, share));
        },
      ),
      { seed: 8, numRuns: 1_000 },
    );
  });
});
