import type { Command, Option } from "commander";

/** Adds options to a script. */
export function addOptions(program: Command, options: readonly Option[]): Command {
  for (const option of options) program.addOption(option);
  return program;
}
