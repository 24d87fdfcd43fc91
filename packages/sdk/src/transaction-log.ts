import { formatEther, type TransactionReceipt } from "ethers";

/** A transaction that was sent and mined. */
export interface SentTransaction {
  /** What it was for. */
  readonly what: string;
  readonly hash: string;
  readonly block: number;
  readonly gasUsed: bigint;
  /** Wei of ether. */
  readonly fee: bigint;
}

/**
 * Keeps what transactions cost, for programs that tell in the end.
 * @example
 * const log = new TransactionLog();
 * const { result, receipt } = await (await assay.questions.ask(question)).wait();
 * log.note("ask", receipt);
 * console.log(log.summary()); // 1 transaction, 180000 gas, 0.00018 ETH
 */
export class TransactionLog {
  readonly sent: SentTransaction[] = [];

  /** Keeps a transaction that was mined. */
  note(what: string, { hash, blockNumber: block, gasUsed, fee }: TransactionReceipt): void {
    this.sent.push({ what, hash, block, gasUsed, fee });
  }

  /** What all of it cost, in one line; null if nothing was sent. */
  summary(): string | null {
    if (this.sent.length === 0) return null;
    const gas = this.sent.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
    const fee = this.sent.reduce((sum, tx) => sum + tx.fee, 0n);
    const count = this.sent.length === 1 ? "1 transaction" : `${this.sent.length} transactions`;
    return `${count}, ${gas} gas, ${formatEther(fee)} ETH`;
  }
}
