/** Rows and their bytes. */
export interface RowCount {
  readonly rows: number;
  readonly bytes: number;
}

/** How many rows each agent has in a store, and all have: counted as they come and go, since SQLite reads all of them to say so. */
export class RowCounts {
  readonly #rows = new Map<string, number>();
  #total: RowCount = { rows: 0, bytes: 0 };
  /** What the transaction that runs has counted. */
  #counted: (RowCount & { readonly agent: string })[] = [];

  get total(): RowCount {
    return this.#total;
  }

  /** Rows by agent, of those that have any. */
  get byAgent(): ReadonlyMap<string, number> {
    return this.#rows;
  }

  /** A transaction begins: what was counted before stays. */
  begin(): void {
    this.#counted = [];
  }

  /** Counts rows that have come; below zero, that are gone. */
  add(agent: string, rows: number, bytes: number): void {
    this.#counted.push({ agent, rows, bytes });
    this.#change(agent, rows, bytes);
  }

  /** Takes back what the transaction has counted, as it has failed. */
  rollback(): void {
    for (const { agent, rows, bytes } of this.#counted) this.#change(agent, -rows, -bytes);
    this.#counted = [];
  }

  #change(agent: string, rows: number, bytes: number): void {
    const count = (this.#rows.get(agent) ?? 0) + rows;
    if (count > 0) this.#rows.set(agent, count);
    else this.#rows.delete(agent);
    this.#total = { rows: this.#total.rows + rows, bytes: this.#total.bytes + bytes };
  }
}
