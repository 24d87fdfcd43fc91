import { LAST_GENERATION, MAX_OUTCOMES, MAX_VOTES } from "./constants.ts";
import { joinQuestionId, splitQuestionId } from "./commitment.ts";
import { ProtocolError } from "./errors.ts";
import { concatBytes, keccak, normalizeHex, toBytes, toHex, uintBytes, type Hex } from "./hex.ts";
import { requireInteger } from "./units.ts";

const GROUP_SIZE = 6;
const HASH_SIZE = 20;
const VOTE_SIZE = 21;
const RECEIPT_SIZE = 23;
const GENERATION_SIZE = 2;
/** Below every hash a ballot may name: the contract's order starts at it. */
const ZERO_QUESTION: Hex = `0x${"00".repeat(HASH_SIZE)}`;

/** One vote of a ballot. */
export interface Vote {
  /** 24 bytes. */
  readonly questionId: Hex;
  /** 0 to K - 1 of the domain. */
  readonly outcome: number;
}

/** One counted vote. */
export interface Receipt extends Vote {
  /** 1 to 65,535. */
  readonly seats: number;
}

/** Receipts of one ballot. */
export interface Receipts {
  /** Generation of the agent at the reveal, 0 to 4095; 0 if there are no receipts. */
  readonly generation: number;
  readonly receipts: readonly Receipt[];
}

/** Votes (or receipts) in the order of a ballot: ascending by domain, then by hash. The input is left as it is. */
export function sortVotes<T extends Vote>(votes: readonly T[]): T[] {
  // An id begins with its domain, so the order of ids is the order of a ballot.
  const keyed = votes.map((vote) => ({ key: normalizeHex(vote.questionId, 24), vote }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ vote }) => vote);
}

/**
 * Encodes a ballot; the votes may be given in any order. No vote at all is the empty ballot `0x`.
 * @throws ProtocolError `TooManyVotes`, `DuplicateQuestion`, `OutcomeOutOfRange` (16 or more), `MalformedHex`,
 * `QuestionsNotAscending` for an id whose hash is zero
 * @example
 * encodeBallot([{ questionId: `0x00000001${"ab".repeat(20)}`, outcome: 1 }]);
 */
export function encodeBallot(votes: readonly Vote[]): Hex {
  return toHex(encodeGroups(votes, ({ outcome }) => uintBytes(outcome, 1)));
}

/**
 * Decodes a ballot into its votes, in its order, with the contract's checks in the contract's order. Outcomes are not checked against their domain: see {@link requireOutcomes}.
 * @throws ProtocolError `Truncated`, `EmptyGroup`, `DomainsNotAscending`, `QuestionsNotAscending`, `TooManyVotes`, `MalformedHex`
 */
export function decodeBallot(ballot: Hex): Vote[] {
  return decodeGroups(toBytes(ballot), 0, VOTE_SIZE, (questionId, tail) => ({
    questionId,
    outcome: tail[0] as number,
  }));
}

/**
 * Checks every outcome against its domain.
 * @param outcomesOf K of a domain
 * @throws ProtocolError `OutcomeOutOfRange`
 */
export function requireOutcomes(votes: readonly Vote[], outcomesOf: (domainId: number) => number): void {
  for (const { questionId, outcome } of votes)
    requireOutcome(outcome, outcomesOf(splitQuestionId(questionId).domainId));
}

/**
 * Encodes the receipts of a ballot, in any order; none at all are empty bytes.
 * @throws ProtocolError as {@link encodeBallot}, `ZeroSeats`, `OutOfRange`
 */
export function encodeReceipts({ generation, receipts }: Receipts): Hex {
  requireInteger("generation", generation, 0, LAST_GENERATION);
  if (receipts.length === 0) return "0x";
  const groups = encodeGroups(receipts, ({ outcome, seats, questionId }) => {
    if (seats === 0) throw new ProtocolError("ZeroSeats", `receipt without a seat on question ${questionId}`);
    return concatBytes(uintBytes(outcome, 1), uintBytes(seats, 2));
  });
  return toHex(concatBytes(uintBytes(generation, GENERATION_SIZE), groups));
}

/**
 * Decodes receipts, in their order.
 * @throws ProtocolError as {@link decodeBallot}, `ZeroSeats`, `OutOfRange`
 */
