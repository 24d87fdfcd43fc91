import { type MarginBar, marginBars, type MoneyRow, type VerdictEnd } from "@assay/charts";
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

/** Verdicts by support, and whether they are true. */
export function marginsOf(scored: readonly ScoredVerdict[]): MarginBar[] {
  return marginBars(scored.map((verdict) => ({ supportBps: verdict.supportBps, end: endOf(verdict) })));
}

function endOf({ resolved, correct }: ScoredVerdict): VerdictEnd {
  if (!resolved) return "unresolved";
  return correct ? "right" : "wrong";
}

/** Tokens an agent of a kind won and lost, on average. */
interface KindMoney extends MoneyRow {
  readonly agents: number;
}

/** Money by kind, who gained most first. */
export function moneyRows(agents: readonly AgentSummary[]): KindMoney[] {
  return [...Map.groupBy(agents, ({ kind }) => kind)]
    .map(([name, members]) => ({
      name,
      agents: members.length,
      won: members.reduce((sum, { earned }) => sum + earned, 0) / members.length,
      lost: members.reduce((sum, { slashed }) => sum + slashed, 0) / members.length,
    }))
    .sort((a, b) => b.won - b.lost - (a.won - a.lost));
}
