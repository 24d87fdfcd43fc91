import { chanceOf } from "../chance.ts";
import type { StrategyKind } from "./strategy.ts";

export const copier: StrategyKind = {
  name: "copier",
  description:
    "says what it can see of others: a neighbour's public statement, an earlier round, else the last verdict there was",
  honest: false,
  needsTruth: false,
  settings: {
    statements: {
      meaning: "share of the items on which its neighbour has made a public statement before the vote",
      ...{ default: 0.05, min: 0, max: 1 },
    },
  },
  create: ({ name, seed, settings: { statements = 0 }, world }) => {
    const { tasks } = world;
    // Committees are secret and votes are sealed: who else sits, and what they vote, it cannot see.
    const neighbourOf = (worker: number) => chanceOf(seed, `${name}/neighbour/${worker}`).below(tasks.workers.length);
    const neighbours = tasks.workers.map((_, worker) => neighbourOf(worker));
    return {
      vote: ({ worker }, { item, leading }) => {
        if (leading !== null) return leading;
        const neighbour = neighbours[worker] as number;
        const seen = tasks.answers[item]?.get(neighbour);
        const id = tasks.items[item]?.id;
        if (seen !== undefined && chanceOf(seed, `${name}/statement/${neighbour}/${id}`).holds(statements)) {
          return seen.outcome;
        }
        const { lastOutcome } = world;
        return lastOutcome !== null && lastOutcome < (tasks.items[item]?.labels.length ?? 0) ? lastOutcome : null;
      },
    };
  },
};
