import { ONE } from "@assay/protocol";

/** Time after which an answer counts half, s: thirty days. */
export const HALF_LIFE = 2_592_000;

/** Time after which an answer of the most quantity counts nothing, s. */
export const FORGOTTEN_AFTER = 9 * HALF_LIFE;

/**
 * What is left of a quantity after a time: half of it after each half-life, and in between on a straight line, which takes whole numbers
 * only and so is the same on every machine.
 * @param quantity Q8, 0 to 256
 * @param age s; one that lies ahead counts as new
 * @returns Q8, rounded down
 */
export function decayed(quantity: number, age: number): number {
  const since = Math.max(0, Math.floor(age));
  if (since >= FORGOTTEN_AFTER) return 0;
  const halvings = Math.floor(since / HALF_LIFE);
  const rest = since % HALF_LIFE;
  // 256 times twice a half-life is below 2^31.
  return Math.floor((quantity * (2 * HALF_LIFE - rest)) / (2 * HALF_LIFE * 2 ** halvings));
}

/** What an answer is worth by how it was decided, Q8. */
export const QUANTITIES = {
  /** By a final verdict of the chain's committees. */
  verdict: ONE,
  /** By a challenge on chain that was lost, or fended off. */
  challenge: ONE,
  /** By whether it agreed with what its asker accepted in the end, which may be wrong. */
  agreement: ONE / 4,
} as const;

/** How it was decided whether an answer held. */
export type Basis = keyof typeof QUANTITIES;
