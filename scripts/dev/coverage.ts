/**
 * What the unit tests of the contracts cover of them, in lines and in statements; Hardhat counts no branches. Exit status 1 if a
 * test fails or either is below the threshold. With file names: those tests only.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { lineCoverage, statementCoverage } from "./coverage-report.ts";
import { reportCounts } from "./counts.ts";
import { listenToTool, ROOT } from "./process.ts";

/** In percent. */
const THRESHOLD = 95;

/** Attacks and comparisons with the twins would add nothing but time. */
const UNIT_TESTS = ["test/*.test.ts", "test/claims/*.test.ts", "test/consensus/*.test.ts"];

async function main(named: string[]): Promise<void> {
  const files = named.length > 0 ? named : globSync(UNIT_TESTS, { cwd: ROOT }).sort();
  const { status, printed } = await listenToTool("hardhat", ["--coverage", "test", "mocha", ...files], {
    ASSAY_ARTIFACTS: join(ROOT, "coverage", "artifacts"),
  });
  if (status !== 0) {
    console.error("coverage: a test failed");
    reportCounts({ passed: 0, skipped: 0, failures: ["a test of the coverage failed"] });
    return;
  }
  const { covered, total } = lineCoverage(readFileSync(join(ROOT, "coverage", "lcov.info"), "utf8"));
  const lines = total === 0 ? 0 : (100 * covered) / total;
  const statements = statementCoverage(printed);
  console.log(
    `coverage: ${lines.toFixed(2)} % of lines (${covered} of ${total}), ${statements.toFixed(2)} % of statements ` +
      `(at least ${THRESHOLD} % of each wanted)`,
  );
  const failures = Object.entries({ lines, statements })
    .filter(([, share]) => share < THRESHOLD)
    .map(([what, share]) => `${share.toFixed(2)} % of ${what}`);
  reportCounts({ passed: 2 - failures.length, skipped: 0, failures });
}

await main(process.argv.slice(2));
