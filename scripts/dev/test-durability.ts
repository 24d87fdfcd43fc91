/**
 * Kills an agent (kill -9) before every step of an epoch's beat and at any time, against a node of its own, and looks at what is left.
 * Writes durability/results.json, which docs/durability.md is about.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { compileContracts } from "../lib/artifacts.ts";
import { parseCount } from "../lib/input.ts";
import { faultsOf } from "./durability/faults.ts";
import { runKills } from "./durability/run.ts";
import { reportCounts } from "./counts.ts";
import { ROOT } from "./process.ts";

const { kills, seed, write } = new Command("npm run test:durability --")
  .description("Kills an agent so many times and starts it again. Exit status 1 unless it lost nothing.")
  .option("--kills <n>", "how often", parseCount, 200)
  .option("--seed <n>", "of the order of the steps", parseCount, 1)
  .option("--write", "keep the results", false)
  .parse()
  .opts<{ kills: number; seed: number; write: boolean }>();

await compileContracts();
const result = await runKills({ kills, seed, say: console.log });
const text = JSON.stringify(result, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
console.log(text);
if (write) writeFileSync(join(ROOT, "scripts/dev/durability/results.json"), `${text}\n`);
const faults = faultsOf(result);
for (const fault of faults) console.error(`fault: ${fault}`);
reportCounts({ passed: kills, skipped: 0, failures: faults });
