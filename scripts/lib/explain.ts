import { explain as explainFully } from "../../packages/cli/src/lib/errors.ts";

/** One line for any error, without a stack trace, naming what was wrong with the input where that is known. */
export function explain(error: unknown): string {
  return explainFully(error).message;
}
