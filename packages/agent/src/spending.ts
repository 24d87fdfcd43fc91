/** Seconds of a day. */
const DAY = 86_400;

/** What transactions have cost in the last day of the chain, against a limit. */
export class Spending {
  /** Most of a day, wei; null if there is no limit. */
  readonly limit: bigint | null;
  #entries: { readonly at: number; readonly wei: bigint }[] = [];

  constructor(limit: bigint | null) {
    this.limit = limit;
  }

  /** @param at unix seconds of the chain */
  add(at: number, wei: bigint): void {
    this.#entries.push({ at, wei });
  }

  /** Spent in the day before, wei. */
  spent(now: number): bigint {
    this.#entries = this.#entries.filter(({ at }) => this.recent(now, at));
    return this.#entries.reduce((sum, { wei }) => sum + wei, 0n);
  }

  /** Whether something is of the day before. */
  recent(now: number, at: number): boolean {
    return at > now - DAY;
  }

  /** Whether so much more stays within the limit. */
  allows(now: number, wei: bigint): boolean {
    return this.limit === null || this.spent(now) + wei <= this.limit;
  }
}
