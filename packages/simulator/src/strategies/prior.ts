import type { StrategyKind } from "./strategy.ts";

export const prior: StrategyKind = {
  name: "prior",
  description: "says an outcome as often as verdicts had it, without looking",
  honest: false,
  needsTruth: false,
  settings: {},
  create: ({ chance, world }) => ({
    vote: (_member, { item }) => {
      const labels = world.tasks.items[item]?.labels.length ?? 1;
      return world.tasks.openAnswers ? chance.below(labels) : chance.weighted(world.counts.slice(0, labels));
    },
  }),
};
