import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodePacked, hashStruct, hashTypedData, size, slice } from "viem";
import {
  type Beat,
  decodeBeat,
  decodeRelayedBeat,
  encodeBeat,
  encodeRelayedBeat,
  relayedBeatDigest,
  relayedBeatHash,
  relayedBeatTypedData,
} from "./beat.ts";
import { toHex, type Hex, ZERO_HASH } from "./hex.ts";

const ONE = `0x${"01".repeat(32)}` as const;
const NOTHING = {
  agentId: 7n,
  settleEpoch: 0,
  receipts: "0x",
  previous: { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 0n, backing: 0n },
  secret: ZERO_HASH,
  ballot: "0x",
  commitEpoch: 12,
  commitment: ZERO_HASH,
  exposure: 0n,
  backing: 0n,
} as const satisfies Beat;
const TERMS = { maxRelayFee: 5n, deadline: 1_900_000_000 };

const head = (flags: number): Hex => encodePacked(["uint8", "uint256", "uint32"], [flags, 7n, 12]);

describe("beat", () => {
  it("packs a sign of life in 37 bytes, and in 58 with its terms", () => {
    assert.equal(encodeBeat(NOTHING), head(0));
    assert.equal(size(encodeBeat(NOTHING)), 37);
    const relayed = encodeRelayedBeat(NOTHING, TERMS);
    assert.equal(relayed, encodePacked(["uint128", "uint40", "bytes"], [5n, 1_900_000_000, head(0)]));
    assert.equal(size(relayed), 58);
  });

  it("packs each part behind its flag, in their order", () => {
    const previous = { tip: ONE, commitment: ONE, exposure: 3n, backing: 4n };
    const settles = { settleEpoch: 9, receipts: "0xabcdef" } as const;
    const commits = { commitment: ONE, exposure: 8n, backing: 6n };
    const stake = (exposure: bigint, backing: number): Hex =>
      encodePacked(["uint128", "uint48", "bytes32"], [exposure, backing, ONE]);
    assert.equal(
      encodeBeat({ ...NOTHING, ...settles, ...commits, previous }),
      encodePacked(
        ["bytes", "uint32", "uint16", "bytes", "bytes32", "bytes", "bytes"],
        [head(1 | 2 | 8 | 16), 9, 3, "0xabcdef", ONE, stake(3n, 4), stake(8n, 6)],
      ),
    );
    // The secret proves tip and commitment.
    assert.equal(
      encodeBeat({ ...NOTHING, previous, secret: ONE, ballot: "0x1234" }),
      encodePacked(["bytes", "bytes", "uint16", "bytes"], [head(4), stake(3n, 4), 2, "0x1234"]),
    );
  });

  it("gives back what it has packed", () => {
    const full = {
      ...NOTHING,
      settleEpoch: 2 ** 32 - 1,
      receipts: "0x00",
      previous: { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 2n ** 128n - 1n, backing: 2n ** 48n - 1n },
      secret: ONE,
      ballot: `0x${"ff".repeat(65_535)}`,
      commitment: ONE,
      exposure: 2n ** 128n - 1n,
      backing: 1n,
    } as const;
    assert.deepEqual(decodeBeat(encodeBeat(full)), full);
    assert.deepEqual(decodeBeat(encodeBeat(NOTHING)), NOTHING);
    assert.deepEqual(decodeRelayedBeat(encodeRelayedBeat(full, TERMS)), { beat: full, terms: TERMS });
  });

  it("leaves out what has no effect", () => {
    const idle = { ...NOTHING, settleEpoch: 3, ballot: "0x12", exposure: 8n, backing: 6n } as const;
    assert.equal(encodeBeat(idle), head(0));
  });

  it("rejects what is too wide", () => {
    const packed = (part: Partial<Beat>) => () => encodeBeat({ ...NOTHING, ...part });
    const relayed = (part: Partial<typeof TERMS>) => () => encodeRelayedBeat(NOTHING, { ...TERMS, ...part });
    const { previous } = NOTHING;
    assert.throws(relayed({ maxRelayFee: 2n ** 128n }), { code: "OutOfRange" });
    assert.throws(relayed({ deadline: 2 ** 40 }), { code: "OutOfRange" });
    assert.throws(packed({ commitEpoch: 2 ** 32 }), { code: "OutOfRange" });
    assert.throws(packed({ commitment: ONE, backing: 2n ** 48n }), { code: "OutOfRange" });
    assert.throws(packed({ commitment: ONE, exposure: 2n ** 128n }), { code: "OutOfRange" });
    assert.throws(packed({ previous: { ...previous, exposure: 2n ** 128n } }), { code: "OutOfRange" });
    assert.throws(packed({ receipts: `0x${"00".repeat(65_536)}` }), { code: "OutOfRange" });
    assert.throws(packed({ secret: "0x01" }), { code: "MalformedHex" });
  });

  it("rejects every other length", () => {
    const whole = encodeBeat({
      ...NOTHING,
      receipts: "0xabcd",
      secret: ONE,
      ballot: "0x1234",
      commitment: ONE,
    });
    for (let length = 0; length < size(whole); length++) {
      assert.throws(() => decodeBeat(length === 0 ? "0x" : slice(whole, 0, length)), { code: "MalformedBeat" });
    }
    assert.throws(() => decodeBeat(`${whole}00`), { code: "MalformedBeat" });
    const relayed = encodeRelayedBeat(NOTHING, TERMS);
    for (let length = 0; length < size(relayed); length++) {
      const short = length === 0 ? "0x" : slice(relayed, 0, length);
      assert.throws(() => decodeRelayedBeat(short), { code: "MalformedBeat" });
      assert.throws(() => relayedBeatHash(short), { code: "MalformedBeat" });
    }
    assert.throws(() => relayedBeatTypedData({ chainId: 1, consensus: `0x${"c0".repeat(20)}` }, `${relayed}00`), {
      code: "MalformedBeat",
    });
  });

  it("has the struct hash and the digest of viem's EIP-712", () => {
    const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max }).map(toHex);
    const beats = fc.record({
      agentId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      secret: bytes(32, 32),
      ballot: bytes(0, 100),
      receipts: bytes(0, 100),
      maxRelayFee: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      deadline: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
    });
    fc.assert(
      fc.property(beats, bytes(20, 20), fc.integer({ min: 1, max: 2 ** 31 }), (parts, consensus, chainId) => {
        const { maxRelayFee, deadline, ...beat } = parts;
        const relayed = encodeRelayedBeat({ ...NOTHING, ...beat }, { maxRelayFee, deadline });
        const typed = relayedBeatTypedData({ chainId, consensus }, relayed);
        const { primaryType, types, message } = typed;
        assert.deepEqual(message, {
          beat: encodeBeat({ ...NOTHING, ...beat }),
          maxRelayFee,
          deadline,
        });
        assert.equal(relayedBeatHash(relayed), hashStruct({ data: { ...message }, primaryType, types }));
        assert.equal(relayedBeatDigest({ chainId, consensus }, relayed), hashTypedData(typed));
      }),
      { seed: 16, numRuns: 1_000 },
    );
  });
});
