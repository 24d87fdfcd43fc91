import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, keccak256, parseAbiParameters, slice, type Hex as ViemHex } from "viem";
import {
  agentLink,
  ballotCommitment,
  canaryCommitment,
  claimIdOf,
  joinQuestionId,
  questionId,
  questionIdOf,
  splitQuestionId,
} from "./commitment.ts";
import { toHex, ZERO_HASH } from "./hex.ts";

const bytes = (size: number): fc.Arbitrary<ViemHex> => fc.uint8Array({ minLength: size, maxLength: size }).map(toHex);
const bytes32 = bytes(32);
const address = bytes(20);
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const runs = { seed: 14, numRuns: 1_000 };

describe("commitments and ids, against viem's ABI encoder", () => {
  it("ballot commitment", () => {
    const ballot = fc.uint8Array({ maxLength: 64 }).map(toHex);
    fc.assert(
      fc.property(
        uint256,
        address,
        uint256,
        uint32,
        bytes32,
        ballot,
        (chainId, consensus, agentId, epoch, secret, b) => {
          const expected = encodeAbiParameters(
            parseAbiParameters("uint256, address, uint256, uint256, bytes32, bytes32"),
            [chainId, consensus, agentId, BigInt(epoch), secret, keccak256(b)],
          );
          const actual = ballotCommitment({ chainId, consensus, agentId, epoch, secret, ballot: b });
          assert.equal(actual, keccak256(expected));
        },
      ),
      runs,
    );
  });

  it("link", () => {
    fc.assert(
      fc.property(bytes32, bytes32, uint256, uint256, address, (tip, commitment, exposure, backing, owner) => {
        const types = parseAbiParameters("bytes32, bytes32, uint256, uint256, address");
        const words = encodeAbiParameters(types, [tip, commitment, exposure, backing, owner]);
        assert.equal(agentLink({ tip, commitment, exposure, backing }, owner), slice(keccak256(words), 0, 20));
      }),
      runs,
    );
  });

  it("canary commitment", () => {
    const answer = fc.option(fc.integer({ min: 0, max: 15 }));
    fc.assert(
      fc.property(address, address, answer, bytes32, (consensus, asker, a, salt) => {
        const types = parseAbiParameters("address, address, uint8, bytes32");
        const expected = keccak256(encodeAbiParameters(types, [consensus, asker, a ?? 255, salt]));
        assert.equal(canaryCommitment({ consensus, asker, answer: a, salt }), expected);
      }),
      runs,
    );
    const parts = { consensus: `0x${"11".repeat(20)}`, asker: `0x${"22".repeat(20)}`, salt: ZERO_HASH } as const;
    assert.throws(() => canaryCommitment({ ...parts, answer: 16 }), { code: "OutcomeOutOfRange" });
    assert.throws(() => canaryCommitment({ ...parts, answer: 255 }), { code: "OutcomeOutOfRange" });
  });

  it("question id and claim id", () => {
    fc.assert(
      fc.property(uint32, bytes32, address, bytes32, bytes32, (domainId, contentHash, asker, canary, salt) => {
        const origin = encodeAbiParameters(parseAbiParameters("address, bytes32, bytes32"), [asker, canary, salt]);
        const outer = encodeAbiParameters(parseAbiParameters("bytes32, bytes32"), [contentHash, keccak256(origin)]);
        const id = questionId({ domainId, contentHash, asker, canaryCommitment: canary, salt });
        const hash = keccak256(outer).slice(2, 42);
        assert.equal(id, `0x${domainId.toString(16).padStart(8, "0")}${hash}`);
        assert.deepEqual(splitQuestionId(id), { domainId, hash: `0x${hash}` });
        assert.equal(joinQuestionId(domainId, `0x${hash}`), id);
        assert.equal(claimIdOf(id), `${id}${"00".repeat(8)}`);
        assert.equal(questionIdOf(claimIdOf(id)), id);
      }),
      runs,
    );
    assert.throws(() => questionIdOf(`0x${"11".repeat(32)}`), { code: "MalformedHex" });
    assert.throws(() => splitQuestionId(ZERO_HASH), { code: "MalformedHex" });
    assert.throws(() => joinQuestionId(2 ** 32, `0x${"11".repeat(20)}`), { code: "OutOfRange" });
  });
});
