import { createHash } from "node:crypto";
import type { Hex } from "@assay/protocol";

/** Decides every input of these tests; set DIFFERENTIAL_SEED to try others. */
export const SEED = process.env["DIFFERENTIAL_SEED"] ?? "assay";

const BLOCK = 1 << 16;

/** Reproducible randomness: the output of SHAKE256 over the seed and a label. */
export class Random {
  readonly #label: string;
  #block = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;

  /** @param label keeps the streams of different tests apart */
  constructor(label: string) {
    this.#label = label;
  }

  /** `size` bytes. */
  hex(size: number): Hex {
    return `0x${this.#take(size).toString("hex")}`;
  }

  /** Below `2^bits`. */
  uint(bits: number): bigint {
    const bytes = this.#take(Math.ceil(bits / 8));
    return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`) & ((1n << BigInt(bits)) - 1n);
  }

  /** In [min, max]; the bias of 64 spare bits does not matter here. */
  big(min: bigint, max: bigint): bigint {
    const range = max - min + 1n;
    return min + (this.uint(range.toString(2).length + 64) % range);
  }

  int(min: number, max: number): number {
    return Number(this.big(BigInt(min), BigInt(max)));
  }

  /** In [min, max]: a bound or its neighbour in one of four cases, else of a random order of magnitude in one of two. */
  edgyBig(min: bigint, max: bigint): bigint {
    const kind = this.int(0, 3);
    if (kind === 0) {
      const value = this.pick([min, min + 1n, max - 1n, max]);
      return value < min ? min : value > max ? max : value;
    }
    if (kind === 1) return this.big(min, max);
    const value = min + this.uint(this.int(0, (max - min).toString(2).length));
    return value > max ? max : value;
  }

  edgy(min: number, max: number): number {
    return Number(this.edgyBig(BigInt(min), BigInt(max)));
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.int(1, n) === 1;
  }

  bool(): boolean {
    return this.oneIn(2);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  array<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, i) => make(i));
  }

  #take(size: number): Buffer {
    if (this.#offset + size > this.#bytes.length) {
      const input = `${SEED}/${this.#label}/${this.#block++}`;
      this.#bytes = createHash("shake256", { outputLength: Math.max(BLOCK, size) })
        .update(input)
        .digest();
      this.#offset = 0;
    }
    return this.#bytes.subarray(this.#offset, (this.#offset += size));
  }
}
