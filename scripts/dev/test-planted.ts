/**
 * Shows that each invariant can fail: plants a bug in a copy of the contracts, one after the other, and lets the campaign of
 * test/solidity/invariant find it under forge. The invariant that the bug's entry names must fail, and none without a bug.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { BUGS, type PlantedBug } from "../../test/invariant/planted/bugs.ts";
import { reportCounts } from "./counts.ts";
import { runForge } from "./forge/forge.ts";
import { ROOT } from "./process.ts";

interface Options {
  runs: number;
  depth: number;
  interval: number;
  seed: string;
  only?: number[];
  guided: boolean;
  json?: string;
}

interface Finding {
  bug: string;
  invariant: number;
  found: boolean;
  /** The campaign's message, or the compiler's. */
  message: string;
  /** Actions of the run in which it was found. */
  actions: number;
  seed: string;
  /** Of all seeds tried, with compiling. */
  seconds: number;
}

/** The campaigns of Invariants.t.sol that show a number. */
const CAMPAIGNS: Record<PlantedBug["invariant"], string> = {
  1: "invariant_1_",
  2: "invariant_2_",
  3: "invariant_3_",
  4: "invariant_4_",
  5: "invariant_5_",
  6: "invariant_6_",
  7: "invariant_5_7_",
  8: "invariant_8_",
  9: "invariant_8_",
  10: "invariant_1_", // ends every run of every campaign
};

/** Enough for the copy: the campaigns without a bug are longer in `npm test` and `npm run test:deep`. */
const CLEAN_RUNS = 2;

/** Seeds that are searched from before a bug counts as not found by its invariant. */
const SEEDS = 3;

/** Refusals that numbers 5 and 7 promise; other messages begin with their number. */
const REFUSALS: Partial<Record<PlantedBug["invariant"], RegExp>> = {
  5: /^(beatFor|hostile: (a second|out of)).* was (allowed|refused)/,
  7: /^(beatFor|hostile: (a stranger|another's|into)|a deputy).* was (allowed|refused)/,
};

function whole(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("a whole number is wanted");
  return Number(value);
}

const options = new Command("npm run test:planted --")
  .description("Plants a bug for each invariant in a copy of the contracts and checks that this invariant finds it.")
  .option("--runs <n>", "runs a campaign has to find a bug", whole, 24)
  .option("--depth <n>", "actions of a run", whole, 100)
  .option("--interval <n>", "actions from one check to the next, as in `npm run test:deep`", whole, 25)
  .option("--seed <hex>", "seed of the campaigns", "0xa55a1")
  .option("--only <numbers>", "positions in the list of bugs, from 1, with commas; 0: none", (value) =>
    value.split(",").map(whole),
  )
  .option("--guided", "search guided by coverage, not blindly", false)
  .option("--json <file>", "also write the findings to a file")
  .addHelpText("after", "\nExample:\n  npm run test:planted -- --only 3,7")
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

function createCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "assay-planted-"));
  for (const path of ["contracts", "foundry.toml", "test/solidity/utils", "test/solidity/invariant"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  // What the campaigns do not need only takes longer to compile.
  const spared = ["LongLife", "Rules"].map((test) => `test/solidity/invariant/${test}.t.sol`);
  for (const path of ["contracts/test", "contracts/examples", ...spared]) {
    rmSync(join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  return folder;
}

/** @throws Error unless what is to be replaced stands in the file once */
function plant(folder: string, { name, file, find, replace }: PlantedBug): () => void {
  const path = join(folder, "contracts", file);
  const source = readFileSync(path, "utf8");
  if (source.split(find).length !== 2) throw new Error(`"${name}" no longer fits contracts/${file}: look it over`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  return () => writeFileSync(path, source);
}

async function campaign(
  folder: string,
  match: string,
  { runs = options.runs, seed = options.seed } = {},
): Promise<{ status: number; output: string }> {
  let output = "";
  for (const left of [".forge/failures", ".forge/corpus"]) rmSync(join(folder, left), { recursive: true, force: true });
  const args = ["test", "--match-contract", "InvariantsTest", "--match-test", match, "--fuzz-seed", seed];
  const status = await runForge([...args, "--threads", "1"], {
    root: folder,
    env: {
      FOUNDRY_INVARIANT_RUNS: String(runs),
      FOUNDRY_INVARIANT_DEPTH: String(options.depth),
      FOUNDRY_INVARIANT_CHECK_INTERVAL: String(options.interval),
      FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: "0",
      ...(options.guided ? { FOUNDRY_INVARIANT_CORPUS_DIR: ".forge/corpus" } : {}),
    },
    onOutput: (text) => (output += text),
  });
  return { status, output };
}

function isNamed(bug: PlantedBug, message: string): boolean {
  return message.startsWith(`${bug.invariant}:`) || (REFUSALS[bug.invariant]?.test(message) ?? false);
}

/** Searches for a bug, from further seeds where another invariant sees it first. */
async function look(folder: string, bug: PlantedBug): Promise<Finding> {
  const started = Date.now();
  const takeOut = plant(folder, bug);
  try {
    let finding: Finding;
    let tried = 0;
    do {
      const seed = `0x${(BigInt(options.seed) + BigInt(tried)).toString(16)}`;
      const { status, output } = await campaign(folder, CAMPAIGNS[bug.invariant], { seed });
      const messages = [...output.matchAll(/\[FAIL: ([^\n]*)\]/g)].map(([, text = ""]) => text);
      const named = messages.find((text) => isNamed(bug, text));
      const message = named ?? messages[0] ?? output.trim().split("\n").slice(-20).join("\n");
      const actions = Number(/\[Sequence\] \(original: (\d+)/.exec(output)?.[1] ?? 0);
      const found = status !== 0 && named !== undefined;
      const seconds = Math.round((Date.now() - started) / 1000);
      finding = { bug: bug.name, invariant: bug.invariant, found, message, actions, seed, seconds };
    } while (!finding.found && ++tried < SEEDS);
    return finding;
  } finally {
    takeOut();
  }
}

async function main(): Promise<void> {
  const folder = createCopy();
  const findings: Finding[] = [];
  try {
    console.log("without a bug ...");
    const clean = await campaign(folder, "invariant_", { runs: CLEAN_RUNS });
    if (clean.status !== 0)
      console.error(
        clean.output
          .split("\n")
          .filter((line) => !/^\s*sender=/.test(line))
          .join("\n"),
      );
    console.log(clean.status === 0 ? "no invariant fails" : "an invariant fails without a bug");
    for (const [n, bug] of BUGS.entries()) {
      if (options.only !== undefined && !options.only.includes(n + 1)) continue;
      const finding = await look(folder, bug);
      findings.push(finding);
      const { found, message, actions, seed, seconds } = finding;
      console.log(`${n + 1}. ${bug.name}\n   ${found ? "found" : `NOT FOUND by ${bug.invariant}`}: ${message}`);
      console.log(`   in a run of ${actions} actions from seed ${seed}; ${seconds} s with compiling`);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(findings, null, 2)}\n`);
    const failures = findings.filter(({ found }) => !found).map(({ bug }) => `${bug}: not found`);
    if (clean.status !== 0) failures.unshift("an invariant fails without a bug");
    const passed = findings.length + 1 - failures.length;
    console.log(`${passed} passed, ${failures.length} failed`);
    reportCounts({ passed, skipped: 0, failures });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
