/**
 * Mutation testing of the contracts: changes them in one small way after the other, in a copy, and looks whether a test fails. Stands
 * in for branch coverage, which Hardhat does not measure.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { format, resolveConfig } from "prettier";
import { replaceMarked } from "@assay/charts";
import { BaselineMeter } from "./mutation/baseline.ts";
import { Campaign } from "./mutation/campaign.ts";
import { Compiler } from "./mutation/compiler.ts";
import { Dependents } from "./mutation/dependents.ts";
import { buildLayers } from "./mutation/layers.ts";
import { diffOf, type Mutant } from "./mutation/mutant.ts";
import { mutantsOf } from "./mutation/operators.ts";
import { documentOf, tableOf } from "./mutation/report.ts";
import {
  changedSince,
  checkReasons,
  countResults,
  type Report,
  type Result,
  score,
  valid,
  weightedScore,
} from "./mutation/results.ts";
import { type Bench, Runner, share } from "./mutation/runner.ts";
import { placesOf, type Stratum, stratify } from "./mutation/sample.ts";
import { Sites } from "./mutation/sites.ts";
import { hashOf, isMutated, readSources } from "./mutation/sources.ts";
import { Journal, readReasons, readReport, writeReport } from "./mutation/store.ts";
import { testFiles } from "./mutation/tests.ts";
import { Workspace } from "./mutation/workspace.ts";
import { ROOT } from "./process.ts";

interface Options {
  sample: number;
  seed: string;
  files?: string[];
  only?: string[];
  survivors: boolean;
  again: boolean;
  budget: number;
  workers: number;
  tests?: string[];
  skip?: string[];
  minutes: number;
  list: boolean;
  check: boolean;
  json?: string;
}

/** Share of the mutants that must be found, in percent. */
const WANTED = 90;

/** Fewer inputs than `npm test` tries, unless told: a survivor can be tried again with as many. */
const ENVIRONMENT = { DIFFERENTIAL_RUNS: process.env.DIFFERENTIAL_RUNS ?? "100" };

function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError("a whole number above 0 is wanted");
  return Number(value);
}

const list = (value: string) => value.split(",").filter((part) => part !== "");

const options = new Command("npm run test:mutation --")
  .description(
    "Changes the contracts in one small way after the other, in a copy, and looks whether a test fails.\n" +
      "Takes up where an earlier run on the same contracts left off. Exit status 1 under 90 %, or where a survivor has no reason.",
  )
  .option("--sample <n>", "mutants to try, spread over all files and operators", positive, 510)
  .option("--seed <text>", "which mutants, and in which order", "assay")
  .option("--files <names>", "only these sources, with commas; paths below contracts/ or parts of them", list)
  .option("--only <ids>", "only these mutants, with commas, even if they were tried before", list)
  .option("--survivors", "try those again that have survived so far", false)
  .option("--again", "try all again, first by the test that found a mutant before", false)
  .option(
    "--budget <seconds>",
    "seconds of tests, as long as they take without a mutant, that a mutant must survive",
    positive,
    40,
  )
  .option("--workers <n>", "processes that run tests", positive, 1)
  .option("--tests <names>", "only these files of tests, with commas; paths or parts of them", list)
  .option("--skip <names>", "not these files of tests", list)
  .option("--minutes <n>", "end after so long", positive, 100_000)
  .option("--list", "only print the mutants", false)
  .option(
    "--check",
    "only compare the results in test/mutation with the contracts and with the reasons of survivors",
    false,
  )
  .option("--json <file>", "also write the results to a file")
  .addHelpText(
    "after",
    "\nExamples:\n  npm run test:mutation\n  npm run test:mutation -- --files Verdicts --sample 20\n" +
      "  npm run test:mutation -- --only libraries/Verdicts.sol:42:40:arithmetic-swap --budget 1000",
  )
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

