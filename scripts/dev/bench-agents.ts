/** Many agents in one process, and one that idles: whether they keep up with short epochs, and what they take. */
import { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import { compileContracts } from "../lib/artifacts.ts";
import { parseCount } from "../lib/input.ts";
import { fromRoot } from "../lib/paths.ts";
import { start } from "../testing/processes.ts";
import { document, faultsOf, type Measured, tableOf } from "./swarm/document.ts";
import type { Errand, Usage } from "./swarm/errand.ts";
import { measureIdle } from "./swarm/idle.ts";
import { CHAIN_ID, createSwarmWorld } from "./swarm/world.ts";

/** Epochs beside those that count: the first, which is begun in its middle, and the one after the last, which reveals. */
const MARGIN = 2;
/** Epochs of the agent that idles. */
const IDLE_EPOCHS = 3;

interface Options {
  readonly agents: number;
  readonly epochs: number;
  readonly epochLength: number;
  readonly questions: number;
  readonly json: boolean;
  readonly docs: boolean;
}

const options = new Command("npm run bench:agents --")
  .description(
    "Runs many agents in one process on a Hardhat node in another, and then one idle agent by `assay agent run`.\n" +
      "Exit status 1 if one missed an epoch, or they took too much. Takes some minutes.",
  )
  .option("--agents <n>", "agents of the process", parseCount, 50)
  .option("--epochs <n>", "epochs that count", parseCount, 6)
  .option("--epoch-length <seconds>", "at least 30", parseCount, 30)
  .option("--questions <n>", "asked in each epoch", parseCount, 12)
  .option("--json", "the result as JSON on standard output", false)
  .option("--docs", "write the table into docs/agent.md", false)
  .parse()
  .opts<Options>();

const measured = await measure(options);
if (options.docs) await document(measured);
console.log(options.json ? JSON.stringify(measured, null, 2) : tableOf(measured));
for (const fault of faultsOf(measured)) {
  console.error(`fault: ${fault}`);
  process.exitCode = 1;
}

async function measure({ agents, epochs, epochLength, questions }: Options): Promise<Measured> {
  const say = (line: string) => console.error(line);
  await compileContracts();
  const world = await createSwarmWorld(agents, epochLength, say);
  const over = new AbortController();
  try {
    const { url, assay, domainId } = world;
    const errand: Errand = {
      ...{ url, chainId: CHAIN_ID, addresses: assay.addresses, domainId, agents: world.agents },
      epochs: epochs + MARGIN,
    };
    say(`running them for ${epochs + MARGIN} epochs`);
    const asking = world.ask(questions, over.signal);
    const first = (await world.epochBegins()) + 1;
    await sleep((epochLength * 1000) / 4);
    const host = start(process.execPath, [fromRoot("scripts", "dev", "swarm", "host.ts"), JSON.stringify(errand)]);
    const { code, stdout, stderr } = await Promise.race([host.ended, asking.then(() => host.ended)]).finally(() =>
      host.child.kill(),
    );
    over.abort();
    await asking;
    if (code !== 0) throw new Error(`the agents' process ended with ${code}: ${stderr}`);
    if (stderr !== "") say(stderr.trimEnd());
    const figures = await world.figures(first, epochs);
    say(`running one by \`assay agent run\` for ${IDLE_EPOCHS} epochs`);
    const idle = await measureIdle(world, IDLE_EPOCHS);
    const usage = JSON.parse(stdout) as Usage;
    return { date: new Date().toISOString().slice(0, 10), epochLength, questions, figures, usage, idle };
  } finally {
    over.abort();
    await world.close();
  }
}
