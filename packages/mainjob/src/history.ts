import type { Ledger } from "./ledger.ts";
import type { Registered } from "./roster.ts";

/** An agent's state at the end of an epoch. */
export interface Snapshot {
  readonly epoch: number;
  readonly agentId: bigint;
  /** Estimate of balanced accuracy: evidence for, of all evidence. */
  readonly trust: number;
  /** Wei. */
  readonly balance: bigint;
}

/** How trust and stake went, epoch by epoch. */
export class History {
  readonly snapshots: Snapshot[] = [];
  readonly #roster: readonly Registered[];
  readonly #ledger: Ledger;

  constructor(roster: readonly Registered[], ledger: Ledger) {
    this.#roster = roster;
    this.#ledger = ledger;
  }

  record(epoch: number): void {
    for (const { agentId } of this.#roster) {
      const { evidence, balance } = this.#ledger.standing(agentId);
      const trust = evidence.alpha / (evidence.alpha + evidence.beta);
      this.snapshots.push({ epoch, agentId, trust, balance });
    }
  }
}
