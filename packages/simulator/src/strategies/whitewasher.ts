import { UNBONDING_EPOCHS } from "@assay/protocol";
import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const whitewasher: StrategyKind = {
  name: "whitewasher",
  description: "colluders that leave once nobody trusts them, and come back as somebody new",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    leaves: { meaning: "weight of a seat below which a member leaves, 1 = newcomer", default: 0.5, min: 0, max: 1 },
    pause: {
      meaning: "epochs until its stake is back; less than unbonding takes: it has more stake elsewhere",
      ...{ default: UNBONDING_EPOCHS, min: 0, max: 1_000, integer: true },
    },
  },
  create: (group) => {
    const { leaves = 0.5, pause = UNBONDING_EPOCHS } = group.settings;
    return {
      ...plotting(group, () => true),
      departs: ({ agent }) => (group.world.weight(agent) < leaves ? { pause } : null),
    };
  },
};
