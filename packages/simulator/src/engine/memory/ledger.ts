import type { Books, PurseIndex } from "../engine.ts";

/** Everybody's accounts but the agents', wei. */
export class Ledger {
  readonly #purses: bigint[] = [];
  #sink = 0n;
  #keeper = 0n;

  /** From a purse into the protocol. */
  pull(purse: PurseIndex, amount: bigint): void {
    for (let next = this.#purses.length; next <= purse; next++) this.#purses.push(0n);
    this.#purses[purse] = (this.#purses[purse] as bigint) + amount;
  }

  /** Back to a purse. */
  credit(purse: PurseIndex, amount: bigint): void {
    this.pull(purse, -amount);
  }

  burn(amount: bigint): void {
    this.#sink += amount;
  }

  /** What a keeper's forfeit of somebody's ballot comes to. */
  forfeit({ sink, keeper }: { readonly sink: bigint; readonly keeper: bigint }): void {
    this.#sink += sink;
    this.#keeper += keeper;
  }

  books(): Books {
    return { purses: [...this.#purses], sink: this.#sink, keeper: this.#keeper };
  }
}
