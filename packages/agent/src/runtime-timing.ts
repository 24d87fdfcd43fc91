import { EPOCHS_PER_ROUND, MAX_ROUNDS, RECEIPT_RING } from "@assay/protocol";

/** Parts of an epoch, by which something is done: the reveal belongs into its first half. */
export const PART = {
  /** Whoever rolls does so at a time of its own before this. */
  roll: 1 / 20,
  /** Questions are answered, where a ballot is to be revealed by the same beat. */
  answer: 0.4,
  /** The same where a relayer comes between. */
  answerForRelay: 0.25,
  /** A relayer has sent the beat, or the agent sends it itself. */
  relay: 0.45,
  /** A ballot that is due is revealed. */
  reveal: 0.5,
  /** Questions are answered, where nothing is to be revealed. */
  late: 0.7,
  /** No ballot is begun from here on. */
  commit: 5 / 6,
} as const;

/** The longest that anybody waits for others to roll, seconds. */
export const LONGEST_STAGGER = 120;
/** A chain without a block for so long is one that makes blocks on demand only: its epoch is begun by a transaction. Seconds. */
export const QUIET = 15;
/** A chain without a block for so long is not seen as it is; in epochs, and seconds at least. */
export const STALLED = { epochs: 1 / 4, seconds: 60 };
/** Attempts at a beat in one epoch while nothing is to be revealed. */
export const MAX_ATTEMPTS = 4;
/** Blocks that a reorganisation may replace. */
export const REORG_DEPTH = 64;
/** Epochs that a question or a receipt may live. */
export const LOOK_BACK = Math.max(MAX_ROUNDS * EPOCHS_PER_ROUND, RECEIPT_RING) + 2;
/** Gas of a beat of average size, to tell what the next ones will cost. */
export const BEAT_GAS = 250_000n;
/** Beats that the wallet should have ether for. */
export const ETHER_BEATS = 50n;
/** Bonds of a seat that the stake should be free for. */
export const FREE_BONDS = 4n;
/** Epochs that there should be secrets for. */
export const FEW_SECRETS = 256;
/** Transactions of the journal that are looked up to know what the last day has cost. */
export const REMEMBERED = 500;
/** Longest time between two looks whether a transaction is mined, ms. */
export const LONGEST_WAIT = 2_000;
