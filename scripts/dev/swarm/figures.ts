/** A ballot's commit or reveal, as the chain has it. */
export interface Mark {
  readonly kind: "committed" | "revealed" | "forfeited";
  readonly agentId: bigint;
  /** Epoch of the ballot. */
  readonly epoch: number;
  /** Unix seconds of its block. */
  readonly at: number;
}

/** How well agents kept up. */
export interface Figures {
  readonly epochs: number;
  readonly agents: number;
  /** Of all agents and epochs: ballots that were committed, and that were committed and revealed; 0 to 1. */
  readonly committed: number;
  readonly revealed: number;
  /** The same as `revealed`, of the agent that did worst. */
  readonly worstAgent: number;
  readonly forfeited: number;
  /** When in its epoch the last beat was in a block, 0 to 1. */
  readonly latest: number;
  /** Of ballots, those with votes in them; 0 to 1. */
  readonly voting: number;
}

/** What is measured. */
export interface Span {
  /** First epoch that counts, and how many do. */
  readonly first: number;
  readonly epochs: number;
  readonly agentIds: readonly bigint[];
  /** Unix second at which an epoch begins. */
  readonly startOf: (epoch: number) => number;
  /** Seconds. */
  readonly epochLength: number;
}

/** @param voted revealed ballots with votes, as `${agentId} ${epoch}` */
export function figuresOf(marks: readonly Mark[], span: Span, voted: ReadonlySet<string>): Figures {
  const { first, epochs, agentIds, startOf, epochLength } = span;
  const inSpan = ({ epoch }: Mark) => epoch >= first && epoch < first + epochs;
  const of = (kind: Mark["kind"]) => marks.filter((mark) => mark.kind === kind && inSpan(mark));
  const keys = (kind: Mark["kind"]) => new Set(of(kind).map(({ agentId, epoch }) => `${agentId} ${epoch}`));
  const [committed, revealed] = [keys("committed"), keys("revealed")];
  const shareOf = (agentId: bigint) => {
    const all = Array.from({ length: epochs }, (_, i) => `${agentId} ${first + i}`);
    return all.filter((key) => committed.has(key) && revealed.has(key)).length / epochs;
  };
  const shares = agentIds.map(shareOf);
  const delays = of("committed").map(({ epoch, at }) => (at - startOf(epoch)) / epochLength);
  return {
    epochs,
    agents: agentIds.length,
    committed: committed.size / (agentIds.length * epochs),
    revealed: shares.reduce((sum, share) => sum + share, 0) / agentIds.length,
    worstAgent: Math.min(...shares),
    forfeited: of("forfeited").length,
    latest: Math.max(...delays),
    voting: [...revealed].filter((key) => voted.has(key)).length / revealed.size,
  };
}
