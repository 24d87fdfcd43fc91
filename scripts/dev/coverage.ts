/** The contracts' line coverage by all their tests; exit status 1 if a test fails or it is below the threshold. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { lineCoverage } from "./lcov.ts";
import { ROOT, runTool } from "./process.ts";

/** In percent. Hardhat counts lines and statements, no branches. */
const THRESHOLD = 95;

function main(): void {
  if (runTool("hardhat", ["--coverage", "test"]) !== 0) {
    console.error("coverage: a test failed");
    process.exitCode = 1;
    return;
  }
  const { covered, total } = lineCoverage(readFileSync(join(ROOT, "coverage", "lcov.info"), "utf8"));
  const percent = total === 0 ? 0 : (100 * covered) / total;
  console.log(`coverage: ${covered} of ${total} lines, ${percent.toFixed(2)} % (at least ${THRESHOLD} % wanted)`);
  if (percent < THRESHOLD) process.exitCode = 1;
}

main();
