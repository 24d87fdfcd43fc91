import { encodeTerms, type Terms } from "@assay/protocol";

/** What differs from test to test. */
type Told = Pick<Terms, "status" | "outcome" | "supportBps" | "rounds" | "gain" | "loss" | "evidence">;

/**
 * The word by which QuestionFinalized tells the terms of settlement. Unless told, no budget is left, nothing is refundable and one seat of
 * full weight is at risk: that of a tally of up to sixteen newcomers.
 */
export function termsWord(terms: Told & Partial<Terms>): bigint {
  return encodeTerms({ budget: 0, riskSeats: 1, refundable: false, ...terms });
}
