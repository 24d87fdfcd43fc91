/**
 * The tests beside the TypeScript code (`*.test.ts` in packages/, scripts/, hardhat/, examples/ and bench/) by Node's own runner.
 * `npm run test:packages -- FILE...` runs only those files.
 */
import { globSync } from "node:fs";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { reportCounts, type Counts } from "./counts.ts";
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
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const events = run({ files, cwd: ROOT, concurrency: true, timeout: TIMEOUT });
  events.on("test:summary", ({ file, counts: total }) => {
    if (file !== undefined) return; // one file's; the last is everybody's
    counts.passed = total.passed;
    counts.failed = total.tests - total.passed - total.skipped - total.todo;
    counts.skipped = total.skipped + total.todo;
  });
  const output = events.compose(spec);
  output.pipe(process.stdout);
  await finished(output);
  reportCounts(counts);
}

await main(process.argv.slice(2));
