/**
 * Proves properties of the pure libraries for all inputs: runs their syntax trees on unknowns and puts what must hold to Z3. Then
 * plants bugs, each of which a proof must refute. Writes results.json and docs/proofs.md.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { reportCounts } from "./counts.ts";
import { ROOT } from "./process.ts";
import { BUGS, type PlantedBug } from "./proofs/planted.ts";
import { PROPERTIES } from "./proofs/properties/index.ts";
import { LIMIT, type Property, prove, type Result } from "./proofs/property.ts";
import { type Proved, readReport, reportOf, staleness, writeReport } from "./proofs/results.ts";
import { Solver } from "./proofs/solver.ts";
import { readProgram } from "./proofs/source.ts";

interface Options {
  only?: string;
  limit: number;
  planted: boolean;
  check: boolean;
}

function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError("a whole number above 0 is wanted");
  return Number(value);
}

const options = new Command("npm run test:proofs --")
  .description(
    "Proves properties of the pure libraries for all inputs with Z3, and shows that planted bugs are refuted. Writes results.json\n" +
      "and the table of docs/proofs.md, unless only some are chosen. Exit status 1 if a property fails or a bug is not found.",
  )
  .option("--only <text>", "only properties and bugs of functions or with names that contain this")
  .option("--limit <seconds>", "time of a property, where it has none of its own", positive, LIMIT)
  .option("--no-planted", "leave the planted bugs out; nothing is written then")
  .option("--check", "only look whether the results are of these sources", false)
  .addHelpText("after", "\nExamples:\n  npm run test:proofs\n  npm run test:proofs -- --only Settlement.burnOf")
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

const isChosen = (...texts: string[]) => texts.some((text) => text.includes(options.only ?? ""));

function tell(result: Result, property: Property): void {
  console.log(
    `${result.status.padEnd(8)} ${String(result.seconds).padStart(6)} s  ${property.function}: ${property.name}`,
  );
  if (result.failure !== undefined) console.log(`  ${result.failure}`);
  for (const [name, value] of result.counterexample ?? []) console.log(`    ${name} = ${value}`);
}

async function plant(bug: PlantedBug, solver: Solver): Promise<Result> {
  const source = readFileSync(join(ROOT, "contracts", bug.file), "utf8");
  if (source.split(bug.find).length !== 2) throw new Error(`"${bug.find}" does not stand in ${bug.file} once`);
  const program = readProgram(new Map([[bug.file, source.replace(bug.find, bug.replace)]]));
  const [functionName, part] = bug.refutes;
  const property = PROPERTIES.find((each) => each.function === functionName && each.name.includes(part));
  if (property === undefined) throw new Error(`no property of ${functionName} with "${part}"`);
  return prove(program, { limit: options.limit, ...property }, solver);
}

async function main(): Promise<void> {
  if (options.check) {
    const faults = staleness(readReport(), PROPERTIES, BUGS);
    for (const fault of faults) console.error(fault);
    process.exitCode = faults.length === 0 ? 0 : 1;
    return;
  }
  const began = Date.now();
  const solver = new Solver();
  const proved: Proved[] = [];
  const planted: Record<string, string> = {};
  const failures: string[] = [];
  try {
    const program = readProgram();
    for (const property of PROPERTIES.filter(({ function: of, name }) => isChosen(of, name))) {
      const result = await prove(program, { limit: options.limit, ...property }, solver);
      tell(result, property);
      solver.close(); // after minutes of work in one process Z3 has answered nonsense: each property gets one of its own
      if (result.status === "refuted") failures.push(`${property.function}: ${property.name}`);
      const { name, function: of, status, seconds, claims, paths, files } = result;
      proved.push({ name, function: of, theory: property.theory, status, seconds, claims, paths, files });
    }
    for (const bug of options.planted ? BUGS.filter(({ name, refutes }) => isChosen(name, refutes[0])) : []) {
      const { status, failure = "", seconds } = await plant(bug, solver);
      console.log(
        `planted  ${String(seconds).padStart(6)} s  ${bug.name}: ${status === "refuted" ? failure : `NOT FOUND, ${status}`}`,
      );
      if (status === "refuted") planted[bug.name] = failure;
      else failures.push(bug.name);
    }
  } finally {
    solver.close();
  }
  const open = proved.filter(({ status }) => status === "open");
  for (const { function: of, name } of open) console.log(`open: ${of}: ${name}`);
  const seconds = Math.round((Date.now() - began) / 1_000);
  if (options.only === undefined && options.planted) await writeReport(reportOf(proved, planted, seconds));
  const passed = proved.length + Object.keys(planted).length - open.length;
  reportCounts({ passed, skipped: open.length, failures });
}

await main();
