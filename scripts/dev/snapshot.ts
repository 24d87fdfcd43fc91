/**
 * What a change of the contracts must not move unnoticed: gas of every external function, code sizes and storage layouts of the
 * production build, in `snapshots/`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { buildForProduction } from "../lib/production.ts";
import { ROOT } from "./process.ts";
import { compareFigures, compareTexts, type Figures } from "./snapshot/compare.ts";
import { gasSnapshot } from "./snapshot/gas.ts";
import { sizeSnapshot } from "./snapshot/sizes.ts";
import { storageSnapshot } from "./snapshot/storage.ts";

const FOLDER = join(ROOT, "snapshots");

const { check } = new Command("snapshot")
  .description("Writes the snapshots of gas, code sizes and storage layouts of the production build to snapshots/.")
  .option("--check", "compare with the snapshots instead, print what has moved, and exit with 1 if anything has")
  .parse()
  .opts<{ check?: true }>();

console.error("compiling for production");
const { artifacts } = await buildForProduction("default");
const json = (figures: Figures) => `${JSON.stringify(figures, null, 2)}\n`;
const byFigures = (before: string, after: string) =>
  compareFigures(JSON.parse(before) as Figures, JSON.parse(after) as Figures);
const snapshots = [
  { file: "storage.txt", content: storageSnapshot(artifacts), compare: compareTexts },
  { file: "sizes.json", content: json(sizeSnapshot(artifacts)), compare: byFigures },
  { file: "gas.json", content: json(await gasSnapshot(artifacts)), compare: byFigures },
];
mkdirSync(FOLDER, { recursive: true });
for (const { file, content, compare } of snapshots) {
  const path = join(FOLDER, file);
  const before = existsSync(path) ? readFileSync(path, "utf8") : null;
  const moved = before === null ? ["there is no snapshot yet"] : compare(before, content);
  console.log(`snapshots/${file}: ${moved.length === 0 ? "as it was" : "changed"}`);
  for (const line of moved) console.log(`  ${line}`);
  if (!check) writeFileSync(path, content);
  else if (moved.length > 0) process.exitCode = 1;
}
if (process.exitCode === 1) console.error('if this is meant, write the new snapshots with "npm run snapshot"');
