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
  readonly #agents: readonly bigint[];
  readonly #ledger: Ledger;
  readonly #initial: ReadonlyMap<bigint, bigint>;

  constructor(roster: readonly Registered[], ledger: Ledger) {
    this.#agents = roster.map(({ agentId }) => agentId);
    this.#ledger = ledger;
    this.#initial = new Map(this.#agents.map((agentId) => [agentId, ledger.standing(agentId).balance]));
  }

  /** Wei of stake when the history began. */
  initialBalance(agentId: bigint): bigint {
    return this.#initial.get(agentId) ?? 0n;
  }

  record(epoch: number): void {
    for (const agentId of this.#agents) {
      const { evidence, balance } = this.#ledger.standing(agentId);
      const trust = evidence.alpha / (evidence.alpha + evidence.beta);
      this.snapshots.push({ epoch, agentId, trust, balance });
    }
  }
}
