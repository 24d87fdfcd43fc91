import type { Chance } from "../chance.ts";

/**
 * Deals workers out to classes of agents, so that a class's share in the agents is its share in the answers too, though some workers
 * answer a hundred times as much as others.
 *
 * The first class (the honest) has every worker once before any twice, if it is large enough. What else is dealt is a sample of all, evenly
 * spaced by how much they answer, from the busiest down: each to a class by chance, in proportion to the answers that it lacks, among
 * those that lack as many.
 * @param activity answers of each worker
 * @param sizes agents of each class
 * @returns the workers of each class, in an order by chance
 */
export function dealWorkers(activity: readonly number[], sizes: readonly number[], chance: Chance): number[][] {
  const ranked = chance
    .shuffle(activity.map((_, worker) => worker))
    .sort((a, b) => (activity[b] as number) - (activity[a] as number));
  const [first = 0, ...others] = sizes;
  if (first >= ranked.length && others.length > 0) {
    return [...dealWorkers(activity, [first], chance), ...dealt(ranked, activity, others, chance)];
  }
  return dealt(ranked, activity, sizes, chance);
}

function dealt(
  ranked: readonly number[],
  activity: readonly number[],
  sizes: readonly number[],
  chance: Chance,
): number[][] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const pool = sample(ranked, total, chance);
  const answers = pool.reduce((sum, worker) => sum + (activity[worker] as number), 0);
  const classes = sizes.map((size) => ({ size, lacks: (answers * size) / total, workers: [] as number[] }));
  for (const worker of pool) {
    const count = activity[worker] as number;
    const open = classes.filter(({ size, workers }) => workers.length < size);
    const fitting = open.filter(({ lacks }) => lacks > 0 && lacks >= count);
    const chosen =
      fitting.length > 0
        ? (fitting[chance.weighted(fitting.map(({ lacks }) => lacks))] as (typeof classes)[number])
        : open.reduce((a, b) => (b.lacks > a.lacks ? b : a));
    chosen.workers.push(worker);
    chosen.lacks -= count;
  }
  return classes.map(({ workers }) => chance.shuffle(workers));
}

/** So many of all, in their order: all of them as often as that goes, then every so-manieth. */
function sample(ranked: readonly number[], count: number, chance: Chance): number[] {
  const rest = count % ranked.length;
  const start = chance.real();
  const spaced = new Set(Array.from({ length: rest }, (_, i) => Math.floor(((i + start) * ranked.length) / rest)));
  const copies = Math.floor(count / ranked.length);
  return ranked.flatMap((worker, i) => Array<number>(copies + (spaced.has(i) ? 1 : 0)).fill(worker));
}
