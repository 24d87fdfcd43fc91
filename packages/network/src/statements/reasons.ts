import type { GossipVerdict } from "../node/gossip.ts";

/**
 * What becomes of a statement, and why. Rejected is what every honest node must have seen as wrong when it handed it on; ignored is
 * what may look otherwise from another block, clock or history, so that nobody is to blame.
 */
export const VERDICTS = {
  ACCEPTED: "accept",
  /** More bytes than a statement may have. */
  TOO_LARGE: "reject",
  /** No statement, or in another encoding than its own. */
  MALFORMED: "reject",
  /** Of another domain than its topic. */
  OTHER_DOMAIN: "reject",
  /** The domain has no such outcome. */
  UNKNOWN_OUTCOME: "reject",
  /** Less than the least bond of the domain. */
  BOND_TOO_SMALL: "reject",
  /** Past its time by more than clocks may differ. */
  EXPIRED: "reject",
  /** Past its time by this node's clock. */
  EXPIRING: "ignore",
  /** Expires when no pledge is certain any more, by any clock. */
  TOO_FAR_AHEAD: "reject",
  /** The same, by this node's clock. */
  EARLY: "ignore",
  /** Not signed for this deployment by whom it names, or not in the form that the contract takes. */
  BAD_SIGNATURE: "reject",
  /** Known already. */
  REPLAYED: "ignore",
  /** Whoever signed is no signer of the agent until it expires, as of the block that this node trusts. */
  NOT_A_SIGNER: "ignore",
  /** The bond is more than the pledge that is certain until it expires, as of the block that this node trusts. */
  OVERCOMMITTED: "ignore",
  /** The agent has made more statements than its pledge allows. */
  RATE_LIMITED: "ignore",
  /** This node has too much to examine. */
  BUSY: "ignore",
  /** The chain cannot be read. */
  CHAIN_UNREACHABLE: "ignore",
  /** An error of this program. */
  FAILED: "ignore",
} as const satisfies Record<string, GossipVerdict>;

/** Stable reason of a verdict. */
export type StatementReason = keyof typeof VERDICTS;

/** Why a statement is not taken. */
export interface Refusal {
  readonly reason: Exclude<StatementReason, "ACCEPTED">;
  /** One line for people. */
  readonly message: string;
  readonly cause?: unknown;
}
