import type { Command } from "commander";
import { contentOptions } from "../../packages/cli/src/lib/content.ts";
import { addOptions } from "./options.ts";

export { type ContentOptions, readContent } from "../../packages/cli/src/lib/content.ts";

/** Adds the options that say what a claim is about. */
export function addContentOptions(program: Command): Command {
  return addOptions(program, contentOptions());
}
