import { PLOT_SETTINGS, plotting } from "./plot.ts";
import type { StrategyKind } from "./strategy.ts";

export const selfDealer: StrategyKind = {
  name: "self-dealer",
  description:
    "asks questions that only its own agents can answer, canaries too, for fees and trust, and colludes with what trust it has",
  honest: false,
  needsTruth: true,
  settings: {
    ...PLOT_SETTINGS,
    questions: { meaning: "that it asks itself in an epoch", default: 1, min: 0, max: 100, integer: true },
    canaries: { meaning: "1: it enters them as canaries; 0: it does not", default: 1, min: 0, max: 1, integer: true },
    high: { meaning: "weight of a seat from which a member attacks, 1 = newcomer", default: 4, min: 0, max: 16 },
  },
  create: (group) => {
    const { questions = 1, canaries = 1, high = 4 } = group.settings;
    const { world } = group;
    return {
      ...plotting(group, ({ agent }) => world.weight(agent) >= high),
      // What is rarest counts most.
      deals: () => {
        const outcome = world.counts.reduce(
          (rarest, count, o) => (count < (world.counts[rarest] as number) ? o : rarest),
          0,
        );
        return Array.from({ length: questions }, () => ({ outcome, canary: canaries === 1 }));
      },
    };
  },
};
