import { NO_OUTCOME_UINT8 } from "../protocol.ts";

/** What a reader may conclude, in the contracts' order. Only the last two never change. */
export const VERDICT_STATUSES = ["unknown", "voting", "undecided", "provisional", "resolved", "unresolved"] as const;

export type VerdictStatus = (typeof VERDICT_STATUSES)[number];

/** A verdict as it stands. */
export interface VerdictReading {
  /** `resolved` and `unresolved` are final; `provisional` can still be appealed. */
  readonly status: VerdictStatus;
  /** Number of the answer, null for none. Decided if `status` is `provisional` or `resolved`, else the leading one. */
  readonly outcome: number | null;
  /** Share of the weight behind `outcome`, 0 to 10,000. */
  readonly supportBps: number;
  /** Rounds voted or under way; 0 for an assertion that nobody has disputed. */
  readonly rounds: number;
  /** Whether it can never change. */
  readonly final: boolean;
}

interface RawVerdict {
  readonly status: number;
  readonly outcome: number;
  readonly supportBps: number;
  readonly rounds: number;
}

/** A verdict as the contracts return it, in words. */
export function toVerdict({ status: code, outcome, supportBps, rounds }: RawVerdict): VerdictReading {
  const status = VERDICT_STATUSES[code] ?? "unknown";
  const none = status === "unknown" || outcome === NO_OUTCOME_UINT8;
  const final = status === "resolved" || status === "unresolved";
  return { status, outcome: none ? null : outcome, supportBps, rounds, final };
}

/** An outcome as events have it: null for none. */
export function toOutcome(outcome: number): number | null {
  return outcome === NO_OUTCOME_UINT8 ? null : outcome;
}
