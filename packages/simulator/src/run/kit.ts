import type { Config, Group } from "../model/config.ts";
import type { SimulationResult } from "../model/result.ts";

/** A token, wei: a seat fee in tests. */
export const FEE = 10n ** 18n;

/** A panel of 20 that is right three times in four, asked 200 questions in 20 epochs. For tests. */
export const CONFIG: Config = {
  source: {
    ...{ kind: "synthetic", items: 200, outcomes: 3, accuracy: 0.75, spread: 0.1 },
    ...{ correlation: 0, prevalence: 0.5, density: 1 },
  },
  agents: 20,
  groups: [],
  rules: {
    ...{ outcomes: 2, seats: 7, supermajorityBps: 6_667, maxRounds: 3, seatFee: FEE, seatBond: 24n * FEE },
    ...{ burnBps: 1_000, openAnswers: false, without: [] },
  },
  canaries: 0.05,
  budgetRounds: 2,
  minConfidence: 0,
  stake: 0n,
  epochs: 20,
  questionsPerEpoch: null,
  engine: "sampled",
  seed: 1,
};

/** A group with as much of the stake as of the identities. */
export function groupOf(strategy: string, share = 0.2, settings: Readonly<Record<string, number>> = {}): Group {
  return { strategy, stake: share, identities: share, settings };
}

/** Share of the questions that ended with the truth. */
export function accuracyOf({ questions }: Pick<SimulationResult, "questions">): number {
  return questions.filter(({ outcome, truth }) => outcome === truth).length / questions.length;
}

/** Mean gain less loss of the agents of a strategy, in fees. */
export function netOf({ agents }: Pick<SimulationResult, "agents">, strategy: string): number {
  const own = agents.filter((agent) => agent.strategy === strategy);
  return own.reduce((total, { gain, loss }) => total + Number(gain - loss) / Number(FEE), 0) / own.length;
}
