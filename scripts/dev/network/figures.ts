import type { Record } from "./errand.ts";

/** How statements spread over nodes. */
export interface Spread {
  readonly statements: number;
  readonly nodes: number;
  /** Share of nodes times statements that a statement has come to, 0 to 1. */
  readonly delivered: number;
  /** Milliseconds from sending until 99% of the nodes have a statement: half of them, and 99%, take no longer. */
  readonly median: number;
  readonly p99: number;
}

/** Share of nodes that a statement is to reach. */
const REACH = 0.99;

/** The least value that so large a share of all is not above. @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError("there are no values");
  return found;
}

/** How what was sent has spread, by what all processes have seen; a statement that does not reach enough nodes takes for ever. */
export function spreadOf(records: readonly Record[]): Spread {
  const nodes = records.flatMap(({ heard }) => heard);
  const arrivals = arrivalsOf(nodes);
  const sent = records.flatMap((record) => record.sent);
  const enough = Math.ceil(REACH * nodes.length);
  const times = sent.map(([key, at]) => {
    const reached = (arrivals.get(key) ?? []).sort((a, b) => a - b)[enough - 1];
    return reached === undefined ? Number.POSITIVE_INFINITY : reached - at;
  });
  const delivered = sent.reduce((sum, [key]) => sum + (arrivals.get(key)?.length ?? 0), 0);
  return {
    statements: sent.length,
    nodes: nodes.length,
    delivered: delivered / (sent.length * nodes.length),
    median: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

/** Statements a second that came to the last of all nodes between two times. @param from @param to ms */
export function sustainedOf(records: readonly Record[], from: number, to: number): number {
  const nodes = records.flatMap(({ heard }) => heard);
  const whole = [...arrivalsOf(nodes).values()].filter((times) => times.length === nodes.length);
  const within = whole.map((times) => Math.max(...times)).filter((last) => last >= from && last < to);
  return within.length / ((to - from) / 1000);
}

/** Medians of the first and the last third. */
export function thirdsOf(samples: readonly number[]): { readonly first: number; readonly last: number } {
  const third = Math.floor(samples.length / 3);
  if (third === 0) throw new RangeError("at least three samples are needed");
  return { first: quantile(samples.slice(0, third), 0.5), last: quantile(samples.slice(-third), 0.5) };
}

/** When each came to the nodes that it came to. */
function arrivalsOf(nodes: readonly (readonly (readonly [string, number])[])[]): Map<string, number[]> {
  const arrivals = new Map<string, number[]>();
  for (const marks of nodes) {
    // Once, however often a node is told.
    for (const [key, at] of new Map([...marks].reverse())) {
      const times = arrivals.get(key);
      if (times === undefined) arrivals.set(key, [at]);
      else times.push(at);
    }
  }
  return arrivals;
}
