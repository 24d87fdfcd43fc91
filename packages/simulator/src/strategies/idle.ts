import type { StrategyKind } from "./strategy.ts";

export const idle: StrategyKind = {
  name: "idle",
  description: "has stake, and never votes",
  honest: false,
  needsTruth: false,
  settings: {},
  create: () => ({ vote: () => null }),
};
