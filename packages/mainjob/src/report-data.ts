import type { AgentSummary, ScoredVerdict, Summary } from "./summary.ts";

/** The swarm against its parts on one set of items. */
export interface AccuracyRow {
  readonly name: string;
  readonly swarm: number;
  readonly best: number;
  readonly median: number;
  readonly majority: number;
  readonly seatMajority: number;
}

/** The rows of the comparison, domains first. */
export function accuracyRows(summary: Summary): AccuracyRow[] {
  const { domains, languageWithoutContaminated: clean } = summary;
  const named = [
    ...domains.map((domain) => ({ ...domain, name: domain.domain })),
    ...(clean === null ? [] : [{ ...clean, name: "language without *" }]),
  ];
  return [
    ...named.map(({ name, accuracy: swarm, best, median, majority, seatMajority }) => ({
      name,
      swarm,
      best,
      median,
      majority,
      seatMajority,
    })),
    {
      name: "both domains",
      swarm: summary.swarmAccuracy,
      best: summary.bestAgentAccuracy,
      median: summary.medianAgentAccuracy,
      majority: summary.majorityAccuracy,
      seatMajority: summary.seatMajorityAccuracy,
    },
  ];
}

/** Verdicts of one result whose support lies in [from, to). */
export interface MarginBar {
  readonly from: number;
  readonly to: number;
  readonly result: "right" | "wrong" | "unresolved";
  readonly count: number;
}

const BINS = 20;

/** Verdicts by support, in bins of a twentieth; full support is in the last one. */
export function marginBars(scored: readonly ScoredVerdict[]): MarginBar[] {
  const groups = Map.groupBy(scored, (verdict) => {
    const bin = Math.min(BINS - 1, Math.floor((verdict.supportBps * BINS) / 10_000));
    return `${bin} ${resultOf(verdict)}`;
  });
  return [...groups]
    .map(([key, verdicts]) => {
      const [bin, result] = key.split(" ") as [string, MarginBar["result"]];
      return { from: Number(bin) / BINS, to: (Number(bin) + 1) / BINS, result, count: verdicts.length };
    })
    .sort((a, b) => a.from - b.from);
}

function resultOf({ resolved, correct }: ScoredVerdict): MarginBar["result"] {
  if (!resolved) return "unresolved";
  return correct ? "right" : "wrong";
}

/** Tokens an agent of a kind won and lost, on average. */
export interface MoneyRow {
  readonly kind: string;
  readonly agents: number;
  readonly earned: number;
  readonly slashed: number;
}

/** Money by kind, who gained most first. */
export function moneyRows(agents: readonly AgentSummary[]): MoneyRow[] {
  return [...Map.groupBy(agents, ({ kind }) => kind)]
    .map(([kind, members]) => ({
      kind,
      agents: members.length,
      earned: members.reduce((sum, { earned }) => sum + earned, 0) / members.length,
      slashed: members.reduce((sum, { slashed }) => sum + slashed, 0) / members.length,
    }))
    .sort((a, b) => b.earned - b.slashed - (a.earned - a.slashed));
}
