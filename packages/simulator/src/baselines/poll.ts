import type { Chance } from "../chance.ts";

/** What one of the population says to an item. */
export interface Voice {
  /** Index into the population. */
  readonly voter: number;
  readonly outcome: number;
}

/** An item that was asked, with what everybody says to it, whether on its committee or not. */
export interface Poll {
  /** Index of the outcome; `null` where nobody knows. */
  readonly truth: number | null;
  /** How many outcomes it has. */
  readonly labels: number;
  /** Epoch in which it was asked. */
  readonly askedIn: number;
  readonly voices: readonly Voice[];
  /** Answers that the verdict took. */
  readonly taken: number;
}

export interface Voter {
  /** Any unit. */
  readonly stake: number;
  readonly honest: boolean;
}

/**
 * The outcome with most weight. A tie is drawn by chance: neither half a point nor none, and in the mean what a guess between them is
 * worth.
 * @returns `null` of nothing
 */
export function plurality(
  voices: readonly Voice[],
  labels: number,
  chance: Chance,
  weightOf: (voter: number) => number = () => 1,
): number | null {
  if (voices.length === 0) return null;
  const weights = Array<number>(labels).fill(0);
  for (const { voter, outcome } of voices) weights[outcome] = (weights[outcome] as number) + weightOf(voter);
  return leading(weights, chance);
}

/** Index of the largest value, drawn by chance where there are several. @param values not empty */
export function leading(values: readonly number[], chance: Chance): number {
  const largest = Math.max(...values);
  const tied = values.flatMap((value, outcome) => (value === largest ? [outcome] : []));
  return tied.length === 1 ? (tied[0] as number) : chance.pick(tied);
}
