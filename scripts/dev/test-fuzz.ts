/**
 * Feeds malformed messages to every decoder of the network. Each must be refused with a typed error, or be the one encoding of a
 * message; and nothing of them may stay in memory. With `--docs` it writes docs/network.md's line.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { seededRandom } from "../../packages/network/src/testing/fuzz.ts";
import { parseCount } from "../lib/input.ts";
import { fromRoot } from "../lib/paths.ts";
import { reportCounts } from "./counts.ts";
import { replaceMarked } from "@assay/charts";
import { DECODERS } from "./network/decoders.ts";

interface Options {
  readonly inputs: number;
  readonly seed: number;
  readonly docs?: true;
}

/** Inputs of a decoder between two looks at the memory. */
const ROUND = 2_000;
/** Part of the inputs after which all is compiled and cached that ever will be. */
const WARM = 0.1;
/** The heap may be so much larger in the end, bytes. */
const GROWTH = 8 * 2 ** 20;

const { inputs, seed, docs } = new Command("npm run test:fuzz --")
  .description(
    "Feeds malformed messages to every decoder of the network. Exit status 1 if one is taken wrongly, or memory grows.",
  )
  .option("--inputs <n>", "all in all", parseCount, 1_000_000)
  .option("--seed <n>", "other inputs for another one", parseCount, 1)
  .option("--docs", "also put the result into docs/network.md")
  .parse()
  .opts<Options>();

const random = seededRandom(seed);
const failures: string[] = [];
const counts = { accepted: 0, refused: 0 };
let warm = 0;
let told = 0;
let done = 0;
while (done < inputs && failures.length === 0) {
  for (const { name, fuzz } of DECODERS) {
    const now = Math.min(ROUND, inputs - done);
    if (now === 0) break;
    try {
      const { accepted, refused } = fuzz(now, random);
      counts.accepted += accepted;
      counts.refused += refused;
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
    done += now;
  }
  if (warm === 0 && done >= WARM * inputs) warm = heap();
  if (done - told >= inputs / 10) {
    told = done;
    console.error(`${done} of ${inputs}: ${counts.accepted} read, ${counts.refused} refused`);
  }
}
const grown = heap() - warm;
if (grown > GROWTH) failures.push(`the heap has grown by ${grown} bytes`);
const line = `${number(done)} malformed inputs to ${DECODERS.length} decoders (\`npm run test:fuzz\`, seed ${seed}): ${number(counts.refused)} refused with a typed error, ${number(counts.accepted)} read as the one encoding of a message, ${failures.length === 0 ? "no crash" : `${failures.length} failed`}; the heap ${mebibytes(grown)} larger in the end than after a tenth of them.`;
console.log(line);
if (docs) {
  const page = fromRoot("docs", "network.md");
  writeFileSync(page, replaceMarked(readFileSync(page, "utf8"), "fuzz: network", line));
}
reportCounts({ passed: done, skipped: 0, failures });

/** Bytes in use, without garbage. */
function heap(): number {
  if (globalThis.gc === undefined) throw new Error("run it with --expose-gc");
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function number(count: number): string {
  return count.toLocaleString("en-GB");
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
