/** `npm run bench:peers`: what the same work costs here and in other systems, on one chain in one process. */
import { Command, Option } from "commander";
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { buildForProduction } from "../scripts/lib/production.ts";
import { fromRoot } from "../scripts/lib/paths.ts";
import { measureAragon } from "./aragon.ts";
import { measureAssay } from "./assay.ts";
import { type Chain, openChain } from "./chain.ts";
import { drawChart } from "./chart.ts";
import { measureEas } from "./eas.ts";
import { measureKleros } from "./kleros.ts";
import { installPackages } from "./packages.ts";
import { fillPage } from "./page.ts";
import { QUOTED } from "./quoted.ts";
import { measureReality } from "./reality.ts";
import type { Row } from "./rows.ts";
import { group, isAssay, plainTable } from "./table.ts";
import { measureUma } from "./uma.ts";

const PAGE = fromRoot("docs", "peers.md");
const CHART = fromRoot("docs", "peers.svg");

const { json } = new Command("bench:peers")
  .description(
    "Measures what the same work costs in Assay (production build) and in UMA, Reality.eth, EAS, Kleros v1 and Aragon Court, from " +
      "their npm packages, on one in-process chain. Installs those packages into bench/node_modules (150 MB) unless they are there. " +
      "Takes about a quarter of an hour, and some more to compile. Prints tables, writes the figures, the chart docs/peers.svg and the " +
      "tables of docs/peers.md. Exit status 1, and nothing written, if a system could not be driven.",
  )
  .addOption(
    new Option("--json <file>", "where to write the figures").default(
      fromRoot("bench", "results.json"),
      "bench/results.json",
    ),
  )
  .parse()
  .opts<{ json: string }>();

const started = Date.now();
const progress = (line: string) => {
  console.error(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
};

/**
 * Rows of every system, Assay's first.
 * @throws Error with the name of a system that could not be driven
 */
async function measureAll(chain: Chain, artifacts: string): Promise<Row[]> {
  const systems: Record<string, () => Promise<Row[]>> = {
    "Reality.eth": () => measureReality(chain),
    EAS: () => measureEas(chain),
    "Kleros v1": () => measureKleros(chain),
    "Aragon Court": () => measureAragon(chain),
    UMA: () => measureUma(chain, progress),
    Assay: () => measureAssay(chain, artifacts, progress), // the slowest
  };
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(systems)) {
    progress(name);
    try {
      rows.push(...(await measure()));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${name} could not be driven: ${reason}`, { cause });
    }
  }
  return [...rows.filter(isAssay), ...rows.filter((row) => !isAssay(row))];
}

async function main(): Promise<void> {
  installPackages(progress);
  progress("compiling for production (about a minute, unless it is there already)");
  const { artifacts } = await buildForProduction("default");
  const rows = await measureAll(await openChain(), artifacts);
  console.log(plainTable(group(rows)));
  console.log("\nQuoted, not measured in this run:\n");
  console.log(plainTable(group(QUOTED, rows)));
  const all = [...rows, ...QUOTED];
  writeFileSync(json, `${JSON.stringify(all, null, 2)}\n`);
  writeFileSync(CHART, drawChart(all));
  writeFileSync(PAGE, await fillPage(readFileSync(PAGE, "utf8"), all));
  progress(`written: ${[json, CHART, PAGE].map((file) => relative(process.cwd(), file)).join(", ")}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
