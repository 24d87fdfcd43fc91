import type { Summary } from "../report/summary.ts";

/** Figures of one run, by name; what is not known is left out. */
export type Metrics = Readonly<Record<string, number>>;

/** Digits behind the point that a study keeps. */
const DIGITS = 6;

/** What a study keeps of a run. Money in seat fees. */
export function metricsOf(summary: Summary): Metrics {
  const { kinds, cost } = summary;
  const honest = kinds.find((kind) => kind.honest);
  const others = kinds.filter((kind) => !kind.honest);
  const attackers = others.reduce((sum, { agents }) => sum + agents, 0);
  const rounds = summary.rounds.reduce((sum, row) => sum + row.rounds * row.share, 0);
  const values: Record<string, number | null | undefined> = {
    ...Object.fromEntries(summary.accuracies.map(({ contender, accuracy }) => [contender, accuracy?.mean])),
    decided: summary.decided?.mean,
    wrong: summary.wrong?.mean,
    captured: summary.captured?.mean,
    blocked: summary.blocked?.mean,
    fees: cost.fees?.mean,
    answers: cost.answers,
    gas: cost.gasPerVerdict,
    rounds,
    honestMedian: honest?.medianNet,
    honestNet: honest?.net?.mean,
    honestPerSeat: honest?.netPerSeat,
    honestWeight: honest?.weight,
    othersNet: summary.attackersNet,
    othersPerAgent: attackers === 0 ? null : (summary.attackersNet ?? 0) / attackers,
    othersPerSeat: others.length === 1 ? others[0]?.netPerSeat : null,
    othersWeight: others.length === 1 ? others[0]?.weight : null,
    agents: kinds.reduce((sum, { agents }) => sum + agents, 0),
    questions: summary.questions,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === "number" && Number.isFinite(value) ? [[name, Number(value.toFixed(DIGITS))]] : [],
    ),
  );
}
