import type { Assay } from "@assay/sdk";
import { explain } from "./errors.ts";
import type { Relay } from "./relay.ts";

/** How a roller works. */
export interface RollerOptions {
  /** How long others are given to roll, ms: agents that have ether do so within a twentieth of the epoch. */
  readonly patienceMs: number;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Gives an epoch its seed where nobody else has: agents without ether cannot, and know no seats before. */
export class Roller {
  /** Epochs that it has rolled. */
  rolled = 0;
  readonly #assay: Assay;
  readonly #relay: Pick<Relay, "between" | "trouble">;
  readonly #options: RollerOptions;
  /** The present epoch, and since when it is known to have no seed; null once it has one. */
  #present: { readonly epoch: number; readonly since: number | null } = { epoch: -1, since: null };
  #looking = false;

  /** @param assay as the account that sends @param relay whose transactions it goes between */
  constructor(assay: Assay, relay: Pick<Relay, "between" | "trouble">, options: RollerOptions) {
    this.#assay = assay;
    this.#relay = relay;
    this.#options = options;
  }

  /** Looks whether there is something to do, and does it; never rejects. */
  async look(): Promise<void> {
    if (this.#looking || this.#relay.trouble !== null) return;
    this.#looking = true;
    try {
      await this.#look();
    } catch (error) {
      this.#options.log(`could not roll: ${explain(error).message}`);
    } finally {
      this.#looking = false;
    }
  }

  async #look(): Promise<void> {
    const { beats } = this.#assay;
    const { now, patienceMs, log } = this.#options;
    const epoch = await beats.epoch();
    if (epoch === this.#present.epoch && this.#present.since === null) return;
    if ((await beats.seed(epoch)) !== null) {
      this.#present = { epoch, since: null };
      return;
    }
    const since = epoch === this.#present.epoch ? (this.#present.since ?? now()) : now();
    this.#present = { epoch, since };
    if (now() - since < patienceMs) return;
    await this.#relay.between(async () => {
      // A beat that was on its way may have rolled, or the epoch be over.
      if ((await beats.epoch()) !== epoch || (await beats.seed(epoch)) !== null) return;
      const { receipt } = await (await beats.roll()).wait();
      this.rolled++;
      log(`${receipt.hash}: rolled epoch ${epoch}, ${receipt.gasUsed} gas`);
    });
  }
}
