import { MAX_OUTCOMES } from "@assay/protocol";
import { inlineContent } from "@assay/sdk";
import { type ContentSource, decide } from "../verification.ts";
import type { Chooser } from "../voting.ts";
import type { Verifier } from "./verifier.ts";

/** Contents that travel in the question's own URI, and no others. */
export const inlineOnly: ContentSource = async (content) => {
  const bytes = inlineContent(content);
  if (bytes === null) throw new Error("the content is not in the question's URI, or not of its hash");
  return bytes;
};

/**
 * Chooses as a verifier answers, question by question: for agents that beat without a runtime.
 * @param minConfidence less sure, it abstains; 0 to 1
 */
export function chooserOf(verifier: Verifier, minConfidence: number): Chooser {
  const never = new AbortController().signal;
  const outcomesOf = async () => MAX_OUTCOMES;
  return async (question) => {
    const options = { verifiers: new Map([[question.domainId, verifier]]), contentOf: inlineOnly, minConfidence };
    const [decision] = await decide([question], outcomesOf, { ...options, concurrency: 1 }, never);
    return decision?.outcome ?? null;
  };
}
