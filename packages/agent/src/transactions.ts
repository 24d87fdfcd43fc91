import type { Hex } from "@assay/protocol";

/** What became of a transaction. Whatever is not pending is over. */
export type TransactionState =
  /** Sent, or about to be. */
  | "pending"
  | "mined"
  /** Mined, and failed. */
  | "reverted"
  /** Another transaction took its nonce. */
  | "replaced";

/** A signed transaction. */
export interface SignedTransaction {
  /** Who sends. */
  readonly account: string;
  readonly nonce: number;
  readonly hash: Hex;
  /** As it is broadcast. */
  readonly raw: Hex;
  /** For people, such as `beat of epoch 7`. */
  readonly purpose: string;
  /** Unix seconds from which it is worth nothing; null if there is no such time. */
  readonly deadline: number | null;
}

/** Keeps transactions. Each method returns only once what it keeps survives a crash of the process. */
export interface TransactionLog {
  /** Transactions of an account that are not known to be over: by nonce, and in the order they were kept. */
  pending(account: string): SignedTransaction[];
  /** Keeps a transaction before it is broadcast. */
  keep(transaction: SignedTransaction): void;
  /**
   * A nonce is used up.
   * @param mined what was mined of what is kept; null if it was something else
   */
  close(account: string, nonce: number, mined: { readonly hash: Hex; readonly reverted: boolean } | null): void;
  /** Hashes of an account's transactions that were mined, failed ones too; the newest first. */
  mined(account: string, limit: number): Hex[];
  /** What was mined is not any more: each transaction of its nonce may be mined yet. */
  reopen(account: string, hash: Hex): void;
}
