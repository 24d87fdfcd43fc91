import { chanceOf } from "../chance.ts";
import type { CompleteConfig } from "../model/config.ts";
import type { AgentResult, Baseline, EpochResult, QuestionResult, SimulationResult } from "../model/result.ts";
import { BASELINES } from "./names.ts";

/** A seat fee in tests, wei. */
export const FEE = 10n ** 18n;

const CONFIG: CompleteConfig = {
  source: { kind: "folder", path: "data/animals" },
  agents: 20,
  groups: [{ strategy: "colluders", stake: 0.2, identities: 0.2, settings: { rate: 0.5 } }],
  rules: {
    outcomes: 2,
    seats: 9,
    supermajorityBps: 6_667,
    maxRounds: 3,
    seatFee: FEE,
    seatBond: 24n * FEE,
    burnBps: 1_000,
    openAnswers: false,
    without: [],
  },
  canaries: 0.05,
  budgetRounds: 0,
  minConfidence: 0,
  stake: 1_000n * FEE,
  epochs: 10,
  questionsPerEpoch: 20,
  engine: "sampled",
  seed: 1,
};

/** A result made up from its seed: plausible, and simulated by nobody. 16 honest agents and 4 colluders. */
export function madeUpResult(seed = 1, questionCount = 200): SimulationResult {
  const chance = chanceOf(seed, "made up");
  const agents = Array.from({ length: 20 }, (_, i): AgentResult => {
    const honest = i < 16;
    return {
      name: honest ? `worker ${i}` : `colluder ${i - 15}`,
      strategy: honest ? "honest" : "colluders",
      honest,
      accuracy: honest ? 0.7 + 0.015 * i : 0.5,
      seats: 100,
      votes: 90,
      coherent: honest ? 75 : 50,
      forfeits: 0,
      stake: 1_000n * FEE,
      gain: (honest ? 120n : 40n) * FEE,
      loss: BigInt(honest ? 30 + i : 90) * FEE,
      weight: honest ? 2_048 : 128,
    };
  });
  const questions = Array.from({ length: questionCount }, (_, i): QuestionResult => {
    const truth = chance.below(2);
    const answer = (accuracy: number) => (chance.holds(accuracy) ? truth : 1 - truth);
    const status = chance.holds(0.9) ? "resolved" : "unresolved";
    return {
      item: i,
      truth,
      askedIn: 2 + Math.floor((10 * i) / questionCount),
      status,
      outcome: answer(status === "resolved" ? 0.92 : 0.6),
      supportBps: status === "resolved" ? 6_667 + chance.below(3_334) : 5_000 + chance.below(1_600),
      rounds: status === "resolved" ? 1 + chance.below(2) : 3,
      seats: 9 + chance.below(20),
      answers: 8 + chance.below(4),
      canary: chance.holds(0.05),
      target: i % 2 === 0 ? 1 - truth : null,
      cost: 9n * FEE,
      baselines: Object.fromEntries(
        BASELINES.map((name, at) => [name, chance.holds(0.05) ? null : answer(0.8 + 0.015 * at)]),
      ) as Record<Baseline, number | null>,
    };
  });
  const epochs = Array.from({ length: 12 }, (_, i): EpochResult => {
    const weights = { honest: 1 + 0.6 * i, colluders: 1 / (1 + 0.5 * i) };
    const net = { honest: 7 * i, colluders: -4 * i };
    return {
      epoch: 2 + i,
      asked: i < 10 ? questionCount / 10 : 0,
      final: i < 2 ? 0 : questionCount / 10,
      kinds: (["honest", "colluders"] as const).map((strategy) => ({
        strategy,
        weight: weights[strategy],
        net: net[strategy],
      })),
      votes: 150 * (i + 1),
      seats: 170 * (i + 1),
    };
  });
  const panel = agents.map(({ honest, accuracy }, agent) => ({
    agent,
    answers: questions.map(({ truth, target }) => {
      if (truth === null || chance.holds(0.3)) return null;
      if (!honest && target !== null) return target;
      return chance.holds(accuracy ?? 0) ? truth : 1 - truth;
    }),
  }));
  return {
    config: { ...CONFIG, seed },
    complete: true,
    questions,
    agents,
    epochs,
    panel,
    books: { askers: -1_800n * FEE, sink: 100n * FEE, keeper: 0n },
    transactions: { beat: 240, ask: questionCount, finalize: questionCount, appeal: 3 },
    notes: ["3 answers to unknown items are left out"],
  };
}
