import { ACCUMULATOR_BITS } from "./constants.ts";
import { bytesWord, hashWords, uintWord, type Hex } from "./hex.ts";
import { requireUint } from "./units.ts";

const MASK = (1n << ACCUMULATOR_BITS) - 1n;

/** Accumulator of a new deployment. */
export const GENESIS_ACCUMULATOR = 0n;

/**
 * Folds a secret revealed outside the freeze into the accumulator. The order of reveals does not matter.
 * @param accumulator 128 bits
 * @param secret 32 bytes
 * @throws ProtocolError `OutOfRange`, `MalformedHex`
 */
export function foldSecret(accumulator: bigint, agentId: bigint, secret: Hex): bigint {
  requireUint("accumulator", accumulator, MASK);
  return (accumulator + BigInt(hashWords(uintWord(agentId), bytesWord(secret)))) & MASK;
}

/**
 * Seed of an epoch.
 * @param accumulator before any reveal of that epoch is folded, 128 bits
 * @param prevrandao of the block of the epoch's first transaction, 256 bits
 * @throws ProtocolError `OutOfRange`
 * @example
 * epochSeed(GENESIS_ACCUMULATOR, 123n, 1); // "0x..."
 */
export function epochSeed(accumulator: bigint, prevrandao: bigint, epoch: number): Hex {
  requireUint("accumulator", accumulator, MASK);
  return hashWords(uintWord(accumulator), uintWord(prevrandao), uintWord(epoch, 32));
}
