import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_ALLOCATION } from "./constants.ts";
import { declaredExposure, exposureLevels, type Prospect } from "./exposure.ts";
import { keccak, toHex, type Hex } from "./hex.ts";
import { seatsOf } from "./sortition.ts";

const BOND = 24n * 10n ** 18n;
const word = (n: number): Hex => keccak(`0x${n.toString(16).padStart(64, "0")}`);

const prospect = fc
  .tuple(
    fc.integer({ min: 0, max: 8191 }),
    fc.bigInt({ min: 0n, max: MAX_ALLOCATION }),
    fc.bigInt({ min: 0n, max: MAX_ALLOCATION }),
    fc.bigInt({ min: 1n, max: 1n << 85n }),
  )
  .map(([offered, a, b, seatBond]): Prospect => ({ offered, stake: a < b ? a : b, total: a < b ? b : a, seatBond }));

/** Bonds of what an agent draws on each prospect. */
const draw = (prospects: readonly Prospect[], secret: Hex): bigint =>
  prospects
    .map(({ seatBond, ...rest }, i) => {
      const questionId = toHex(Uint8Array.of(...Array<number>(22).fill(0), i >> 8, i & 255));
      return BigInt(seatsOf({ ...rest, seed: word(0), questionId, agentId: 1n, secret })) * seatBond;
    })
    .reduce((a, b) => a + b, 0n);

describe("exposure", () => {
  it("is enough for every draw, whatever the questions, and never more than is free", () => {
    fc.assert(
      fc.property(
        fc.array(prospect, { maxLength: 20 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
        fc.bigInt({ min: 0n, max: 1n << 100n }),
        (prospects, secret, spare) => {
          const { usual, most } = exposureLevels(prospects);
          assert.ok(usual <= most);
          const needed = draw(prospects, secret);
          assert.ok(needed <= most);
          const free = needed + spare;
          const declared = declaredExposure({ prospects, needed, free });
          assert.ok(declared >= needed && declared <= free);
          const level = needed > usual ? most : usual;
          assert.equal(declared, level < free ? level : free);
        },
      ),
      { seed: 11, numRuns: 1_000 },
    );
  });

  it("is the same for no seat and for as many as are usual, and the most above", () => {
    // A hundred questions, a tenth of a seat each: 10 seats expected, a variance of 9, and with 7/3 of a seat
    // 10 + 2.33 + sqrt(5.44 + 126) = 23.8 of them.
    const prospects = Array<Prospect>(100).fill({ offered: 10, stake: 10n, total: 1_000n, seatBond: BOND });
    const { usual, most } = exposureLevels(prospects);
    assert.equal(most, 100n * BOND);
    assert.equal((usual * 100n) / BOND, 2_379n);
    const free = 1_000n * BOND;
    for (const seats of [0n, 1n, 23n]) {
      assert.equal(declaredExposure({ prospects, needed: seats * BOND, free }), usual);
    }
    assert.equal(declaredExposure({ prospects, needed: 24n * BOND, free }), most);
    // Where less is free, that much, which is public as well.
    assert.equal(declaredExposure({ prospects, needed: 0n, free: 5n * BOND }), 5n * BOND);
    assert.equal(declaredExposure({ prospects, needed: 5n * BOND, free: 5n * BOND }), 5n * BOND);
  });

  it("is exact where seats are certain, and nothing without questions or stake", () => {
    const certain = { offered: 9, stake: 100n, total: 300n, seatBond: BOND };
    assert.deepEqual(exposureLevels([certain]), { usual: 3n * BOND, most: 3n * BOND });
    const nothing = { usual: 0n, most: 0n };
    assert.deepEqual(exposureLevels([]), nothing);
    assert.deepEqual(exposureLevels([{ ...certain, stake: 0n }]), nothing);
    assert.deepEqual(exposureLevels([{ ...certain, stake: 0n, total: 0n }]), nothing);
    assert.equal(declaredExposure({ prospects: [], needed: 0n, free: 10n }), 0n);
  });

  it("is the usual one in more than 999 ballots of 1,000", () => {
    const usualOf = (count: number, offered: number, bonds: readonly bigint[]) => {
      const prospects = Array.from({ length: count }, (_, i) => ({
        ...{ offered, stake: 10n, total: 1_000n },
        seatBond: bonds[i % bonds.length] as bigint,
      }));
      const { usual, most } = exposureLevels(prospects);
      assert.ok(usual < most);
      let above = 0;
      for (let n = 1; n <= 2_000; n++) if (draw(prospects, word(n)) > usual) above++;
      return above;
    };
    // Expected seats an epoch: 2, 4 and 10; the last with bonds of two sizes.
    assert.equal(usualOf(20, 10, [BOND]), 0);
    assert.equal(usualOf(40, 10, [BOND]), 0);
    assert.equal(usualOf(40, 25, [BOND, BOND / 3n]), 0);
  });

  it("rejects what is out of range", () => {
    const fine = { offered: 9, stake: 10n, total: 100n, seatBond: BOND };
    const code = { code: "OutOfRange" };
    assert.throws(() => exposureLevels([{ ...fine, offered: 8192 }]), code);
    assert.throws(() => exposureLevels([{ ...fine, stake: -1n }]), code);
    assert.throws(() => exposureLevels([{ ...fine, total: MAX_ALLOCATION + 1n }]), code);
    // More than can be drawn, and more than is free.
    assert.throws(() => declaredExposure({ prospects: [fine], needed: 2n * BOND, free: 9n * BOND }), code);
    assert.throws(() => declaredExposure({ prospects: [fine], needed: BOND, free: BOND - 1n }), code);
  });
});
