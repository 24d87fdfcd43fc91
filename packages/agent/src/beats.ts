import type { Vote } from "@assay/protocol";
import type { RelayableBeat } from "@assay/sdk";
import type { TransactionReceipt } from "ethers";

/** What a transaction did for an agent. */
export interface BeatEffects {
  readonly revealedEpoch: number | null;
  readonly settledEpoch: number | null;
  /** False if the commit was skipped or none was made. */
  readonly committed: boolean;
}

/** A vote, with the seats the agent knows it holds. */
export type SeatedVote = Vote & { readonly seats: number };

/** What one beat did. */
export interface BeatReport extends BeatEffects {
  readonly agentId: bigint;
  readonly epoch: number;
  readonly receipt: TransactionReceipt;
  /** Votes of the ballot it carried. */
  readonly votes: readonly SeatedVote[];
}

/** A beat that anybody may relay. */
export interface SignedBeat extends RelayableBeat {
  readonly agentId: bigint;
  readonly epoch: number;
  /** Votes of the ballot it carries. */
  readonly votes: readonly SeatedVote[];
}
