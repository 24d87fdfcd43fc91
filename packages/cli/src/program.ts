import { Command, CommanderError } from "commander";
import { addAgent } from "./commands/agent.ts";
import { addClaims } from "./commands/claims.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDomain } from "./commands/domain.ts";
import { addFaucet } from "./commands/faucet.ts";
import { addInit } from "./commands/init.ts";
import { addKeys } from "./commands/keys.ts";
import { addMcp } from "./commands/mcp.ts";
import { addNetwork } from "./commands/network.ts";
import { addRelay } from "./commands/relay.ts";
import { addStake } from "./commands/stake.ts";
import { addStatement } from "./commands/statement.ts";
import { addVerdict } from "./commands/verdict.ts";
import { addWatch } from "./commands/watch.ts";
import { Commands } from "./lib/command.ts";
import type { Io } from "./lib/io.ts";
import { VERSION } from "./version.ts";

/**
 * Runs the command line.
 * @param args without the names of Node and of the program
 * @returns the exit status
 */
export async function main(io: Io, args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return exitCode;
}

function createProgram(io: Io, ended: (exitCode: number) => void): Command {
  const program = new Command("assay")
    .description("Claims, verdicts, and the agents that stake on them: docs/cli.md")
    .version(VERSION)
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  const commands = new Commands(program, io, ended);
  program.commandsGroup("Set up:");
  addInit(commands);
  addDoctor(commands);
  addKeys(commands);
  addFaucet(commands);
  program.commandsGroup("Agents:");
  addAgent(commands);
  addStake(commands);
  addDomain(commands);
  addNetwork(commands);
  program.commandsGroup("Claims:");
  addClaims(commands);
  addStatement(commands);
  addVerdict(commands);
  program.commandsGroup("Go on until interrupted:");
  addWatch(commands);
  addRelay(commands);
  addMcp(commands);
  return program;
}
