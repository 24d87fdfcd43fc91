/**
 * Lets agents run by themselves for days of epochs, on a chain that is reorganised, over endpoints that fail, killed at any time, and
 * looks at what is left. With `--docs` it writes docs/soak.md's report.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { compileContracts } from "../lib/artifacts.ts";
import { parseCount } from "../lib/input.ts";
import { ensureFoundry } from "../testing/foundry.ts";
import { reportCounts } from "./counts.ts";
import { ROOT, runTool } from "./process.ts";
import { findingsOf } from "./soak/findings.ts";
import { documentSoak, reportOf } from "./soak/report.ts";
import { MOST_AGENTS, runSoak } from "./soak/run.ts";

interface Options {
  readonly epochs: number;
  readonly seed: number;
  readonly agents: number;
  readonly logs?: string;
  readonly json?: true;
  readonly docs?: true;
}

const { epochs, seed, agents, logs, json, docs } = new Command("npm run test:soak --")
  .description("Lets agents run by themselves while what is around them fails. Exit status 1 unless they lost nothing.")
  .option("--epochs <n>", "epochs with faults, of some 16 s each", parseCount, 72)
  .option("--seed <n>", "what goes wrong and when", parseCount, 1)
  .addOption(new Option("--agents <n>", `2 to ${MOST_AGENTS}`).argParser(parseCount).default(MOST_AGENTS))
  .option("--logs <folder>", "keep the processes' logs here, and not in a temporary folder")
  .option("--json", "print the results as JSON")
  .option("--docs", "also put the report into docs/soak.md")
  .parse()
  .opts<Options>();

const folder = logs ?? mkdtempSync(join(tmpdir(), "assay-soak-"));
mkdirSync(folder, { recursive: true });
const say = (line: string) => console.error(line);
await compileContracts();
if (runTool("node", ["packages/cli/tools/build.ts"]) !== 0) throw new Error("the command line could not be built");
say(`logs are in ${folder}`);
const result = await runSoak({
  anvil: ensureFoundry("anvil"),
  epochs,
  seed,
  agents,
  patient: false,
  logs: folder,
  say,
});
const plain = JSON.stringify(result, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
writeFileSync(join(folder, "results.json"), `${plain}\n`);
console.log(json ? plain : reportOf(result));
if (docs) {
  const page = join(ROOT, "docs", "soak.md");
  writeFileSync(page, await documentSoak(readFileSync(page, "utf8"), result, page));
}
const findings = findingsOf(result);
for (const finding of findings) console.error(`found: ${finding}`);
reportCounts({ passed: epochs, skipped: 0, failures: findings });
