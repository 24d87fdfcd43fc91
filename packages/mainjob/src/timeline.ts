import { TOKEN } from "./domains.ts";
import type { Role } from "./population.ts";
import type { Outcome } from "./run.ts";

/** Agents of one kind in one domain at the end of an epoch, on average. */
export interface TimelinePoint {
  /** Epochs since the first question was asked. */
  readonly epoch: number;
  readonly domain: string;
  readonly kind: string;
  readonly role: Role;
  /** Estimate of balanced accuracy, 0 to 1. */
  readonly trust: number;
  /** Tokens of stake. */
  readonly stake: number;
  /** Tokens of stake won since the start; negative if lost. */
  readonly gain: number;
}

/** Trust and stake by kind of agent, epoch by epoch. */
export function timelineOf({ history, roster, firstEpoch }: Outcome): TimelinePoint[] {
  const members = new Map(roster.map(({ agentId, member }) => [agentId, member]));
  const groups = Map.groupBy(history.snapshots, ({ epoch, agentId }) => {
    const member = members.get(agentId);
    return `${epoch}/${member?.domain.name}/${member?.kind}`;
  });
  return [...groups.values()].map((snapshots) => {
    const [first] = snapshots as [(typeof snapshots)[0]];
    const { domain, kind, role } = members.get(first.agentId) as (typeof roster)[0]["member"];
    const mean = (of: (snapshot: typeof first) => number) =>
      snapshots.reduce((sum, snapshot) => sum + of(snapshot), 0) / snapshots.length;
    const stake = mean(({ balance }) => Number(balance) / Number(TOKEN));
    const start = mean(({ agentId }) => Number(history.initialBalance(agentId)) / Number(TOKEN));
    const trust = mean((snapshot) => snapshot.trust);
    return { epoch: first.epoch - firstEpoch, domain: domain.name, kind, role, trust, stake, gain: stake - start };
  });
}
