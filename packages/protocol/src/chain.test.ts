import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  createSecretChain,
  firstTipEpoch,
  hashForward,
  restoreSecretChain,
  verifySecret,
  type SerializedChain,
} from "./chain.ts";
import { keccak, type Hex } from "./hex.ts";

const seed: Hex = `0x${"5e".repeat(32)}`;

function naive(from: Hex, length: number): Hex[] {
  const hashes = [from];
  for (let i = 0; i < length; i++) hashes.push(keccak(hashes[i] as Hex));
  return hashes;
}

describe("secret chain", () => {
  it("equals naive hashing for every length, spacing and order of access", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 120 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 10 }),
        (length, wanted, picks) => {
          const hashes = naive(seed, length);
          const chain = createSecretChain({ seed, length, spacing: Math.min(wanted, length) });
          assert.equal(chain.anchor, hashes[length]);
          for (const pick of picks) {
            const distance = (pick % length) + 1;
            assert.equal(chain.secret(distance), hashes[length - distance]);
          }
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it("gives every epoch the secret that hashes to the tip", () => {
    const chain = createSecretChain({ seed, length: 50 });
    const tipEpoch = firstTipEpoch(10);
    assert.equal(tipEpoch, 11);
    let tip = { hash: chain.anchor, epoch: tipEpoch };
    for (const epoch of [12, 13, 20, 61]) {
      const secret = chain.secretOf(tipEpoch, epoch);
      assert.equal(verifySecret({ tip: tip.hash, tipEpoch: tip.epoch, secret, epoch }), true);
      assert.equal(verifySecret({ tip: tip.hash, tipEpoch: tip.epoch, secret, epoch: epoch + 1 }), false);
      tip = { hash: secret, epoch };
    }
    assert.equal(verifySecret({ tip: tip.hash, tipEpoch: 61, secret: tip.hash, epoch: 61 }), false);
    assert.throws(() => chain.secretOf(tipEpoch, 11), { code: "EpochNotInChain" });
    assert.throws(() => chain.secretOf(tipEpoch, 62), { code: "EpochNotInChain" });
  });

  it("bounds the steps that it hashes forward", () => {
    assert.equal(hashForward(seed, 3), naive(seed, 3)[3]);
    assert.equal(hashForward(seed, 0), seed);
    hashForward(seed, 4096);
    assert.throws(() => hashForward(seed, 4097), { code: "TooManySkippedEpochs" });
    assert.throws(() => hashForward(seed, -1), { code: "TooManySkippedEpochs" });
  });

  it("survives JSON", () => {
    const chain = createSecretChain({ seed, length: 101 });
    const restored = restoreSecretChain(JSON.parse(JSON.stringify(chain.serialize())) as SerializedChain);
    assert.equal(restored.anchor, chain.anchor);
    for (let d = 1; d <= 101; d++) assert.equal(restored.secret(d), chain.secret(d));
  });

  it("refuses damaged data and never shows it", () => {
    const data = createSecretChain({ seed, length: 101, spacing: 10 }).serialize();
    const swapped = [...data.checkpoints];
    swapped[3] = `0x${"00".repeat(32)}`;
    const damaged = restoreSecretChain({ ...data, checkpoints: swapped });
    assert.throws(() => damaged.secret(101 - 35), { code: "CorruptChain" });
    assert.throws(() => damaged.secret(101 - 25), { code: "CorruptChain" });
    assert.ok(damaged.secret(101 - 45));
    assert.throws(() => restoreSecretChain({ ...data, anchor: seed }).secret(1), { code: "CorruptChain" });
    assert.throws(() => restoreSecretChain({ ...data, length: 500 }), { code: "CorruptChain" });
    assert.throws(() => restoreSecretChain({ ...data, spacing: 0 }), { code: "CorruptChain" });
    assert.throws(() => restoreSecretChain({ ...data, version: 2 as 1 }), { code: "CorruptChain" });
    const short = data.checkpoints.map((c, i) => (i === 0 ? (c.slice(0, 40) as Hex) : c));
    assert.throws(
      () => restoreSecretChain({ ...data, checkpoints: short }),
      (error: Error & { code?: string }) => error.code === "CorruptChain" && !error.message.includes("5e5e"),
    );
  });

  it("checks its options", () => {
    assert.throws(() => createSecretChain({ seed: "0x12", length: 5 }), { code: "MalformedHex" });
    assert.throws(() => createSecretChain({ seed, length: 0 }), { code: "OutOfRange" });
    assert.throws(() => createSecretChain({ seed, length: 5, spacing: 6 }), { code: "OutOfRange" });
  });

  it("derives any secret of a year of one-minute epochs within 50 ms, neighbours at once", () => {
    const chain = createSecretChain({ seed, length: 525_600 });
    assert.equal(chain.serialize().checkpoints.length, 725);
    const timed = (distance: number): number => {
      const start = performance.now();
      chain.secret(distance);
      return performance.now() - start;
    };
    // Far apart, so that each needs another segment; the median is robust against a busy machine.
    const jumps = Array.from({ length: 21 }, (_, i) => timed(1 + i * 25_000)).sort((a, b) => a - b);
    assert.ok((jumps[10] as number) < 50, `median of ${jumps[10]} ms`);
    const start = performance.now();
    for (let d = 1_000; d < 2_000; d++) chain.secret(d);
    assert.ok((performance.now() - start) / 1_000 < 1);
  });
});
