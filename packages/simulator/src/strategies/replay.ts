import type { StrategyKind } from "./strategy.ts";

export const replay: StrategyKind = {
  name: "replay",
  description: "says what its data say, however unsure",
  honest: true,
  needsTruth: false,
  settings: {},
  create: () => ({ vote: (_member, _question, { outcome }) => outcome }),
};
