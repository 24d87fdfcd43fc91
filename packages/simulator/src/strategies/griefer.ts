import type { StrategyKind } from "./strategy.ts";

export const griefer: StrategyKind = {
  name: "griefer",
  description: "says what its data say, and appeals for the delay and the work of others",
  honest: false,
  needsTruth: false,
  settings: {
    appeals: { meaning: "share of the decisive verdicts that it appeals", default: 0.2, min: 0, max: 1 },
  },
  create: ({ chance, settings: { appeals = 0 } }) => ({
    vote: (_member, _question, { outcome }) => outcome,
    appeals: () => chance.holds(appeals),
  }),
};