const started = Date.now();
const sources = readSources();
const hashes = Object.fromEntries(
  [...sources].filter(([file]) => isMutated(file)).map(([file, source]) => [file, hashOf(source)]),
);

function tell(line: string): void {
  console.log(`${String(Math.round((Date.now() - started) / 1_000)).padStart(5)} s  ${line}`);
}

/** Results in test/mutation against the contracts and the reasons; returns what is wrong with them, a line each. */
function check(report: Report): string[] {
  const { all } = countResults(report.results);
  const faults = checkReasons(report.results, readReasons());
  const changed = changedSince(report, hashes);
  if (changed.length > 0) {
    console.log(`measured on commit ${report.commit}; changed since: ${changed.join(", ")}`);
  }
  if (score(all) < WANTED) faults.push(`${score(all).toFixed(1)} % found; at least ${WANTED} % are wanted`);
  return faults;
}

/** Names the contracts and tests' helpers that results are of. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const [file, source] of sources) hash.update(file).update(source);
  return hash.digest("hex").slice(0, 16);
}

/** The places of the sample, and the mutants that may take them. */
class Queue {
  readonly #strata: readonly Stratum[];
  readonly #places: { next: () => Mutant | undefined }[];
  readonly size: number;

  constructor(mutants: readonly Mutant[]) {
    this.#strata = stratify(mutants, options.sample, options.seed);
    const heads = new Map(this.#strata.map((stratum) => [stratum, 0]));
    this.#places = placesOf(this.#strata, options.seed).map((stratum) => ({
      next: () => {
        const head = heads.get(stratum) ?? 0;
        heads.set(stratum, head + 1);
        return stratum.mutants[head];
      },
    }));
    this.size = this.#places.length;
  }

  /** The mutants that are tried if all of them compile. */
  first(): Mutant[] {
    return this.#strata.flatMap(({ mutants, quota }) => mutants.slice(0, quota));
  }

  /** Asks for the results of mutants until each place of the sample has one that counts, or there is none any more. */
  async fill(
    benches: readonly Bench[],
    examine: (mutant: Mutant, place: number, bench: Bench) => Promise<Result | null>,
  ): Promise<void> {
    await share(benches, this.#places.entries(), async ([i, place], bench) => {
      for (let mutant = place.next(); mutant !== undefined; mutant = place.next()) {
        const result = await examine(mutant, i, bench);
        if (result === null || (result.status !== "invalid" && result.status !== "same")) break;
      }
    });
  }
}

