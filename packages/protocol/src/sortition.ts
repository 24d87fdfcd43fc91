import { keccak_256 } from "@noble/hashes/sha3.js";
import { FULL_PARTICIPATION, MAX_ALLOCATION, MAX_OVERSAMPLING, MAX_ROUNDS, PARTICIPATION_WINDOW } from "./constants.ts";
import { bytesWord, concatBytes, uintWord, type Hex } from "./hex.ts";
import { requireInteger, requireUint } from "./units.ts";

/** How many seats an agent can expect on a question. */
export interface SeatShare {
  /** k' of the round, 0 to 8191. */
  readonly offered: number;
  /** s: the smaller of the recorded allocation and the declared backing, allocation units. */
  readonly stake: bigint;
  /** S: recorded total of the domain, allocation units. Nobody has a seat if it is 0. */
  readonly total: bigint;
}

/** What decides how many seats an agent holds on a question. */
export interface Draw extends SeatShare {
  /** Seed of the epoch of the vote. */
  readonly seed: Hex;
  /** 24 bytes. */
  readonly questionId: Hex;
  readonly agentId: bigint;
  /** The agent's secret of the epoch of the vote. */
  readonly secret: Hex;
}

/**
 * Seats of an agent: `floor(k's/S)`, plus one with the probability of the remainder.
 * @throws ProtocolError `OutOfRange`, `MalformedHex`
 * @example
 * seatsOf({ offered: 9, stake: 10n, total: 100n, seed, questionId, agentId: 1n, secret }); // 0 or 1
 */
export function seatsOf(draw: Draw): number {
  const { seed, questionId, agentId, secret } = draw;
  return seatsFor(draw, concatBytes(bytesWord(seed), bytesWord(questionId, 24), uintWord(agentId), bytesWord(secret)));
}

/**
 * The same for many draws that have much in common.
 * @param ticket ABI words of seed, question id, agent id and secret: 128 bytes
 * @throws ProtocolError `OutOfRange`
 */
export function seatsFor({ offered, stake, total }: SeatShare, ticket: Uint8Array): number {
  requireInteger("offered", offered, 0, 8191);
  requireUint("stake", stake, MAX_ALLOCATION);
  requireUint("total", total, MAX_ALLOCATION);
  if (total === 0n) return 0;
  const product = BigInt(offered) * stake;
  const fraction = ((product % total) << 64n) / total;
  const hash = keccak_256(ticket);
  const drawn = new DataView(hash.buffer, hash.byteOffset).getBigUint64(24);
  const seats = product / total + (drawn < fraction ? 1n : 0n);
  // Only a stake far above its own total gets here; better no answer than a rounded one.
  requireUint("seats", seats, BigInt(Number.MAX_SAFE_INTEGER));
  return Number(seats);
}

/**
 * k': expected seats of a round, raised so that idle stake does not starve it, from `asked` to `4 * asked`.
 * @param asked seats asked for in the round
 * @param participation running share of offered seats that were revealed, Q16
 * @throws ProtocolError `OutOfRange`
 */
export function offeredSeats(asked: number, participation: number): number {
  requireInteger("asked", asked, 0, 65_535);
  requireInteger("participation", participation, 0, FULL_PARTICIPATION);
  const ceiling = MAX_OVERSAMPLING * asked;
  if (participation === 0) return ceiling;
  return Math.min(ceiling, Math.floor((asked * FULL_PARTICIPATION) / participation));
}

/**
 * Running mean (weight 1/16) of `min(1, revealed / offered)`, Q16, updated once a question at finalization.
 * @param offered k' summed over the rounds; 0 changes nothing
 * @throws ProtocolError `OutOfRange`
 */
export function updateParticipation(participation: number, revealed: number, offered: number): number {
  requireInteger("participation", participation, 0, FULL_PARTICIPATION);
  requireInteger("revealed", revealed, 0, 0xffff_ffff);
  requireInteger("offered", offered, 0, 16_383);
  if (offered === 0) return participation;
  const share = Math.min(FULL_PARTICIPATION, Math.floor((revealed * FULL_PARTICIPATION) / offered));
  return share >= participation
    ? participation + Math.floor((share - participation) / PARTICIPATION_WINDOW)
    : participation - Math.floor((participation - share) / PARTICIPATION_WINDOW);
}

/**
 * Seats asked for in one round: `k`, then twice the previous plus one.
 * @param firstRoundSeats k of the domain
 * @param round from 1 to 4
 * @throws ProtocolError `OutOfRange`
 */
export function roundSeats(firstRoundSeats: number, round: number): number {
  requireInteger("round", round, 1, MAX_ROUNDS);
  return firstRoundSeats * 2 ** (round - 1) + 2 ** (round - 1) - 1;
}

/**
 * Seats asked for in rounds 1 to `rounds` together: `(2^r - 1) k + 2^r - 1 - r`.
 * @throws ProtocolError `OutOfRange`
 */
export function askedSeats(firstRoundSeats: number, rounds: number): number {
  requireInteger("rounds", rounds, 0, MAX_ROUNDS);
  const mask = 2 ** rounds - 1;
  return mask * firstRoundSeats + mask - rounds;
}
