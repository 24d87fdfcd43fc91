import { inlineContent } from "@assay/sdk";
import type { ContentSource } from "../verification.ts";

/** Contents that travel in the question's own URI, and no others. */
export const inlineOnly: ContentSource = async (content) => {
  const bytes = inlineContent(content);
  if (bytes === null) throw new Error("the content is not in the question's URI, or not of its hash");
  return bytes;
};
