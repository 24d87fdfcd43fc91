import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const grinder: StrategyKind = {
  name: "grinder",
  description: "colluders that choose, of several seeds of an epoch, the one that gives them most seats",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    tries: {
      meaning: "seeds to choose from: one a block until somebody else rolls",
      ...{ default: 5, min: 1, max: 50, integer: true },
    },
  },
  create: (group) => ({ ...plotting(group, () => true), grinds: group.settings["tries"] ?? 1 }),
};
