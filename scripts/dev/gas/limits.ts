import type { GasFigures } from "./types.ts";

/** What the figures are held to, gas. */
export const LIMITS: Partial<Record<keyof GasFigures, number>> = {
  beatFixed: 110_000,
  perFurtherVote: 10_000,
  finalizeInline: 12_000,
  finalizeAlone: 45_000,
  perVoteAllIn16: 16_000,
  perVoteRelayed16: 11_000,
  perVoteRelayed16Full: 8_000,
  ask: 90_000,
  assertClaim: 100_000,
  challenge: 180_000,
  register: 110_000,
  deposit: 90_000,
  join: 200_000,
};

/** Names and limits of the figures above theirs. */
export function overLimit(figures: Partial<GasFigures>): [name: string, limit: number][] {
  return Object.entries(LIMITS).filter(([name, limit]) => (figures[name as keyof GasFigures] ?? 0) > limit);
}
