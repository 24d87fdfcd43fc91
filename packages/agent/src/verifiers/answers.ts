import * as v from "valibot";
import type { Finding } from "./verifier.ts";

const AnswerSchema = v.strictObject({
  outcome: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  confidence: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});
const AbstentionSchema = v.strictObject({ abstain: v.string() });

/** Longest answer that is read, bytes. */
export const MAX_ANSWER = 65_536;

/**
 * What a verifier elsewhere has answered: `{"outcome": 1, "confidence": 0.9}` or `{"abstain": "why"}`, and nothing else; an
 * outcome of null abstains too.
 * @param outcomes how many the question has
 */
export function parseFinding(text: string, outcomes: number): Finding {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { abstain: "the answer is no JSON" };
  }
  const abstention = v.safeParse(AbstentionSchema, value);
  if (abstention.success) return abstention.output;
  const answer = v.safeParse(AnswerSchema, value);
  if (!answer.success) {
    const [issue] = answer.issues;
    const where = v.getDotPath(issue);
    return { abstain: `the answer is not of the schema${where === null ? "" : `: ${where}`}` };
  }
  const { outcome, confidence } = answer.output;
  if (outcome === null) return { abstain: "it cannot tell" };
  return outcome < outcomes ? { outcome, confidence } : { abstain: `the answer is outcome ${outcome} of ${outcomes}` };
}
