import type { Provider, Signer, TransactionReceipt } from "ethers";
import { BEAT_GAS, REMEMBERED } from "./runtime-timing.ts";
import { Spending } from "./spending.ts";
import type { TransactionLog } from "./transactions.ts";

/** Whose ether it is, and how it may be spent. */
export interface PurseOptions {
  readonly wallet: Signer;
  readonly provider: Provider;
  /** Of what was sent before; null if nothing is known. */
  readonly transactions: TransactionLog | null;
  /** Most of a day, wei; null if there is no limit. */
  readonly limit: bigint | null;
  /** Most that is offered for a unit of gas, wei; no limit unless told. */
  readonly maxFeePerGas?: bigint | undefined;
  /** Unix seconds of the chain. */
  readonly now: () => number;
}

/** The ether that an agent sends with: what a beat costs, whether there is enough, and what the last day has cost. */
export class Purse {
  readonly #options: PurseOptions;
  readonly #spending: Spending;

  constructor(options: PurseOptions) {
    this.#options = options;
    this.#spending = new Spending(options.limit);
  }

  /** Spent in the last day, wei. */
  get spent(): bigint {
    return this.#spending.spent(this.#options.now());
  }

  /** Of the wallet, wei. */
  async balance(): Promise<bigint> {
    const { provider, wallet } = this.#options;
    return provider.getBalance(await wallet.getAddress());
  }

  /** What a beat of average size costs now, wei. */
  async beatCost(): Promise<bigint> {
    const { provider, maxFeePerGas: cap } = this.#options;
    const { gasPrice, maxFeePerGas } = await provider.getFeeData();
    const price = gasPrice ?? maxFeePerGas ?? 0n;
    return BEAT_GAS * (cap !== undefined && cap < price ? cap : price);
  }

  /** Whether there is ether for a beat. */
  async canPay(): Promise<boolean> {
    return (await this.balance()) >= (await this.beatCost());
  }

  /** Whether so many beats more stay within the day's limit. */
  async mayPay(beats: bigint): Promise<boolean> {
    if (this.#spending.limit === null) return true;
    return this.#spending.allows(this.#options.now(), beats * (await this.beatCost()));
  }

  /** Counts a transaction that was mined now. */
  count({ fee }: TransactionReceipt): void {
    this.#spending.add(this.#options.now(), fee);
  }

  /** Counts what the last day has cost, as far as the journal and the chain tell. */
  async recall(): Promise<void> {
    const { wallet, transactions, provider, now } = this.#options;
    if (this.#spending.limit === null || transactions === null) return;
    for (const hash of transactions.mined(await wallet.getAddress(), REMEMBERED)) {
      const receipt = await provider.getTransactionReceipt(hash);
      const block = receipt === null ? null : await provider.getBlock(receipt.blockNumber);
      if (receipt === null || block === null) continue;
      this.#spending.add(block.timestamp, receipt.fee);
      if (!this.#spending.recent(now(), block.timestamp)) break;
    }
  }
}
