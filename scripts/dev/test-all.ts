/**
 * Every check and test of the repository, in order, ending with what failed and one line "N passed, N failed" over all
 * of them; exit status 1 if anything failed. `npm test -- contracts packages` runs only the stages named.
 */
import { addCounts, collectCounts, type Counts } from "./counts.ts";
import { runTool } from "./process.ts";

type Env = Record<string, string>;

const STAGES: Record<string, (env: Env) => number> = {
  checks: (env) => runTool("node", ["scripts/dev/check.ts"], env),
  contracts: (env) => runTool("hardhat", ["run", "scripts/dev/contract-tests.ts"], env),
  coverage: (env) => runTool("node", ["scripts/dev/coverage.ts"], env),
  packages: (env) => runTool("node", ["scripts/dev/package-tests.ts"], env),
};

function main(names: string[]): void {
  const unknown = names.find((name) => !(name in STAGES));
  if (unknown !== undefined) {
    console.error(`no such stage: ${unknown} (there are ${Object.keys(STAGES).join(", ")})`);
    process.exitCode = 1;
    return;
  }

  const results: [name: string, counts: Counts][] = [];
  for (const [name, start] of Object.entries(STAGES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n=== ${name}`);
    results.push([name, collectCounts(start)]);
  }

  console.log();
  for (const [name, { failures }] of results) for (const failure of failures) console.log(`FAILED ${name}: ${failure}`);
  for (const [name, { passed, skipped, failures }] of results) {
    console.log(`${name}: ${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
  const total = results.map(([, counts]) => counts).reduce(addCounts);
  process.exitCode = total.failures.length > 0 ? 1 : 0;
  console.log(`${total.passed} passed, ${total.failures.length} failed`);
}

main(process.argv.slice(2));
