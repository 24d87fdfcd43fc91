import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const briber: StrategyKind = {
  name: "briber",
  description: "colluders that offer whoever votes with them, and loses by it, what it lost and more (p + epsilon)",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    lies: { ...PLOT_SETTINGS.lies, default: 0.1 },
    rational: { meaning: "share of the honest agents that take such an offer", default: 0.5, min: 0, max: 1 },
    epsilon: { meaning: "what is paid beyond the loss, in seat fees", default: 1, min: 0, max: 100 },
  },
  create: (group) => {
    const plot = plotting(group, () => true);
    return { ...plot, offers: plot.target };
  },
};
