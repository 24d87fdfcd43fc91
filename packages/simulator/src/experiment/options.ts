import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { SimulatorError } from "../errors.ts";
import { PARTS, type PartName } from "./cell.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** What `npm run experiment` is told. Paths are absolute. */
export interface StudyOptions {
  readonly seeds: number;
  readonly only: readonly PartName[];
  readonly dataRoot: string;
  /** Folder of the journal. */
  readonly work: string;
  /** The results, JSON. */
  readonly out: string;
  readonly threads: number;
  /** Only writes the tables and charts of the results there are. */
  readonly docs: boolean;
}

/** @throws SimulatorError `BAD_CONFIG` */
export function parseStudy(args: readonly string[]): StudyOptions | { readonly help: string } {
  let help = "";
  const command = new Command("npm run experiment --")
    .usage("[options]")
    .description(
      "Runs the whole study of docs/experiments.md with many seeds, in threads. Every finished run is recorded: started again, it goes on " +
        "where it was stopped. Writes one JSON of means with 95 % intervals.",
    )
    .option(
      "--only <parts>",
      "only some parts, with commas between them (below)",
      names,
      Object.keys(PARTS) as PartName[],
    )
    .option("--seeds <n>", "seeds of each configuration", whole(1, 1_000), 20)
    .option("--data-root <folder>", "folder of the public sets, left out where they are not there", "../shared/data")
    .option("--work <folder>", "where finished runs are recorded", ".assay/experiment")
    .option("--out <file>", "the results", "docs/experiments.json")
    .option("--threads <n>", "at most", whole(1, 256), availableParallelism())
    .option("--docs", "run nothing: put tables and charts of the results into docs/experiments.md")
    .allowExcessArguments(false)
    .helpOption("--help", "show this")
    .addHelpText(
      "after",
      `\nParts:\n${Object.entries(PARTS)
        .map(([name, text]) => `  ${name.padEnd(10)}${text}`)
        .join("\n")}\n`,
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "commander.helpDisplayed") return { help };
    throw new SimulatorError("BAD_CONFIG", message.replace(/^error: /, ""));
  }
  const given = command.opts<Omit<StudyOptions, "docs"> & { readonly docs?: boolean }>();
  const path = (name: string) => resolve(ROOT, name);
  return {
    ...given,
    docs: given.docs ?? false,
    dataRoot: path(given.dataRoot),
    work: path(given.work),
    out: path(given.out),
  };
}

function names(text: string): PartName[] {
  return text.split(",").map((name) => {
    if (Object.hasOwn(PARTS, name)) return name as PartName;
    throw new InvalidArgumentError(`There is no part "${name}"; there are ${Object.keys(PARTS).join(", ")}.`);
  });
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
