import { COUNT_START } from "@assay/protocol";
import { chanceOf } from "../chance.ts";
import type { TaskAnswer, Tasks } from "../model/tasks.ts";
import type { Group, Member, Posed, Strategy, World } from "./strategy.ts";
import { settingsOf, strategyKind } from "./strategies.ts";

/** Tasks of one item a row: its truth, then what each worker answers (`null`: nothing). For tests. */
export function tasksOf(rows: readonly (readonly (number | null)[])[], outcomes = 2, openAnswers = false): Tasks {
  const labels = Array.from({ length: outcomes }, (_, outcome) => `${outcome}`);
  return {
    ...{ name: "test", outcomes, openAnswers, notes: [] },
    items: rows.map(([truth = null], i) => ({ id: `item-${i}`, truth, labels })),
    workers: (rows[0] ?? []).slice(1).map((_, w) => `worker-${w}`),
    answers: rows.map(
      ([, ...given]) =>
        new Map(
          given.flatMap((outcome, w): [number, TaskAnswer][] =>
            outcome === null ? [] : [[w, { outcome, confidence: null }]],
          ),
        ),
    ),
  };
}

/** A world in which weights, counts and the last outcome can be set. For tests. */
export interface TestWorld extends World {
  counts: number[];
  lastOutcome: number | null;
  readonly weights: Map<number, number>;
}

export function worldOf(tasks: Tasks): TestWorld {
  const weights = new Map<number, number>();
  const counts = Array<number>(tasks.outcomes).fill(COUNT_START);
  return { tasks, counts, lastOutcome: null, weights, weight: (agent) => weights.get(agent) ?? 1 };
}

/** A strategy of a world, and what it votes. For tests. */
export function playing(
  name: string,
  world: World,
  settings: Readonly<Record<string, number>> = {},
  group: Partial<Pick<Group, "seed" | "minConfidence">> = {},
): Strategy & { readonly votes: (member: Member, question?: Partial<Posed>) => number | null } {
  const kind = strategyKind(name);
  const { seed = 1, minConfidence = 0 } = group;
  const strategy = kind.create({
    ...{ name, world, seed, minConfidence },
    settings: settingsOf(kind, settings),
    chance: chanceOf(seed, `test/${name}`),
  });
  const votes = (member: Member, question: Partial<Posed> = {}) => {
    const posed = { item: 0, round: 1, progress: 0, leading: null, ...question };
    const own = world.tasks.answers[posed.item]?.get(member.worker);
    return own === undefined ? null : strategy.vote(member, posed, own);
  };
  return { ...strategy, votes };
}
