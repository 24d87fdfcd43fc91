/** How fast statements and answers move between agents, and what that takes, beside bare libp2p doing the same work. */
import { loadavg } from "node:os";
import { Command } from "commander";
import { compileContracts } from "../lib/artifacts.ts";
import { parseCount } from "../lib/input.ts";
import { document, faultsOf, type Measured, tableOf } from "./network/document.ts";
import { startBare, startHost } from "./network/hosts.ts";
import { measureAsks, measureMemory, measureSpread, measureThroughput } from "./network/measure.ts";
import { createNetworkWorld } from "./network/world.ts";

const TOKEN = 10n ** 18n;
/** Agents: twenty that answer, and one that asks. */
const AGENTS = 21;
/** Small fees, so that no agent's pledge is used up, and its rate (by pledge, 50 statements a second at most) is no limit. */
const WORLD = { agents: AGENTS, epochLength: 3_600, seatFee: TOKEN / 100n, pledge: 2_000n * TOKEN };
/** Statements that each process signs before throughput is measured, by its nodes: more than it can send. */
const PREPARED = { 1: { assay: 8_000, bare: 24_000 }, 4: { assay: 3_000, bare: 6_000 } };
/** Milliseconds between an answer of the swarm and the next question: the answers of the last one are gossiped meanwhile. */
const PAUSE_MS = 2_000;
/** Seconds between two samples of memory. */
const SAMPLE_SECONDS = 20;
const HOUR = 60;

interface Options {
  readonly seconds: number;
  readonly rate: number;
  readonly asks: number;
  readonly minutes: number;
  readonly hour: boolean;
  readonly json: boolean;
  readonly docs: boolean;
}

const options = new Command("npm run bench:network --")
  .description(
    "Measures nodes of the network, and of bare libp2p, in processes of their own, on one chain.\n" +
      "Exit status 1 if a target is missed. Takes some minutes, and those of `--minutes`.",
  )
  .option("--seconds <n>", "for which latency and throughput are measured each", parseCount, 20)
  .option("--rate <n>", "statements a second while latency and memory are measured", parseCount, 20)
  .option("--asks <n>", "of the swarm", parseCount, 50)
  .option("--minutes <n>", "for which memory is watched", parseCount, 3)
  .option("--hour", "watch memory for an hour", false)
  .option("--json", "the result as JSON on standard output", false)
  .option("--docs", "write the table into docs/network.md", false)
  .parse()
  .opts<Options>();

const measured = await measure(options);
if (options.docs) await document(measured);
console.log(options.json ? JSON.stringify(measured, null, 2) : tableOf(measured));
for (const fault of faultsOf(measured)) {
  console.error(`fault: ${fault}`);
  process.exitCode = 1;
}

async function measure({ seconds, rate, asks, minutes, hour }: Options): Promise<Measured> {
  const say = (line: string) => console.error(line);
  const [load = 0] = loadavg();
  await compileContracts();
  say(`starting a chain, and letting ${AGENTS} agents join`);
  const world = await createNetworkWorld(WORLD);
  try {
    say(`latency at ${rate} statements a second`);
    const spread = {
      assay: await measureSpread(world, startHost, rate, seconds),
      bare: await measureSpread(world, startBare, rate, seconds),
    };
    say("throughput");
    const throughputOf = async (perProcess: 1 | 4) => {
      const { assay, bare } = PREPARED[perProcess];
      return {
        assay: await measureThroughput(world, startHost, { perProcess, seconds, prepared: assay }),
        bare: await measureThroughput(world, startBare, { perProcess, seconds, prepared: bare }),
      };
    };
    const throughput = { five: await throughputOf(1), twenty: await throughputOf(4) };
    say(`${asks} questions to the swarm`);
    const asked = await measureAsks(world, asks, PAUSE_MS);
    const watched = hour ? HOUR : minutes;
    say(`memory over ${watched} minutes`);
    const memory = await measureMemory(world, {
      ...{ perSecond: rate, seconds: watched * 60, everySeconds: SAMPLE_SECONDS, say },
    });
    const date = new Date().toISOString().slice(0, 10);
    return { date, load, chain: world.node, perSecond: rate, spread, throughput, asked, memory };
  } finally {
    await world.close();
  }
}
