#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { BUILD_PROFILE, compileContracts } from "./compile.ts";
import { OptionsError, parseOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import { run } from "./run.ts";
import { renderReport } from "./report.ts";
import { summarize } from "./summary.ts";
import { accuracyTable, agentTable, eventLines, findings, footnotes, gasLines, vaultLines } from "./table.ts";

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if ("help" in options) {
    process.stdout.write(options.help);
    return;
  }
  const progress = createProgress(process.stdout, Date.now);
  progress.step(`compiling the contracts (${BUILD_PROFILE} build; about a minute unless it is there already)`);
  await compileContracts((line) => process.stdout.write(`        ${line}\n`));
  const outcome = await run(options, progress);
  const summary = summarize(outcome);

  const print = (...lines: string[]) => process.stdout.write(`${lines.join("\n")}\n\n`);
  print("", agentTable(summary.agents));
  print(accuracyTable(summary));
  print(...findings(summary));
  print(...eventLines(summary));
  print(gasLines(summary, BUILD_PROFILE));
  print(vaultLines(summary));
  print(...footnotes(summary));
  writeFileSync(options.report, renderReport(summary, BUILD_PROFILE));
  process.stdout.write(`wrote ${options.report}\n`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`);
    process.stdout.write(`wrote ${options.json}\n`);
  }
  if (!summary.vaultBalanced) throw new Error("the vault does not balance");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const hint = error instanceof OptionsError ? " (--help lists the options)" : "";
  console.error(`assay: ${error instanceof Error ? error.message : String(error)}${hint}`);
  process.exitCode = 1;
}
