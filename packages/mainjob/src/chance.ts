import { type Hex, keccak } from "@assay/protocol";

/** A value that follows from the seed and a label: the only randomness of a run. */
export function derive(seed: number, label: string): Hex {
  return keccak(new TextEncoder().encode(`${seed}/${label}`));
}

/** A number from 0 to below 1 that follows from the seed and a label. */
export function chance(seed: number, label: string): number {
  return Number(BigInt(derive(seed, label)) >> 204n) / 2 ** 52;
}
