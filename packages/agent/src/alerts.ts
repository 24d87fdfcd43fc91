/** What an operator must hear of, while there is time to do something. */
export type AlertName =
  /** A ballot is not revealed though half of its epoch is over. */
  | "reveal_at_risk"
  /** A ballot was not revealed in its epoch. */
  | "epoch_missed"
  /** The free stake hardly covers another vote. */
  | "stake_low"
  /** The wallet has ether for few more transactions. */
  | "ether_low"
  /** The day's limit of spending is reached. */
  | "spending_limit"
  /** The chain of secrets runs out. */
  | "secrets_low"
  /** The relayer does not do what it is for. */
  | "relayer_down"
  /** No endpoint answers, or none has new blocks. */
  | "chain_unreachable";

/** An alert that is raised, or over. */
export interface Alert {
  readonly name: AlertName;
  readonly raised: boolean;
  readonly message: string;
}

/** Alerts that are raised, each told once when it is and once when it is over. */
export class Alerts {
  readonly #raised = new Map<AlertName, string>();
  readonly #tell: (alert: Alert) => void;

  constructor(tell: (alert: Alert) => void) {
    this.#tell = tell;
  }

  /** Raises an alert, or ends it. @param message what is wrong and what to do; null if all is well */
  set(name: AlertName, message: string | null): void {
    const before = this.#raised.get(name);
    if (message !== null) {
      this.#raised.set(name, message);
      if (before === undefined) this.#tell({ name, raised: true, message });
    } else if (before !== undefined) {
      this.#raised.delete(name);
      this.#tell({ name, raised: false, message: before });
    }
  }

  /** Alerts that are raised now, with their messages. */
  get raised(): ReadonlyMap<AlertName, string> {
    return this.#raised;
  }
}