export function decodeReceipts(data: Hex): Receipts {
  const bytes = toBytes(data);
  if (bytes.length === 0) return { generation: 0, receipts: [] };
  // A generation without a receipt is never written.
  if (bytes.length <= GENERATION_SIZE) throw truncated(0, bytes.length);
  const generation = readUint(bytes, 0, GENERATION_SIZE);
  requireInteger("generation", generation, 0, LAST_GENERATION);
  const receipts = decodeGroups(bytes, GENERATION_SIZE, RECEIPT_SIZE, (questionId, tail) => {
    const seats = readUint(tail, 1, 2);
    if (seats === 0) throw new ProtocolError("ZeroSeats", `receipt without a seat on question ${questionId}`);
    return { questionId, outcome: tail[0] as number, seats };
  });
  return { generation, receipts };
}

/**
 * What a slot of an agent's ring holds for the receipts of an epoch.
 * @throws ProtocolError `OutOfRange`, `MalformedHex`
 */
export function ringHash(epoch: number, receipts: Hex): Hex {
  return keccak(concatBytes(uintBytes(epoch, 4), toBytes(receipts)));
}

function encodeGroups<T extends Vote>(votes: readonly T[], tail: (vote: T) => Uint8Array): Uint8Array {
  if (votes.length > MAX_VOTES) throw tooManyVotes(votes.length);
  const groups: { readonly domainId: number; readonly records: Uint8Array[] }[] = [];
  let previous: Hex | null = null;
  for (const vote of sortVotes(votes)) {
    requireOutcome(vote.outcome, MAX_OUTCOMES);
    const id = normalizeHex(vote.questionId, 24);
    if (id === previous) throw new ProtocolError("DuplicateQuestion", `two votes on question ${id}`);
    previous = id;
    const { domainId, hash } = splitQuestionId(id);
    if (hash === ZERO_QUESTION) throw new ProtocolError("QuestionsNotAscending", `no question has id ${id}`);
    const record = concatBytes(toBytes(hash), tail(vote));
    const last = groups.at(-1);
    if (last?.domainId === domainId) last.records.push(record);
    else groups.push({ domainId, records: [record] });
  }
  return concatBytes(
    ...groups.flatMap(({ domainId, records }) => [uintBytes(domainId, 4), uintBytes(records.length, 2), ...records]),
  );
}

function decodeGroups<T extends Vote>(
  bytes: Uint8Array,
  start: number,
  size: number,
  read: (questionId: Hex, tail: Uint8Array) => T,
): T[] {
  const votes: T[] = [];
  let previousDomain = -1;
  let offset = start;
  while (offset < bytes.length) {
    if (offset + GROUP_SIZE > bytes.length) throw truncated(offset, bytes.length);
    const domainId = readUint(bytes, offset, 4);
    const count = readUint(bytes, offset + 4, 2);
    const first = offset + GROUP_SIZE;
    if (count === 0) throw new ProtocolError("EmptyGroup", `group of domain ${domainId} at byte ${offset} has no vote`);
    if (first + count * size > bytes.length) throw truncated(first, bytes.length);
    if (domainId <= previousDomain) {
      throw new ProtocolError("DomainsNotAscending", `domain ${domainId} after ${previousDomain} at byte ${offset}`);
    }
    if (votes.length + count > MAX_VOTES) throw tooManyVotes(votes.length + count);
    offset = first;
    let previousHash = ZERO_QUESTION;
    for (let i = 0; i < count; i++, offset += size) {
      const hash = toHex(bytes.subarray(offset, offset + HASH_SIZE));
      if (hash <= previousHash) {
        throw new ProtocolError(
          "QuestionsNotAscending",
          `question ${hash} after ${previousHash} in domain ${domainId}`,
        );
      }
      previousHash = hash;
      votes.push(read(joinQuestionId(domainId, hash), bytes.subarray(offset + HASH_SIZE, offset + size)));
    }
    previousDomain = domainId;
  }
  return votes;
}

function readUint(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[offset + i] as number);
  return value;
}

function requireOutcome(outcome: number, outcomes: number): void {
  if (!Number.isInteger(outcome) || outcome < 0 || outcome >= outcomes) {
    throw new ProtocolError("OutcomeOutOfRange", `outcome must be 0 to ${outcomes - 1}, got ${outcome}`);
  }
}

function tooManyVotes(votes: number): ProtocolError {
  return new ProtocolError("TooManyVotes", `a ballot holds at most ${MAX_VOTES} votes, got ${votes}`);
}

function truncated(offset: number, length: number): ProtocolError {
  return new ProtocolError("Truncated", `${length} bytes end within the record at byte ${offset}`);
}
