import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { buildForProduction } from "../lib/production.ts";
import { documentCurves } from "./gas/document.ts";
import { overLimit } from "./gas/limits.ts";
import { measureParts, PARTS } from "./gas/parts.ts";
import { CURVES, findings } from "./gas/shapes.ts";
import { describe } from "./gas/tables.ts";
import { ROOT } from "./process.ts";

interface Options {
  readonly json?: string;
  readonly only?: string[];
  readonly docs?: true;
}

const names = Object.keys(PARTS);

function collect(name: string, earlier: string[] = []): string[] {
  if (!names.includes(name)) throw new InvalidArgumentError(`There are ${names.join(", ")}.`);
  return [...earlier, name];
}

const { json, only, docs } = new Command("gas")
  .description(
    "Measures what the protocol's calls cost and how that grows, with the production build, on an in-process chain. Takes some " +
      "minutes. Exit status 1 if a figure is over its limit, or a curve has not the shape it should have.",
  )
  .option("--json <file>", "also write the figures to a file")
  .option("--only <parts...>", `measure only these: ${names.join(", ")}`, collect)
  .option("--docs", "also put the curves that were measured into docs/gas.md, with charts")
  .parse()
  .opts<Options>();

const started = Date.now();
const progress = (line: string) => console.error(`${((Date.now() - started) / 1000).toFixed(0)} s  ${line}`);
progress("compiling for production");
const { artifacts } = await buildForProduction("default");
const measured = await measureParts(only ?? names, artifacts, progress);
console.log(describe(measured));
if (json !== undefined) {
  writeFileSync(json, `${JSON.stringify({ ...measured.figures, growth: measured.growth }, null, 2)}\n`);
  progress(`written to ${json}`);
}
if (docs) for (const file of await documentCurves(measured.growth, join(ROOT, "docs"))) progress(`written to ${file}`);

const broken = Object.entries(measured.growth).flatMap(([name, rows]) => {
  const curve = CURVES[name];
  const found = curve === undefined ? [] : findings(curve, rows);
  return found.flatMap(({ text, holds }) => (holds ? [] : [`${name} should be ${curve?.shape}: ${text}`]));
});
const over = overLimit(measured.figures).map(([name, limit]) => `${name} is over its limit of ${limit}`);
for (const line of [...over, ...broken]) console.error(line);
process.exitCode = over.length + broken.length > 0 ? 1 : 0;
