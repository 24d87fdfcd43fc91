#!/usr/bin/env node
import { advise } from "./advise/command.ts";
import { parseOptions } from "./cli/options.ts";
import { simulateCommand } from "./cli/simulate.ts";
import { type CommandIo, runCommand } from "./cli/command.ts";

async function main(args: readonly string[], io: CommandIo): Promise<void> {
  const options = parseOptions(args);
  if (options.kind === "help") io.out(options.text);
  else if (options.kind === "advise") await advise(options, io);
  else await simulateCommand(options, io);
}

await runCommand((io) => main(process.argv.slice(2), io));
