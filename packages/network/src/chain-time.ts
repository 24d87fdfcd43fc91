import type { Assay } from "@assay/sdk";
import { NetworkError } from "./errors.ts";

/** Milliseconds between two looks at the chain's clock. */
const LOOK_EVERY = 12_000;

/** The clock of the chain, as its latest block tells it, and what has passed since that block was first seen. */
export class ChainTime {
  readonly #assay: Assay;
  readonly #monotonic: () => number;
  #timestamp = 0;
  #seenAt = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param monotonic milliseconds that never jump */
  constructor(assay: Assay, monotonic: () => number) {
    this.#assay = assay;
    this.#monotonic = monotonic;
  }

  /** Unix seconds. */
  get now(): number {
    return this.#timestamp + Math.floor((this.#monotonic() - this.#seenAt) / 1000);
  }

  /** Looks at the chain now, and again and again; while it cannot be read, time goes on. @throws NetworkError `CHAIN_UNREACHABLE` */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), LOOK_EVERY).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const block = await this.#assay.runner.provider?.getBlock("latest");
      if (!block) throw new Error("it has no block");
      // Time does not go back for a reorganisation, nor stand still where blocks are made on demand.
      if (block.timestamp <= this.now && this.#timestamp !== 0) return;
      [this.#timestamp, this.#seenAt] = [block.timestamp, this.#monotonic()];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new NetworkError("CHAIN_UNREACHABLE", `the chain cannot be read: ${why}`, { cause, retryable: true });
    }
  }
}
