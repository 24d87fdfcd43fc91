/** How often what has happened, by name. */
export type Counts = Record<string, number>;

/** What a node has counted since it was made. */
export interface NodeCounters {
  readonly connections: { inbound: number; outbound: number; proven: number; closed: number };
  /** Peers that were refused or sent away, by the reason's code. */
  readonly refused: Counts;
  /** Peers that did not want this node, likewise. */
  readonly refusedBy: Counts;
  /** Messages of topics, by verdict; those of no topic of ours, or too large for it, as `invalid`. */
  readonly messages: Counts;
  /** Requests of this node, by protocol and outcome: `ok`, or the code of an error. */
  readonly asked: Record<string, Counts>;
  /** Requests to this node, likewise. */
  readonly served: Record<string, Counts>;
}

/** Counters at zero. */
export function createCounters(): NodeCounters {
  const connections = { inbound: 0, outbound: 0, proven: 0, closed: 0 };
  return { connections, refused: {}, refusedBy: {}, messages: {}, asked: {}, served: {} };
}

/** Counts one more. */
export function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