async function main(): Promise<void> {
  if (options.check) {
    const report = readReport();
    const faults = report === null ? ["there are no results: run npm run test:mutation"] : check(report);
    for (const fault of faults) console.error(fault);
    if (faults.length === 0) console.log("results and reasons fit each other");
    process.exitCode = faults.length === 0 ? 0 : 1;
    return;
  }

  const compiler = new Compiler(sources);
  const { build: base, units } = compiler.compileAll();
  const mutants = [...units].flatMap(([file, unit]) =>
    isMutated(file) ? mutantsOf(file, sources.get(file) as Buffer, unit) : [],
  );
  const isChosen = ({ file }: Mutant) => options.files?.some((part) => file.includes(part)) ?? true;
  const population = mutants.filter(isChosen);
  if (options.list) {
    for (const mutant of population) {
      const { before, after } = diffOf(sources.get(mutant.file) as Buffer, mutant);
      console.log(`${mutant.id}\n  - ${before}\n  + ${after}`);
    }
    return;
  }
  const unknown = options.only?.filter((id) => !mutants.some((mutant) => mutant.id === id)) ?? [];
  if (unknown.length > 0) throw new Error(`no such mutant: ${unknown.join(", ")}`);

  const journal = new Journal(sourcesHash());
  const benches = Array.from({ length: options.workers }, () => {
    const workspace = new Workspace(base);
    return { workspace, runner: new Runner(workspace.folder, ENVIRONMENT) };
  });
  let stopped = false;
  process.once("SIGINT", () => {
    tell("ending after this mutant; once more to end at once");
    stopped = true;
  });
  try {
    const tests = testFiles()
      .filter((file) => options.tests?.some((part) => file.includes(part)) ?? true)
      .filter((file) => !options.skip?.some((part) => file.includes(part)));
    const meter = new BaselineMeter(
      benches.map(({ workspace }) => workspace),
      sources,
      tests,
      tell,
    );
    const baseline = await meter.load(compiler);
    const sites = new Sites(units, baseline.statements);
    const dependents = new Dependents(units);
    const queue = new Queue(population);
    const again = options.only ?? (options.survivors ? journal.survivors() : []);
    const isOpen = ({ id }: Mutant) => options.again || journal.get(id) === undefined;
    const first = options.only === undefined ? queue.first().filter(isOpen) : [];
    if (first.length > 0) tell(`compiling the contracts with ${first.length} mutants side by side`);
    const layers = buildLayers(compiler, sources, units, first);
    const equipment = { sources, compiler, base, baseline, sites, dependents, tell };
    const campaign = new Campaign(equipment, layers);
    const isOver = () => stopped || Date.now() - started > options.minutes * 60_000;
    const examine = async (mutant: Mutant, bench: Bench): Promise<Result> => {
      const result = await campaign.examine(mutant, options.budget * 1_000, bench, journal.get(mutant.id));
      journal.add(result);
      return result;
    };

    await share(benches, again.entries(), async ([i, id], bench) => {
      if (isOver()) return;
      const result = await examine(mutants.find((mutant) => mutant.id === id) as Mutant, bench);
      tell(`${i + 1} of ${again.length}: ${id} ${result.status}${result.by === undefined ? "" : ` by ${result.by}`}`);
    });
    if (options.only !== undefined) return;

    const results: Result[] = [];
    let tried = 0;
    const beganAt = Date.now();
    await queue.fill(benches, async (mutant, i, bench) => {
      const known = options.again ? undefined : journal.get(mutant.id);
      if (known === undefined && isOver()) return null;
      const result = known ?? (await examine(mutant, bench));
      results.push(result);
      if (known !== undefined) return result;
      tried++;
      const { all } = countResults(results);
      const left = ((Date.now() - beganAt) / tried / 60_000) * (queue.size - i - 1);
      tell(
        `${i + 1} of ${queue.size}, ${score(all).toFixed(1)} % found, about ${Math.ceil(left)} min left: ` +
          `${mutant.id} ${result.status}${result.by === undefined ? "" : ` by ${result.by}`}`,
      );
      return result;
    });
    await conclude(results, population);
  } finally {
    for (const { runner, workspace } of benches) {
      runner.stop();
      workspace.remove();
    }
  }
}

async function conclude(results: readonly Result[], population: readonly Mutant[]): Promise<void> {
  const { files, operators, all } = countResults(results);
  console.log(`\n${tableOf(operators, "operator")}\n\n${tableOf([...files, all], "contracts/")}\n`);
  const report: Report = {
    seed: options.seed,
    sample: options.sample,
    population: population.length,
    commit: execFileSync("git", ["log", "-1", "--format=%h", "--", "contracts"], {
      cwd: ROOT,
      encoding: "utf8",
    }).trim(),
    sources: hashes,
    results,
  };
  const weighted = weightedScore(results, population);
  console.log(
    `${valid(all)} mutants, ${score(all).toFixed(1)} % found; weighted by the size of each stratum ${weighted.toFixed(1)} %`,
  );
  if (options.json !== undefined) writeReport(report, options.json);
  if (options.files !== undefined) {
    process.exitCode = score(all) < WANTED ? 1 : 0;
    return;
  }
  writeReport(report);
  const page = join(ROOT, "test", "mutation", "README.md");
  const text = replaceMarked(readFileSync(page, "utf8"), "results", documentOf(report, readReasons(), weighted));
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
  const faults = check(report);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

await main();
