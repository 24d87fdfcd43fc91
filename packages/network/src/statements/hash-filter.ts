import type { Hex } from "@assay/protocol";

/** Bits, a power of two: with 100,000 hashes one of 3,000 others looks as if it was there. */
const BITS = 2 ** 22;
/** Bits of a hash, and digits that say which. */
const PROBES = 4;
const DIGITS = 6;

/** Says of most hashes that they are not in a set, in less time and memory than the set takes (Bloom, 1970). Hashes are random. */
export class HashFilter {
  readonly #bits = new Uint32Array(BITS / 32);

  add(hash: Hex): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe);
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False only if it was never added. */
  mayHave(hash: Hex): boolean {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe);
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

function bitOf(hash: Hex, probe: number): number {
  const from = 2 + probe * DIGITS;
  return Number.parseInt(hash.slice(from, from + DIGITS), 16) & (BITS - 1);
}
