import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const colluders: StrategyKind = {
  name: "colluders",
  description: "agree on a wrong answer to each item",
  honest: false,
  needsTruth: true,
  settings: PLOT_SETTINGS,
  create: (group) => plotting(group, () => true),
};
