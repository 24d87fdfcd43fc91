/** One agent's answer, as the asker weighs it. */
export interface WeighedAnswer {
  readonly agentId: bigint;
  readonly outcome: number;
  /** Of the agent, by its record: 1 is a newcomer's. */
  readonly trust: number;
  /** Wei of pledge that certainly answers for the statement until it expires. */
  readonly covered: bigint;
}

/** What speaks for one outcome. */
export interface OutcomeTally {
  readonly outcome: number;
  readonly agents: number;
  readonly weight: number;
  /** Wei of pledge behind it. */
  readonly coverage: bigint;
}

/** What the answers say together. */
export interface SwarmTally {
  /** The heaviest; null where there is none, or two are equally heavy. */
  readonly outcome: number | null;
  /** Share of the weight that is for it, 0 to 1; of the heaviest where there are several. */
  readonly support: number;
  /** The rest, 0 to 1. */
  readonly dissent: number;
  /** Wei of pledge that answers for the outcome. */
  readonly coverage: bigint;
  /** Heaviest first. */
  readonly outcomes: readonly OutcomeTally[];
}

/**
 * Adds up answers. An agent weighs its trust times the share of the wanted bond that its pledge covers: who names no stake that can
 * be lost says nothing, and many identities weigh no more than the stake behind them lets them.
 * @param bond that was asked for, wei; above 0
 */
export function tally(answers: readonly WeighedAnswer[], bond: bigint): SwarmTally {
  const byOutcome = Map.groupBy(answers, ({ outcome }) => outcome);
  const outcomes = [...byOutcome]
    .map(([outcome, own]) => ({
      outcome,
      agents: own.length,
      weight: own.reduce((sum, answer) => sum + weightOf(answer, bond), 0),
      coverage: own.reduce((sum, { covered }) => sum + covered, 0n),
    }))
    .sort((a, b) => b.weight - a.weight || a.outcome - b.outcome);
  const total = outcomes.reduce((sum, { weight }) => sum + weight, 0);
  const [first, second] = outcomes;
  if (first === undefined || total === 0) return { outcome: null, support: 0, dissent: 0, coverage: 0n, outcomes };
  const support = first.weight / total;
  const tied = second !== undefined && second.weight === first.weight;
  return {
    outcome: tied ? null : first.outcome,
    ...{ support, dissent: 1 - support, outcomes },
    coverage: tied ? 0n : first.coverage,
  };
}

/** Millionths: the share of the bond is counted so, lest a large bond lose its last digits. */
const SHARES = 1_000_000n;

/** What one answer weighs. */
export function weightOf({ trust, covered }: Pick<WeighedAnswer, "trust" | "covered">, bond: bigint): number {
  const counted = covered < bond ? covered : bond;
  return (trust * Number((counted * SHARES) / bond)) / Number(SHARES);
}
