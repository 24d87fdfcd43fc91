import { chanceOf } from "../chance.ts";
import type { TaskItem } from "../model/tasks.ts";
import type { Group, Member, Posed, Setting, Strategy } from "./strategy.ts";
import type { TaskAnswer } from "../model/tasks.ts";

/** Settings of strategies whose members agree on a wrong answer. */
export const PLOT_SETTINGS = {
  lies: { meaning: "share of the items that they attack; on the others they behave", default: 1, min: 0, max: 1 },
  popular: {
    meaning: "1: they agree on the wrong answer that is given most often; 0: on one by chance",
    ...{ default: 0, min: 0, max: 1, integer: true },
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The wrong answer that a group agrees on, the same in every round; `null` on items that it leaves alone. */
function plotOf({ name, seed, settings, world: { tasks } }: Group): (item: number) => number | null {
  const known = new Map<number, number | null>();
  const { lies = 1, popular = 0 } = settings;
  return (index) => {
    const before = known.get(index);
    if (before !== undefined) return before;
    const item = tasks.items[index] as TaskItem;
    const chance = chanceOf(seed, `plot/${name}/${item.id}`);
    const counts = votesOf(item, tasks.answers[index] as ReadonlyMap<number, TaskAnswer>);
    const right = item.truth ?? most(counts);
    const wrong = counts.map((_, outcome) => outcome).filter((outcome) => outcome !== right);
    const attacked = lies === 1 || chance.holds(lies);
    const target = !attacked
      ? null
      : popular === 1
        ? wrong.reduce((a, b) => ((counts[b] as number) > (counts[a] as number) ? b : a))
        : chance.pick(wrong);
    known.set(index, target);
    return target;
  };
}

/** Votes for the target while `attacks` holds, else what the member's worker answers. */
export function plotting(
  group: Group,
  attacks: (member: Member, question: Posed) => boolean,
): Required<Pick<Strategy, "vote" | "target">> {
  const plot = plotOf(group);
  return {
    vote: (member, question, own) => (attacks(member, question) ? plot(question.item) : null) ?? own.outcome,
    target: ({ item }) => plot(item),
  };
}

/** How often each outcome of an item is answered. */
export function votesOf({ labels }: TaskItem, answers: ReadonlyMap<number, TaskAnswer>): number[] {
  const counts = labels.map(() => 0);
  for (const { outcome } of answers.values()) counts[outcome] = (counts[outcome] as number) + 1;
  return counts;
}

/** Index of the largest, the first of several. */
export function most(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}
