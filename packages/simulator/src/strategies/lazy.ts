import { most, votesOf } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";
import type { Tasks } from "../model/tasks.ts";

export const lazy: StrategyKind = {
  name: "lazy",
  description: "says the same without looking",
  honest: false,
  needsTruth: false,
  settings: {
    outcome: {
      meaning:
        "the number it says; -1: the one that is usually true, or the first on the list where numbers mean nothing",
      ...{ default: -1, min: -1, max: 15, integer: true },
    },
  },
  create: ({ settings: { outcome = -1 }, world: { tasks } }) => {
    const constant = outcome >= 0 ? outcome : usual(tasks);
    return { vote: (_member, { item }) => Math.min(constant, (tasks.items[item]?.labels.length ?? 1) - 1) };
  },
};

/** The outcome that is most often true; by the answers, where no truth is known. */
function usual({ items, answers, outcomes, openAnswers }: Tasks): number {
  if (openAnswers) return 0;
  const counts = Array<number>(outcomes).fill(0);
  const known = items.some(({ truth }) => truth !== null);
  items.forEach((item, i) => {
    const votes = known ? [] : votesOf(item, answers[i] ?? new Map());
    if (item.truth !== null) counts[item.truth] = (counts[item.truth] as number) + 1;
    votes.forEach((count, outcome) => (counts[outcome] = (counts[outcome] as number) + count));
  });
  return most(counts);
}
