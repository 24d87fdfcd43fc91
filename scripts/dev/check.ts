/**
 * Everything that can be checked without running a test. `npm run check -- eslint tsc` runs only the checks named.
 * Contracts are compiled first: with the production profile, which holds them to the limit on code size and to the
 * snapshots, then with the default one, whose types `tsc` and eslint need.
 */
import { reportCounts } from "./counts.ts";
import { runTool } from "./process.ts";

const CHECKS: Record<string, [tool: string, ...args: string[]][]> = {
  snapshots: [["node", "scripts/dev/snapshot.ts", "--check"]],
  compile: [["hardhat", "build"]],
  prettier: [["prettier", "--check", "--log-level", "warn", "."]],
  solhint: [["solhint", "--max-warnings", "0", "--disc", "--noPoster", "{contracts,test}/**/*.sol"]],
  eslint: [["eslint", "--max-warnings", "0"]],
  tsc: [["tsc"]],
  knip: [["knip"]],
  licences: [["node", "scripts/dev/licences.ts"]],
};

function main(names: string[]): void {
  const unknown = names.find((name) => !(name in CHECKS));
  if (unknown !== undefined) {
    console.error(`no such check: ${unknown} (there are ${Object.keys(CHECKS).join(", ")})`);
    process.exitCode = 1;
    return;
  }

  const failed: string[] = [];
  let passed = 0;
  for (const [name, commands] of Object.entries(CHECKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`check: ${name}`);
    if (commands.every(([tool, ...args]) => runTool(tool, args) === 0)) passed++;
    else failed.push(name);
  }
  console.log(failed.length > 0 ? `checks failed: ${failed.join(", ")}` : `all ${passed} checks passed`);
  reportCounts({ passed, skipped: 0, failures: failed });
}

main(process.argv.slice(2));
