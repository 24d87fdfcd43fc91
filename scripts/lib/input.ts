import { parseAgentId } from "../../packages/cli/src/lib/input.ts";

/** Parsers of command-line options, as `assay` has them. */
export * from "../../packages/cli/src/lib/input.ts";

/** Agent ids with commas between them. */
export function parseAgentIds(text: string): bigint[] {
  return text.split(",").map((part) => parseAgentId(part.trim()));
}
