import type { Command } from "commander";
import { fromRoot } from "./paths.ts";

/** Where agents keep their secrets. */
export interface DataOptions {
  readonly data: string;
}

const DATA = fromRoot(".assay");

/** The option as it was given, to be put behind another command. */
export function dataArgument({ data }: DataOptions): string {
  return data === DATA ? "" : ` --data ${data}`;
}

/** Adds the option that says where agents keep their secrets and journals. */
export function addDataOption(program: Command): Command {
  return program.option("--data <folder>", "folder of the agents' secrets and journals", DATA);
}
