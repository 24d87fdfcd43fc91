import type { Identify } from "./identifiers.ts";
import { LANGUAGES } from "./languages.ts";

/**
 * How clearly an identifier puts a text into the claimed language: the score of that language less the best score
 * of any other that a claim may name. Positive when it is the identifier's first choice among them.
 */
export function claimScore(identify: Identify, text: string, claimed: string): number {
  const scores = identify(text);
  let own = 0;
  let best = 0;
  for (const { code, alpha2 } of LANGUAGES) {
    const score = scores.get(code) ?? scores.get(alpha2) ?? 0;
    if (code === claimed) own = score;
    else best = Math.max(best, score);
  }
  return own - best;
}
