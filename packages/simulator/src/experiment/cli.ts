#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { runCommand } from "../cli/command.ts";
import { documentResults } from "./document.ts";
import { parseStudy } from "./options.ts";
import type { Results } from "./results.ts";
import { study } from "./study.ts";

await runCommand(async (io) => {
  const options = parseStudy(process.argv.slice(2));
  if ("help" in options) {
    io.out(options.help);
    return;
  }
  if (!options.docs) {
    await study(options, io);
    return;
  }
  const results = JSON.parse(readFileSync(options.out, "utf8")) as Results;
  for (const file of documentResults(results)) io.out(`wrote ${file}\n`);
});
