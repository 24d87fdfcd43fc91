import { ALLOCATION_DELAY, MAX_ALLOCATION } from "./constants.ts";
import { requireInteger, requireUint } from "./units.ts";

const VALUE_BITS = 44n;
const BASE_BITS = 24n;
const MAX_BASE = 0xff_ffff;

/** Allocations of four consecutive epochs, allocation units of 44 bits each. */
export interface Snapshots {
  /** Epoch of the first value, 24 bits. */
  readonly base: number;
  /** Values of `base` (and earlier), `base + 1`, `base + 2`, `base + 3` (and later). */
  readonly values: readonly [bigint, bigint, bigint, bigint];
}

/** Snapshots of an agent that never allocated. */
export const NO_ALLOCATION: Snapshots = { base: 0, values: [0n, 0n, 0n, 0n] };

/** Value that counts in `epoch`. Exact for every epoch from the one before the last change on. */
export function allocationAt(snapshots: Snapshots, epoch: number): bigint {
  const index = Math.min(3, Math.max(0, epoch - snapshots.base));
  return snapshots.values[index] as bigint;
}

/** Value that counts once every change made so far counts. */
export function latestAllocation(snapshots: Snapshots): bigint {
  return snapshots.values[3];
}

/**
 * Snapshots with `value` counting from `epoch + 2`; what counts in `epoch - 1` to `epoch + 1` is kept.
 * @param epoch the present epoch, below 2^24; not before that of an earlier write
 * @param value allocation units, below 2^44
 * @throws ProtocolError `OutOfRange`
 * @example
 * const s = writeAllocation(NO_ALLOCATION, 10, 500n);
 * allocationAt(s, 11); // 0n
 * allocationAt(s, 12); // 500n
 */
export function writeAllocation(snapshots: Snapshots, epoch: number, value: bigint): Snapshots {
  requireInteger("epoch", epoch, 0, MAX_BASE);
  requireUint("value", value, MAX_ALLOCATION);
  const base = epoch === 0 ? 0 : epoch - 1;
  const at = (i: number): bigint => (base + i < epoch + ALLOCATION_DELAY ? allocationAt(snapshots, base + i) : value);
  return { base, values: [at(0), at(1), at(2), at(3)] };
}

/** Reads snapshots from the low 200 bits of a slot; the bits above are ignored. */
export function decodeSnapshots(word: bigint): Snapshots {
  const at = (i: bigint): bigint => (word >> (BASE_BITS + i * VALUE_BITS)) & MAX_ALLOCATION;
  return { base: Number(word & BigInt(MAX_BASE)), values: [at(0n), at(1n), at(2n), at(3n)] };
}

/** Packs snapshots into 200 bits: base 24, then four values of 44. @throws ProtocolError `OutOfRange` */
export function encodeSnapshots(snapshots: Snapshots): bigint {
  requireInteger("base", snapshots.base, 0, MAX_BASE);
  return snapshots.values.reduce((word, value, i) => {
    requireUint("value", value, MAX_ALLOCATION);
    return word | (value << (BASE_BITS + BigInt(i) * VALUE_BITS));
  }, BigInt(snapshots.base));
}
