import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const falseCanary: StrategyKind = {
  name: "false-canary",
  description: "asks some items itself, as canaries with a wrong answer that its agents confirm; behaves otherwise",
  honest: false,
  needsTruth: true,
  settings: { ...PLOT_SETTINGS, lies: { ...PLOT_SETTINGS.lies, default: 0.05 } },
  create: (group) => {
    const plot = plotting(group, () => true);
    return {
      ...plot,
      plants: (item) => plot.target({ item, round: 1, progress: 0, leading: null }) ?? undefined,
    };
  },
};
