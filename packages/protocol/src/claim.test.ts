import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, encodePacked, keccak256, parseAbiParameters, stringToBytes } from "viem";
import {
  assertionClaimId,
  challengeClaimId,
  restOfAssertion,
  restOfChallenge,
  restOfQuestion,
  verifyMerkleLeaf,
} from "./claim.ts";
import { questionId } from "./commitment.ts";
import { toHex, type Hex } from "./hex.ts";

const bytes = (size: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength: size, maxLength: size }).map(toHex);
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const assertions = fc.record({
  domainId: uint32,
  outcome: fc.integer({ min: 0, max: 255 }),
  contentHash: bytes(32),
  asserter: bytes(20),
  bond: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  salt: bytes(32),
});
const join = (contentHash: Hex, rest: Hex): Hex =>
  keccak256(encodeAbiParameters(parseAbiParameters("bytes32, bytes32"), [contentHash, rest]));

describe("claim ids, against viem's ABI encoder", () => {
  it("hash an assertion's terms and then its content", () => {
    const types = parseAbiParameters("bytes32, uint32, uint8, address, uint256, bytes32");
    const tag = keccak256(stringToBytes("Assay.Assertion"));
    fc.assert(
      fc.property(assertions, (a) => {
        const rest = keccak256(encodeAbiParameters(types, [tag, a.domainId, a.outcome, a.asserter, a.bond, a.salt]));
        assert.equal(restOfAssertion(a), rest);
        assert.equal(assertionClaimId(a), join(a.contentHash, rest));
      }),
      { seed: 16, numRuns: 500 },
    );
  });

  it("hash a statement's digest and attempt and then its content", () => {
    const types = parseAbiParameters("bytes32, bytes32, uint32");
    const tag = keccak256(stringToBytes("Assay.Challenge"));
    fc.assert(
      fc.property(bytes(32), bytes(32), uint32, (contentHash, digest, attempt) => {
        const rest = keccak256(encodeAbiParameters(types, [tag, digest, attempt]));
        assert.equal(restOfChallenge(digest, attempt), rest);
        assert.equal(challengeClaimId(contentHash, digest, attempt), join(contentHash, rest));
      }),
      { seed: 17, numRuns: 500 },
    );
  });

  it("rest of a question leads to the question's id", () => {
    fc.assert(
      fc.property(uint32, bytes(20), bytes(32), bytes(32), bytes(32), (domainId, asker, contentHash, canary, salt) => {
        const origin = { domainId, asker, contentHash, canaryCommitment: canary, salt };
        const id = questionId(origin);
        assert.equal(id.slice(10), join(contentHash, restOfQuestion(origin)).slice(2, 42));
      }),
      { seed: 18, numRuns: 500 },
    );
  });

  it("reject what does not fit", () => {
    const word: Hex = `0x${"11".repeat(32)}`;
    const address: Hex = `0x${"22".repeat(20)}`;
    const assertion = { domainId: 1, outcome: 1, contentHash: word, asserter: address, bond: 1n, salt: word };
    assert.throws(() => assertionClaimId({ ...assertion, outcome: 256 }), { code: "OutOfRange" });
    assert.throws(() => assertionClaimId({ ...assertion, domainId: 2 ** 32 }), { code: "OutOfRange" });
    assert.throws(() => assertionClaimId({ ...assertion, bond: -1n }), { code: "OutOfRange" });
    assert.throws(() => assertionClaimId({ ...assertion, asserter: word }), { code: "MalformedHex" });
    assert.throws(() => challengeClaimId(address, word, 1), { code: "MalformedHex" });
    assert.throws(() => challengeClaimId(word, word, 2 ** 32), { code: "OutOfRange" });
  });
});

describe("Merkle leaves", () => {
  const pair = (a: Hex, b: Hex): Hex =>
    keccak256(encodePacked(["bytes32", "bytes32"], BigInt(a) < BigInt(b) ? [a, b] : [b, a]));

  it("are in a tree whatever side their siblings stand on, and only there", () => {
    fc.assert(
      fc.property(bytes(32), fc.array(bytes(32), { maxLength: 12 }), fc.nat(), (leaf, proof, flip) => {
        const root = proof.reduce(pair, leaf);
        assert.equal(verifyMerkleLeaf(root, leaf, proof), true);
        const other: Hex = `0x${(BigInt(leaf) ^ (1n << BigInt(flip % 256))).toString(16).padStart(64, "0")}`;
        assert.equal(verifyMerkleLeaf(root, other, proof), false);
        assert.equal(verifyMerkleLeaf(root, leaf, [...proof, leaf]), false);
      }),
      { seed: 19, numRuns: 500 },
    );
  });

  it("accept any letter case and reject other sizes", () => {
    const leaf: Hex = `0x${"ab".repeat(32)}`;
    assert.equal(verifyMerkleLeaf(`0x${"AB".repeat(32)}`, leaf, []), true);
    assert.throws(() => verifyMerkleLeaf("0x", leaf, []), { code: "MalformedHex" });
    assert.throws(() => verifyMerkleLeaf(leaf, "0xab", []), { code: "MalformedHex" });
    assert.throws(() => verifyMerkleLeaf(leaf, leaf, ["0xab"]), { code: "MalformedHex" });
  });
});
