import type { Hex } from "@assay/protocol";
import { type Provider, Transaction, type TransactionReceipt } from "ethers";
import type { SignedTransaction, TransactionLog } from "./transactions.ts";

/** Told of a transaction of one journal that was mined, failed ones too. */
export type Landed = (receipt: TransactionReceipt) => void;

/** A transaction that is not known to be over, and whose it is. */
export interface LinedTransaction extends SignedTransaction {
  readonly log: TransactionLog;
}

/** Most transactions of an earlier process that are looked up: more than an agent sends while a reorganisation may drop them. */
const RECALLED = 256;

/** A transaction that was mined so lately that a reorganisation of the chain may drop it. */
interface Landing extends Pick<SignedTransaction, "account" | "hash"> {
  readonly log: TransactionLog;
  readonly block: number;
}

/**
 * What all of a process that send from one wallet share: one sends at a time, and a nonce belongs to whoever has signed for it, in
 * whichever journal that is. All journals of the wallet must have joined before the first turn, so that no nonce is taken twice.
 */
export class WalletLine {
  readonly #landed = new Map<TransactionLog, Landed>();
  #turn: Promise<unknown> = Promise.resolve();
  #young: Landing[] = [];
  /** Journals whose transactions of earlier processes have been looked up. */
  readonly #recalled = new Set<TransactionLog>();

  /** Adds a journal, which must stay open as long as anybody sends. */
  join(log: TransactionLog, landed: Landed = () => undefined): void {
    this.#landed.set(log, landed);
  }

  /** Does something while nobody else sends. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Transactions that are not known to be over, of all journals: by nonce, and what offers the most of one nonce last. */
  pending(account: string): LinedTransaction[] {
    const found = [...this.#landed.keys()].flatMap((log) => log.pending(account).map((sent) => ({ ...sent, log })));
    return found.sort((a, b) => a.nonce - b.nonce || Number(offerOf(a) - offerOf(b)));
  }

  /** A nonce is used up, in every journal that has a transaction of it. @param receipt null if what was mined is in no journal */
  close(account: string, nonce: number, receipt: TransactionReceipt | null): void {
    const versions = this.pending(account).filter((sent) => sent.nonce === nonce);
    const mined = receipt === null ? null : { hash: receipt.hash as Hex, reverted: receipt.status === 0 };
    for (const log of new Set(versions.map((sent) => sent.log))) log.close(account, nonce, mined);
    const owner = versions.find(({ hash }) => hash === mined?.hash)?.log;
    if (receipt === null || owner === undefined) return;
    this.#young.push({ account, hash: receipt.hash as Hex, log: owner, block: receipt.blockNumber });
    this.#landed.get(owner)?.(receipt);
  }

  /**
   * Takes up again what was mined and is not any more.
   * @param confirmations blocks after which what was mined is taken to stay
   */
  async recheck(provider: Provider, account: string, confirmations: number): Promise<void> {
    const fresh = [...this.#landed.keys()].filter((log) => !this.#recalled.has(log));
    if (this.#young.length === 0 && fresh.length === 0) return;
    const block = await provider.getBlockNumber();
    for (const log of fresh) await this.#recall(log, provider, account, block - confirmations);
    const still: Landing[] = [];
    for (const young of this.#young) {
      if (young.block + confirmations < block) continue;
      const receipt = await provider.getTransactionReceipt(young.hash);
      if (receipt === null) young.log.reopen(young.account, young.hash);
      else still.push({ ...young, block: receipt.blockNumber });
    }
    this.#young = still;
  }

  /** Learns what an earlier process saw mined: the chain may have dropped it since. @param firm block before which nothing is dropped */
  async #recall(log: TransactionLog, provider: Provider, account: string, firm: number): Promise<void> {
    for (const hash of log.mined(account, RECALLED)) {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt !== null && receipt.blockNumber < firm) break;
      this.#young.push({ account, hash, log, block: receipt?.blockNumber ?? firm });
    }
    this.#recalled.add(log);
  }
}

function offerOf({ raw }: SignedTransaction): bigint {
  return Transaction.from(raw).maxFeePerGas ?? 0n;
}
