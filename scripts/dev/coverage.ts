/**
 * What all their tests cover of the contracts, in lines and in statements; Hardhat counts no branches. Exit status 1 if a
 * test fails or either is below the threshold.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { lineCoverage, statementCoverage } from "./coverage-report.ts";
import { listenToTool, ROOT } from "./process.ts";

/** In percent. */
const THRESHOLD = 95;

async function main(): Promise<void> {
  const { status, printed } = await listenToTool("hardhat", ["--coverage", "test"]);
  if (status !== 0) {
    console.error("coverage: a test failed");
    process.exitCode = 1;
    return;
  }
  const { covered, total } = lineCoverage(readFileSync(join(ROOT, "coverage", "lcov.info"), "utf8"));
  const lines = total === 0 ? 0 : (100 * covered) / total;
  const statements = statementCoverage(printed);
  console.log(
    `coverage: ${lines.toFixed(2)} % of lines (${covered} of ${total}), ${statements.toFixed(2)} % of statements ` +
      `(at least ${THRESHOLD} % of each wanted)`,
  );
  if (lines < THRESHOLD || statements < THRESHOLD) process.exitCode = 1;
}

await main();
