/** Accuracy of agents asked one by one, on the items that the swarm was asked. */
export interface Baselines {
  /** Most accurate honest agent, chosen in hindsight. */
  readonly best: number;
  /** Its name. */
  readonly bestAgent: string;
  /** Median honest agent. */
  readonly median: number;
  /** Plain majority of all agents, adversaries included, one vote each; a tie is not correct. */
  readonly majority: number;
}

/** Someone who answers every item, sure or not. */
export interface Respondent<Item> {
  readonly name: string;
  readonly honest: boolean;
  answer(item: Item): number;
}

/** What single agents and their majority make of `items`. Both lists must not be empty, nor may all agents be adversaries. */
export function baselinesOf<Item extends { readonly truth: number }>(
  respondents: readonly Respondent<Item>[],
  items: readonly Item[],
): Baselines {
  const single = respondents
    .filter(({ honest }) => honest)
    .map((agent) => ({
      name: agent.name,
      accuracy: shareOf(items, (item) => agent.answer(item) === item.truth),
    }));
  const best = single.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return {
    best: best.accuracy,
    bestAgent: best.name,
    median: median(single.map(({ accuracy }) => accuracy)),
    majority: shareOf(items, (item) => majority(respondents.map((agent) => agent.answer(item))) === item.truth),
  };
}

/** The answer given most often; null on a tie. */
export function majority(answers: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const leading = [...counts].filter(([, count]) => count === most);
  return leading.length === 1 ? (leading[0] as [number, number])[0] : null;
}

/** The middle value; the mean of the two in the middle where there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("the median of nothing");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** Share of the items that `holds`; NaN of none. */
export function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}
