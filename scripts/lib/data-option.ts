import type { Command } from "commander";
import { fromRoot } from "./paths.ts";

/** Where agents keep their secrets. */
export interface DataOptions {
  readonly data: string;
}

/** Adds the option that says where agents keep their secrets and journals. */
export function addDataOption(program: Command): Command {
  return program.option("--data <folder>", "folder of the agents' secrets and journals", fromRoot(".assay"));
}
