import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { QuestionOrigin } from "./commitment.ts";
import { addressWord, bytesWord, concatBytes, hashWords, keccak, toBytes, toHex, uintWord } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";

// Keep the ids of assertions and of challenges apart.
const ASSERTION = keccak_256(utf8ToBytes("Assay.Assertion"));
const CHALLENGE = keccak_256(utf8ToBytes("Assay.Challenge"));

/** An outcome put forward with a bond, which stands unless it is disputed. */
export interface Assertion {
  /** 32 bits. */
  readonly domainId: number;
  /** 0 to K - 1 of the domain. */
  readonly outcome: number;
  /** 32 bytes. */
  readonly contentHash: Hex;
  readonly asserter: Address;
  /** Wei. */
  readonly bond: bigint;
  /** 32 bytes, any; lets one asserter assert the same again. */
  readonly salt: Hex;
}

/**
 * `rest` of an asked question, as `Claims.verifyLeaf` takes it: the first 20 bytes of `hash(contentHash, rest)` are in its id.
 * @throws ProtocolError `MalformedHex`
 */
export function restOfQuestion(origin: Omit<QuestionOrigin, "domainId" | "contentHash">): Hex {
  return hashWords(addressWord(origin.asker), bytesWord(origin.canaryCommitment), bytesWord(origin.salt));
}

/**
 * `rest` of an assertion, as `Claims.verifyLeaf` takes it: `hash(contentHash, rest)` is its claim id.
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 */
export function restOfAssertion(assertion: Omit<Assertion, "contentHash">): Hex {
  return hashWords(
    ASSERTION,
    uintWord(assertion.domainId, 32),
    uintWord(assertion.outcome, 8),
    addressWord(assertion.asserter),
    uintWord(assertion.bond),
    bytesWord(assertion.salt),
  );
}

/**
 * `rest` of a challenge, as `Claims.verifyLeaf` takes it: `hash(contentHash, rest)` is its claim id.
 * @param digest of the statement, see `statementDigest`
 * @param attempt which challenge of the statement, from 1, 32 bits
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 */
export function restOfChallenge(digest: Hex, attempt: number): Hex {
  return hashWords(CHALLENGE, bytesWord(digest), uintWord(attempt, 32));
}

/**
 * Claim id of an assertion.
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 * @example
 * assertionClaimId({ domainId: 1, outcome: 1, contentHash, asserter, bond: 36n * 10n ** 18n, salt }); // 32 bytes
 */
export function assertionClaimId(assertion: Assertion): Hex {
  return hashWords(bytesWord(assertion.contentHash), toBytes(restOfAssertion(assertion)));
}

/**
 * Claim id of a challenge of a statement.
 * @param contentHash of the statement, 32 bytes
 * @param digest of the statement
 * @param attempt which challenge of the statement, from 1, 32 bits
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 * @example
 * challengeClaimId(statement.contentHash, statementDigest({ chainId: 1, claims }, statement), 1); // 32 bytes
 */
export function challengeClaimId(contentHash: Hex, digest: Hex, attempt: number): Hex {
  return hashWords(bytesWord(contentHash), toBytes(restOfChallenge(digest, attempt)));
}

/**
 * Whether `leaf` is in the Merkle tree with root `root`, each pair of nodes hashed in ascending order (OpenZeppelin's
 * `MerkleProof`). `Claims.verifyLeaf` applies it to a claim whose content hash is such a root.
 * @param proof siblings from the leaf up, 32 bytes each
 * @throws ProtocolError `MalformedHex`
 * @example
 * verifyMerkleLeaf(contentHash, leaf, [sibling]);
 */
export function verifyMerkleLeaf(root: Hex, leaf: Hex, proof: readonly Hex[]): boolean {
  let node = toBytes(leaf, 32);
  for (const sibling of proof) node = hashPair(node, toBytes(sibling, 32));
  return toHex(node) === toHex(toBytes(root, 32));
}

function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  const ordered = toHex(a) < toHex(b) ? concatBytes(a, b) : concatBytes(b, a);
  return toBytes(keccak(ordered));
}
