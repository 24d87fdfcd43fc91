/**
 * How much each must give up so that all together have no more than `total`: those that have most come down to one quota, and those
 * that have less lose nothing.
 * @example
 * overQuota(new Map([["a", 10], ["b", 3]]), 8); // a: 5
 */
export function overQuota(counts: ReadonlyMap<string, number>, total: number): Map<string, number> {
  const ascending = [...counts.values()].sort((a, b) => a - b);
  let left = total;
  let quota = Number.POSITIVE_INFINITY;
  for (const [i, count] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (count > share) {
      quota = share;
      break;
    }
    left -= count;
  }
  return new Map([...counts].filter(([, count]) => count > quota).map(([key, count]) => [key, count - quota]));
}
