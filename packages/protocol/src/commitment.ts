import { MAX_OUTCOMES } from "./constants.ts";
import { ProtocolError } from "./errors.ts";
import { addressWord, bytesWord, concatBytes, hashWords, keccak, toBytes, toHex, uintBytes, uintWord } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";
import { requireInteger } from "./units.ts";

/** How the contracts' interfaces write "no outcome" in a uint8. */
export const NO_OUTCOME_UINT8 = 255;

/** What a commitment binds. */
export interface CommitmentParts {
  readonly chainId: bigint | number;
  /** Address of `Consensus`. */
  readonly consensus: Address;
  readonly agentId: bigint;
  /** Epoch of the vote. */
  readonly epoch: number;
  /** The agent's secret of that epoch, 32 bytes. */
  readonly secret: Hex;
  /** Encoded ballot; `0x` for an empty one. */
  readonly ballot: Hex;
}

/**
 * Commitment of a ballot.
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 * @example
 * ballotCommitment({ chainId: 1, consensus, agentId: 7n, epoch: 12, secret, ballot: encodeBallot(votes) });
 */
export function ballotCommitment(parts: CommitmentParts): Hex {
  return hashWords(
    uintWord(parts.chainId),
    addressWord(parts.consensus),
    uintWord(parts.agentId),
    uintWord(parts.epoch, 32),
    bytesWord(parts.secret),
    toBytes(keccak(parts.ballot)),
  );
}

/** What an agent's link stands for. */
export interface LinkParts {
  /** Last revealed secret, or the anchor. */
  readonly tip: Hex;
  /** Commitment of the open ballot; 32 zero bytes if none. */
  readonly commitment: Hex;
  /** Stake locked for the open ballot, wei; 0 if none. */
  readonly exposure: bigint;
  /** Stake declared to stand behind its seats, allocation units; 0 if none. */
  readonly backing: bigint;
}

/**
 * 160 bits of the hash that stands for an agent's chain and open ballot.
 * @param owner of the agent at its enrolment
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 */
export function agentLink(parts: LinkParts, owner: Address): Hex {
  const hash = hashWords(
    bytesWord(parts.tip),
    bytesWord(parts.commitment),
    uintWord(parts.exposure),
    uintWord(parts.backing),
    addressWord(owner),
  );
  return hash.slice(0, 42) as Hex;
}

/** What a canary commitment binds. */
export interface CanaryParts {
  /** Address of `Consensus`. */
  readonly consensus: Address;
  readonly asker: Address;
  /** The known outcome; `null` for "no canary". */
  readonly answer: number | null;
  /** 32 random bytes, kept until the opening. */
  readonly salt: Hex;
}

/** Commitment of a question's canary answer. @throws ProtocolError `MalformedHex`, `OutcomeOutOfRange` */
export function canaryCommitment(parts: CanaryParts): Hex {
  const answer = parts.answer ?? NO_OUTCOME_UINT8;
  if (parts.answer !== null && !(Number.isInteger(answer) && answer >= 0 && answer < MAX_OUTCOMES)) {
    throw new ProtocolError(
      "OutcomeOutOfRange",
      `canary answer must be null or 0 to ${MAX_OUTCOMES - 1}, got ${answer}`,
    );
  }
  return hashWords(addressWord(parts.consensus), addressWord(parts.asker), uintWord(answer, 8), bytesWord(parts.salt));
}

/** Origin of a question. */
export interface QuestionOrigin {
  /** 32 bits. */
  readonly domainId: number;
  /** 32 bytes. */
  readonly contentHash: Hex;
  readonly asker: Address;
  /** 32 zero bytes if the question is not entered for the audit draw. */
  readonly canaryCommitment: Hex;
  /** 32 bytes. */
  readonly salt: Hex;
}

/**
 * Question id: domain (4 bytes) and the first 20 bytes of the hash of the origin.
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 * @example
 * questionId({ domainId: 1, contentHash, asker, canaryCommitment: ZERO_HASH, salt }); // 24 bytes
 */
export function questionId(origin: QuestionOrigin): Hex {
  const inner = hashWords(addressWord(origin.asker), bytesWord(origin.canaryCommitment), bytesWord(origin.salt));
  const hash = hashWords(bytesWord(origin.contentHash), toBytes(inner));
  return joinQuestionId(origin.domainId, hash.slice(0, 42) as Hex);
}

/** Question id of a domain and 20 bytes of hash. @throws ProtocolError `MalformedHex`, `OutOfRange` */
export function joinQuestionId(domainId: number, hash: Hex): Hex {
  requireInteger("domainId", domainId, 0, 0xffff_ffff);
  return toHex(concatBytes(uintBytes(domainId, 4), toBytes(hash, 20)));
}

/** Domain and 20-byte hash of a question id. @throws ProtocolError `MalformedHex` */
export function splitQuestionId(id: Hex): { readonly domainId: number; readonly hash: Hex } {
  const bytes = toBytes(id, 24);
  return { domainId: Number(BigInt(toHex(bytes.subarray(0, 4)))), hash: toHex(bytes.subarray(4)) };
}

/** Claim id of an asked question: its id followed by 8 zero bytes. @throws ProtocolError `MalformedHex` */
export function claimIdOf(id: Hex): Hex {
  return toHex(bytesWord(id, 24));
}

/** Question id in the claim id of an asked question. @throws ProtocolError `MalformedHex` if the low 8 bytes are not zero */
export function questionIdOf(claimId: Hex): Hex {
  const bytes = toBytes(claimId, 32);
  if (bytes.subarray(24).some((byte) => byte !== 0)) {
    throw new ProtocolError("MalformedHex", `not the claim id of an asked question: ${claimId}`);
  }
  return toHex(bytes.subarray(0, 24));
}
