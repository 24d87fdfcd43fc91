import { type Clock, epochAt, epochStart } from "@assay/protocol";

/** The clock of the chain, as its blocks tell it. The machine's own clock only measures how long ago a block was first seen. */
export class ChainClock {
  readonly #terms: Clock;
  readonly #monotonic: () => number;
  #hash = "";
  #timestamp = 0;
  #seenAt: number;
  #stillSince: number;

  /** @param monotonic milliseconds that never jump */
  constructor(terms: Clock, monotonic: () => number) {
    this.#terms = terms;
    this.#monotonic = monotonic;
    this.#seenAt = this.#stillSince = monotonic();
  }

  /** Takes in the latest block. */
  see({ hash, timestamp }: { readonly hash: string | null; readonly timestamp: number }): void {
    if (hash !== this.#hash) {
      this.#stillSince = this.#monotonic();
      // A reorganisation may bring an older block; time does not go back for it.
      if (timestamp > this.#timestamp) [this.#timestamp, this.#seenAt] = [timestamp, this.#monotonic()];
    }
    this.#hash = hash ?? "";
  }

  /** Unix seconds of the chain, by estimate: what the latest block says, and what has passed since it was first seen. */
  get now(): number {
    return this.#timestamp + Math.floor((this.#monotonic() - this.#seenAt) / 1000);
  }

  /** Milliseconds without a new block. */
  get stillMs(): number {
    return this.#monotonic() - this.#stillSince;
  }

  /** Unix seconds at a part of an epoch, 0 to 1. */
  at(epoch: number, part: number): number {
    return epochStart(this.#terms, epoch) + Math.floor(this.#terms.epochLength * part);
  }

  /** Whether the time is still before a part of an epoch. */
  before(epoch: number, part: number): boolean {
    return this.now < this.at(epoch, part);
  }

  /** The epoch that a second falls into. */
  epochAt(timestamp: number): number {
    return epochAt(this.#terms, timestamp);
  }
}
