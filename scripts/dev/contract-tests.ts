/** The contracts' Solidity and mocha tests, by `hardhat run` so that both runners hand over their counts. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { reporters, type MochaOptions, type Runner, type Suite } from "mocha";
import hre from "hardhat";

import { addCounts, failureLine, reportCounts, type Counts } from "./counts.ts";
import { ROOT } from "./process.ts";
import { compareTrees } from "./trees.ts";

type Suites = { testResults: { name: string; status: "Success" | "Failure" | "Skipped"; reason?: string }[] }[];

/** What Hardhat's Solidity test task returns. Its own summary stays at zero when the task is run by itself. */
interface SolidityTestResult {
  success: boolean;
  value?: { suiteResults: Suites };
  error?: { suiteResults: Suites };
}

async function runSolidity(): Promise<Counts> {
  const { success, value, error } = (await hre.tasks.getTask(["test", "solidity"]).run({})) as SolidityTestResult;
  const tests = (value ?? error)?.suiteResults.flatMap(({ testResults }) => testResults) ?? [];
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  const failures = tests
    .filter(({ status }) => status === "Failure")
    .map(({ name, reason }) => failureLine(name, reason));
  // A run that broke off has not failed a test, and has not passed either.
  if (!success && failures.length === 0) failures.push("the Solidity tests broke off");
  return { passed: count("Success"), skipped: count("Skipped"), failures };
}

async function runMocha(): Promise<Counts> {
  // Hardhat's own count takes pending tests for passed ones, so ask mocha.
  const counts: Counts = { passed: 0, skipped: 0, failures: [] };
  class CountingSpec extends reporters.Spec {
    constructor(runner: Runner, options?: MochaOptions) {
      super(runner, options);
      runner.once("start", () => counts.failures.push(...treeFaults(runner.suite)));
      runner.on("pass", () => counts.passed++);
      runner.on("fail", (test, error: Error) =>
        counts.failures.push(failureLine(test.titlePath().join(" › "), error.message)),
      );
      runner.on("pending", () => counts.skipped++);
    }
  }
  hre.config.test.mocha.reporter = CountingSpec;
  await hre.tasks.getTask(["test", "mocha"]).run({ noCompile: true });
  return counts;
}

/** Says where the trees beside the tests are not what the tests are. */
function treeFaults(root: Suite): string[] {
  const titles = new Map<string, string[]>();
  root.eachTest(({ title, file }) => {
    const path = relative(ROOT, file ?? "");
    titles.set(path, [...(titles.get(path) ?? []), title]);
  });
  const read = (path: string) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : null);
  const faults = compareTrees(titles, read);
  for (const fault of faults) console.error(fault);
  return faults;
}

reportCounts(addCounts(await runSolidity(), await runMocha()));
process.exit(); // what a failed test has left open must not hold up the others
