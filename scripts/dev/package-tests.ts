/**
 * The tests beside the TypeScript code (`*.test.ts` in packages/, scripts/, hardhat/, examples/ and bench/) by Node's own runner.
 * `npm run test:packages -- FILE...` runs only those files.
 */
import { globSync } from "node:fs";
import { relative } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { failureLine, reportCounts, type Counts } from "./counts.ts";
import { ROOT } from "./process.ts";

/** A test file that takes longer, in milliseconds, has hung. */
const TIMEOUT = 600_000;

function allTestFiles(): string[] {
  return globSync("{packages,scripts,hardhat,examples,bench}/**/*.test.ts", {
    cwd: ROOT,
    exclude: (name) => name === "node_modules",
  }).sort();
}

async function main(named: string[]): Promise<void> {
  const files = named.length > 0 ? named : allTestFiles();
  const counts: Counts = { passed: 0, skipped: 0, failures: [] };
  const events = run({ files, cwd: ROOT, concurrency: true, timeout: TIMEOUT });
  events.on("test:summary", ({ file, counts: total }) => {
    if (file !== undefined) return; // one file's; the last is everybody's
    counts.passed = total.passed;
    counts.skipped = total.skipped + total.todo;
    // Whatever ended otherwise than by failing, a test that was cancelled say, has failed too.
    const missing = total.tests - total.passed - counts.skipped - counts.failures.length;
    for (let i = 0; i < missing; i++) counts.failures.push("a test that did not end");
  });
  events.on("test:fail", ({ name, file, details: { error, type } }) => {
    if (type === "suite" || (error as { failureType?: string }).failureType === "subtestsFailed") return;
    const where = file === undefined ? name : `${relative(ROOT, file)} › ${name}`;
    const { cause, message } = error;
    counts.failures.push(failureLine(where, cause instanceof Error ? cause.message : message));
  });
  const output = events.compose(spec);
  output.pipe(process.stdout);
  await finished(output);
  reportCounts(counts);
}

await main(process.argv.slice(2));
