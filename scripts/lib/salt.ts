import type { Command } from "commander";
import { parseBytes32 } from "./input.ts";

/** Adds the option that lets the same be asked or asserted again. */
export function addSaltOption(program: Command): Command {
  return program.option("--salt <bytes32>", "lets one account bring the same again (default: random)", parseBytes32);
}
