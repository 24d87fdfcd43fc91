import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const adaptive: StrategyKind = {
  name: "adaptive",
  description: "colluders that behave until their weight is high, and again once it is low",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    high: { meaning: "weight of a seat from which a member attacks, 1 = newcomer", default: 4, min: 0, max: 16 },
    low: { meaning: "weight of a seat below which it behaves again", default: 1, min: 0, max: 16 },
  },
  create: (group) => {
    const { high = 4, low = 1 } = group.settings;
    const attacking = new Set<number>();
    return plotting(group, ({ agent }) => {
      const weight = group.world.weight(agent);
      if (weight >= high) attacking.add(agent);
      else if (weight < low) attacking.delete(agent);
      return attacking.has(agent);
    });
  },
};
