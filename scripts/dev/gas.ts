import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { buildForProduction } from "../lib/production.ts";
import { type GasFigures, measureGas } from "./gas/measure.ts";

/** What the figures are held to, gas. */
const LIMITS: Partial<Record<keyof GasFigures, number>> = {
  beatFixed: 110_000,
  perFurtherVote: 10_000,
  finalizeInline: 12_000,
  finalizeAlone: 45_000,
  perVoteAllIn16: 18_000,
  ask: 120_000,
  assertClaim: 120_000,
  challenge: 220_000,
  register: 110_000,
  deposit: 90_000,
  join: 200_000,
};

const { json: file } = new Command("gas")
  .description(
    "Measures what the protocol's calls cost, with the production build, on an in-process chain. Takes some minutes.",
  )
  .option("--json <file>", "also write the figures to a file")
  .parse()
  .opts<{ json?: string }>();
const started = Date.now();
const progress = (line: string) => console.error(`${((Date.now() - started) / 1000).toFixed(0)} s  ${line}`);
progress("compiling for production");
const { artifacts } = await buildForProduction("default");
const figures = await measureGas(artifacts, progress);
console.log("| figure | gas | limit |\n|---|---:|---:|");
for (const [name, gas] of Object.entries(figures as unknown as Record<string, number>)) {
  const limit = LIMITS[name as keyof GasFigures];
  console.log(`| ${name} | ${gas.toLocaleString("en")} | ${limit?.toLocaleString("en") ?? ""} |`);
}
if (file !== undefined) {
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  console.error(`written to ${file}`);
}
const over = Object.entries(LIMITS).filter(([name, limit]) => figures[name as keyof GasFigures] > limit);
for (const [name, limit] of over) console.error(`${name} is over its limit of ${limit}`);
process.exitCode = over.length > 0 ? 1 : 0;
