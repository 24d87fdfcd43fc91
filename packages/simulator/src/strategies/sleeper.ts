import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const sleeper: StrategyKind = {
  name: "sleeper",
  description: "behaves for a part of the time, then colludes all at once",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    wakes: { meaning: "part of the time until they wake", default: 0.5, min: 0, max: 1 },
  },
  create: (group) => {
    const { wakes = 0.5 } = group.settings;
    const plot = plotting(group, (_member, { progress }) => progress >= wakes);
    return { ...plot, target: (question) => (question.progress >= wakes ? plot.target(question) : null) };
  },
};
