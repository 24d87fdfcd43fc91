/** How much the engines of the simulator take. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { Command, Option } from "commander";
import { format, resolveConfig } from "prettier";
import { fromRoot } from "../lib/paths.ts";
import { replaceMarked } from "@assay/charts";
import { chainPart } from "./simulator/chain.ts";
import { memoryPart } from "./simulator/memory.ts";
import type { Part } from "./simulator/part.ts";

/** By name, in this order. */
const PARTS: Readonly<Record<string, Part<unknown>>> = {
  memory: memoryPart as Part<unknown>,
  chain: chainPart as Part<unknown>,
};

interface Options {
  readonly only?: string;
  readonly json: boolean;
  readonly docs: boolean;
}

const options = new Command("npm run bench:simulator --")
  .description("Measures the engines of the simulator. Exit status 1 if a target is missed. Takes a minute or two.")
  .addOption(new Option("--only <part>", "measure this part only").choices(Object.keys(PARTS)))
  .option("--json", "the result as JSON on standard output", false)
  .option("--docs", "write the result into docs/experiments.md", false)
  .parse()
  .opts<Options>();

await main(options);

async function main({ only, json, docs }: Options): Promise<void> {
  const [load = 0] = loadavg();
  const date = new Date().toISOString().slice(0, 10);
  const measured: Record<string, unknown> = { date, load };
  const model = cpus()[0]?.model ?? "unknown";
  const machine = `${cpus().length} cores (${model}), load average ${load.toFixed(1)} from other work before it began; Node ${process.version}`;
  const head = `Measured on ${date} by \`npm run bench:simulator\`, ${machine}.`;
  for (const [name, part] of Object.entries(PARTS)) {
    if (only !== undefined && only !== name) continue;
    const result = await part.measure((line) => console.error(line));
    measured[name] = result;
    const text = `${head}\n\n${part.describe(result)}`;
    if (docs) await document(name, text);
    if (!json) console.log(text);
    for (const fault of part.faults(result)) {
      console.error(`fault: ${fault}`);
      process.exitCode = 1;
    }
  }
  if (json) console.log(JSON.stringify(measured, null, 2));
}

/** Writes a part's result between its marks. */
async function document(name: string, text: string): Promise<void> {
  const page = fromRoot("docs", "experiments.md");
  const replaced = replaceMarked(readFileSync(page, "utf8"), `bench: simulator ${name}`, text);
  writeFileSync(page, await format(replaced, { ...(await resolveConfig(page)), filepath: page }));
}
