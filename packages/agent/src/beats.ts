import type { Hex, Vote } from "@assay/protocol";
import type { ContractTransactionReceipt } from "ethers";

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
  readonly receipt: ContractTransactionReceipt;
  /** Votes of the ballot it carried. */
  readonly votes: readonly SeatedVote[];
}

/** A beat that anybody may send by `Consensus.beatFor`. */
export interface SignedBeat {
  readonly agentId: bigint;
  readonly epoch: number;
  /** Packed, behind the terms on which it may be relayed. */
  readonly beat: Hex;
  /** Of the agentWallet. */
  readonly signature: Hex;
  /** Votes of the ballot it carries. */
  readonly votes: readonly SeatedVote[];
}
