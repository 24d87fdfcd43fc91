import type { StrategyKind } from "./strategy.ts";

export const honest: StrategyKind = {
  name: "honest",
  description: "says what its data say, and abstains when unsure",
  honest: true,
  needsTruth: false,
  settings: {},
  create: ({ minConfidence }) => ({
    vote: (_member, _question, { outcome, confidence }) => ((confidence ?? 1) < minConfidence ? null : outcome),
  }),
};
