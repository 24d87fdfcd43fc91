import type { StrategyKind } from "./strategy.ts";

export const random: StrategyKind = {
  name: "random",
  description: "says anything",
  honest: false,
  needsTruth: false,
  settings: {},
  create: ({ chance, world: { tasks } }) => ({
    vote: (_member, { item }) => chance.below(tasks.items[item]?.labels.length ?? 1),
  }),
};
