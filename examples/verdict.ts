/** What both examples share: the two functions of `Claims` that a reader needs, and what they give. Runs in browsers. */

/** Human-readable ABI, as ethers and viem both take it. */
export const CLAIMS_ABI = [
  "function verdict(bytes32 claimId) view returns ((uint8 status, uint8 outcome, uint16 supportBps, uint8 rounds))",
  "function stakeAtRisk(bytes32 claimId) view returns (uint256)",
] as const;

/** `IConsensus.VerdictStatus`, in its order. Only the last two never change. */
const STATUSES = ["unknown", "voting", "undecided", "provisional", "resolved", "unresolved"] as const;

/** How the contracts write "no outcome". */
const NO_OUTCOME = 255;

export type VerdictStatus = (typeof STATUSES)[number];

export interface VerdictReading {
  /** `resolved` and `unresolved` are final; `provisional` can still be appealed. */
  readonly status: VerdictStatus;
  /** Number of the answer, `null` for none. Decided only if `status` is `provisional` or `resolved`. */
  readonly outcome: number | null;
  /** Share of the weight behind `outcome`, 0 to 10,000. */
  readonly supportBps: number;
  /** Rounds voted or under way; 0 for an assertion that nobody has disputed. */
  readonly rounds: number;
  /** Stake an attacker must put at risk to make another outcome decisive, wei of the stake token. */
  readonly stakeAtRisk: bigint;
}

/** Verdict as the contract returns it; ethers gives `bigint`s, viem `number`s. */
interface ContractVerdict {
  readonly status: bigint | number;
  readonly outcome: bigint | number;
  readonly supportBps: bigint | number;
  readonly rounds: bigint | number;
}

/** @throws Error if the contract knows a status that this module does not: another version of the protocol */
export function toReading(verdict: ContractVerdict, stakeAtRisk: bigint): VerdictReading {
  const status = STATUSES[Number(verdict.status)];
  if (status === undefined) throw new Error(`unknown verdict status ${verdict.status}`);
  const outcome = Number(verdict.outcome);
  return {
    status,
    outcome: status === "unknown" || outcome === NO_OUTCOME ? null : outcome,
    supportBps: Number(verdict.supportBps),
    rounds: Number(verdict.rounds),
    stakeAtRisk,
  };
}
