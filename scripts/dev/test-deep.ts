/**
 * The campaign of test/invariant/deep under forge, guided by coverage, for as long as one likes. The corpus stays in .forge/corpus,
 * so that a later campaign goes on from it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type Calls, readCalls } from "./forge/calls.ts";
import { runForge } from "./forge/forge.ts";
import { ROOT } from "./process.ts";

interface Options {
  minutes: number;
  runs?: number;
  depth: number;
  interval: number;
  seed: string;
  workers: number;
  blind: boolean;
  json?: string;
}

interface Summary extends Calls {
  minutes: number;
  seed: string;
  guided: boolean;
  violation: string | null;
}

const WORK = ".forge";

function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError("a whole number above 0 is wanted");
  return Number(value);
}

const options = new Command("npm run test:deep --")
  .description("Runs the invariants under forge, guided by coverage, and ends with status 1 at a violation.")
  .option("--minutes <n>", "ends after so long", positive, 10)
  .option("--runs <n>", "ends after so many runs instead", positive)
  .option("--depth <n>", "actions of a run", positive, 200)
  .option("--interval <n>", "actions from one check of all invariants to the next", positive, 25)
  .option("--seed <hex>", "seed of the campaign; unless told, taken from the clock, so that no two are the same")
  .option("--workers <n>", "threads", positive, 1)
  .option("--blind", "not guided by coverage", false)
  .option("--json <file>", "also write the summary to a file")
  .addHelpText("after", "\nExample:\n  npm run test:deep -- --minutes 120 --workers 2")
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

/** The violated invariant with its shrunk sequence, as forge prints them. */
function violationIn(output: string): string | null {
  const start = output.indexOf("[FAIL");
  if (start < 0) return null;
  const end = output.indexOf("\nSuite result", start);
  return output.slice(start, end < 0 ? undefined : end).trim();
}

async function campaign(
  seed: string,
  callsFile: string,
  onFailure: (reason: string) => void,
): Promise<{ output: string; status: number }> {
  let output = "";
  const args = ["test", "--match-contract", "DeepTest", "--fuzz-seed", seed, "--threads", String(options.workers)];
  const status = await runForge(args, {
    profile: "deep",
    env: {
      // Forge looks at the number of runs only where it has no time.
      ...(options.runs === undefined
        ? { FOUNDRY_INVARIANT_TIMEOUT: String(options.minutes * 60) }
        : { FOUNDRY_INVARIANT_RUNS: String(options.runs) }),
      FOUNDRY_INVARIANT_DEPTH: String(options.depth),
      FOUNDRY_INVARIANT_CHECK_INTERVAL: String(options.interval),
      ...(options.blind ? {} : { FOUNDRY_INVARIANT_CORPUS_DIR: `${WORK}/corpus` }),
      ASSAY_CALLS_FILE: callsFile,
    },
    onOutput: (text) => {
      output += text;
      const [, reason] = /"event":"failure".*"reason":"([^"]*)"/.exec(text) ?? [];
      if (reason !== undefined) onFailure(reason);
    },
  });
  return { output, status };
}

async function main(): Promise<void> {
  const seed = options.seed ?? `0x${Date.now().toString(16)}`;
  const callsFile = `${WORK}/calls-${seed}`;
  mkdirSync(join(ROOT, WORK), { recursive: true });
  // A violation found before is in the corpus of failures, and would be replayed instead of searching on.
  for (const left of [callsFile, `${WORK}/failures`]) rmSync(join(ROOT, left), { recursive: true, force: true });

  const started = Date.now();
  const minutes = (): number => Math.round((Date.now() - started) / 6_000) / 10;
  const tell = ({ runs, actions, calls, hostile }: Calls): string =>
    `${minutes()} min: ${runs.toLocaleString("en")} runs, ${actions.toLocaleString("en")} actions, ` +
    `${calls.toLocaleString("en")} calls of the protocol (${hostile.toLocaleString("en")} of them hostile)`;
  console.log(`seed ${seed}; ${options.blind ? "blind" : "guided by coverage"}; compiling first`);
  const progress = setInterval(() => console.log(tell(readCalls(join(ROOT, callsFile)))), 60_000);
  let untilFailure: Calls | undefined;
  const { output, status } = await campaign(seed, callsFile, (reason) => {
    // Shrinking ends runs too, which are not counted.
    clearInterval(progress);
    untilFailure ??= readCalls(join(ROOT, callsFile));
    console.log(`violated: ${reason}; shrinking the sequence`);
  });
  clearInterval(progress);

  const sum = untilFailure ?? readCalls(join(ROOT, callsFile), true);
  const violation = violationIn(output);
  const summary: Summary = {
    ...sum,
    minutes: minutes(),
    seed,
    guided: !options.blind,
    violation,
  };
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`);
  console.log(tell(sum));
  if (violation !== null) console.log(`VIOLATION, to be repeated with --seed ${seed}:\n${violation}`);
  else if (status !== 0) console.log(output.trim());
  else console.log("no violation");
  process.exitCode = status;
}

await main();
