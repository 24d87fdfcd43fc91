import { chanceOf } from "../chance.ts";
import type { StrategyKind } from "./strategy.ts";

export const sybils: StrategyKind = {
  name: "sybils",
  description: "one honest agent's answers from many mouths; where it has none, one answer of somebody else",
  honest: false,
  needsTruth: false,
  settings: {},
  create: ({ name, seed, world: { tasks } }) => {
    const victim = chanceOf(seed, `${name}/victim`).below(tasks.workers.length);
    return {
      vote: (_member, { item }, own) => {
        const answers = tasks.answers[item];
        const copied = answers?.get(victim);
        if (answers === undefined || copied !== undefined) return (copied ?? own).outcome;
        // Whoever votes here has an answer of its own, so there is one to draw.
        return chanceOf(seed, `${name}/${tasks.items[item]?.id}`).pick([...answers.values()]).outcome;
      },
    };
  },
};
