import type { Verifier } from "./verifier.ts";

/** Answers every question with the same outcome: to try a network, not to earn. */
export function constantVerifier(outcome: number): Verifier {
  return () => ({ outcome, confidence: 1 });
}
