import type { RunResult } from "./run.ts";

/** What of a run should not be, a line each. */
export function faultsOf(result: RunResult): string[] {
  const { epochs, committed, revealed, settled, forfeited, skipped, doubleCommitments, errors } = result;
  const { unexplained, locked, transactions, unaccounted, unknown } = result;
  const expected: [what: string, found: unknown, wanted: unknown][] = [
    ["ballots forfeited", forfeited, 0],
    ["commitments refused", skipped, 0],
    ["epochs with two commitments", doubleCommitments, 0],
    ["epochs with a ballot", committed, epochs],
    // The last one is still to be revealed. A ballot without a vote leaves nothing to settle.
    ["ballots revealed", revealed, committed - 1],
    ["wei of stake unexplained", unexplained, 0n],
    ["wei locked in the end", locked, 0n],
    ["transactions that failed", transactions.reverted ?? 0, 0],
    ["transactions pending in the end", transactions.pending ?? 0, 0],
    ["transactions that the journal does not know", unaccounted, 0],
    ["transactions of the journal that the chain does not know", unknown, 0],
    ["errors", errors.join("; "), ""],
  ];
  const faults = expected.flatMap(([what, found, wanted]) =>
    found === wanted ? [] : [`${what}: ${String(found)} instead of ${String(wanted)}`],
  );
  return settled > 0 ? faults : [...faults, "nothing was settled"];
}
