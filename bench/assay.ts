import type { TransactionReceipt } from "ethers";
import { createPopulation, type Population } from "../scripts/dev/gas/population.ts";
import { VoteCounter } from "../scripts/dev/gas/vote-counter.ts";
import { relay } from "../scripts/dev/gas/relayed.ts";
import { mostlyRight, votesOf } from "../scripts/dev/gas/workload.ts";
import { measureDesk } from "./assay-desk.ts";
import type { Chain } from "./chain.ts";
import { measured, type Row, sum } from "./rows.ts";

const TOKEN = 10n ** 18n;
const AGENTS = 100;
/** So many that an agent holds seats on 16 of them in the mean. */
const QUESTIONS = 148;
/** The ring of receipts has been round once, and trust is no newcomer's. Before the last four, fewer questions will do. */
const WARM_UP = 18;
const FULL_WARM_UP = 4;
const WARM_UP_QUESTIONS = 40;
const MEASURED = 3;
/** Agents in a relayed transaction. */
const BATCHES = [20, AGENTS];
/** What an agent has to pay relayers with, wei, beside the stake it has allocated. */
const FOR_FEES = TOKEN;

/** What a vote of ours is all of. */
const WHOLE = "commit, reveal, tally, finalization, payment, slash and trust are in it; divided by the votes";

/** Lets all agents beat, by their own transactions or by others'. */
type Beating = (population: Population) => Promise<TransactionReceipt[]>;

const direct: Beating = async ({ agents }) => {
  const receipts: TransactionReceipt[] = [];
  for (const agent of agents) {
    const report = await agent.beat();
    if (report === null) throw new Error("an agent had nothing to do");
    receipts.push(report.receipt);
  }
  return receipts;
};

const relayed =
  (batch: number): Beating =>
  async (population) => {
    const { agents } = population;
    const receipts: TransactionReceipt[] = [];
    for (let i = 0; i < agents.length; i += batch) receipts.push(await relay(population, agents.slice(i, i + batch)));
    return receipts;
  };

/** Gas of an epoch's beats and of its roll, and how many votes went through them. */
interface Epoch {
  readonly gas: number;
  readonly votes: number;
}

/** Asks, moves to the next epoch and lets everybody beat. */
async function liveEpoch(
  population: Population,
  counter: VoteCounter,
  beating: Beating,
  questions = QUESTIONS,
): Promise<Epoch> {
  const { provider } = population.connection.ethers;
  await population.ask(questions);
  await population.nextEpoch();
  const block = await provider.getBlock("latest");
  const roll = await provider.getTransactionReceipt(block?.transactions[0] ?? "");
  if (roll === null) throw new Error("the epoch was not rolled");
  let gas = Number(roll.gasUsed);
  let votes = 0;
  for (const receipt of await beating(population)) {
    gas += Number(receipt.gasUsed);
    votes += votesOf([counter.count(receipt)]);
  }
  return { gas, votes };
}

/**
 * The workload of `npm run gas`: 100 agents who vote on 16 questions an epoch, and the desk in front of them.
 * @param artifacts folder of the production build
 */
export async function measureAssay(chain: Chain, artifacts: string, progress: (line: string) => void): Promise<Row[]> {
  const population = await createPopulation(chain.connection, artifacts);
  await population.addAgents(AGENTS, mostlyRight);
  const { contracts, agents, wallets } = population;
  for (const [i, { agentId }] of agents.entries()) {
    await contracts.vault.connect(wallets[i]).deposit(agentId, FOR_FEES);
  }
  await population.nextEpoch();
  await population.nextEpoch();

  const counter = new VoteCounter(population.assay);
  const measureEpochs = async (how: string, beating: Beating, madeOf: string): Promise<Row> => {
    const epochs: Epoch[] = [];
    for (let epoch = 0; epoch < MEASURED; epoch++) epochs.push(await liveEpoch(population, counter, beating));
    const votes = sum(epochs.map((epoch) => epoch.votes));
    const perBeat = (votes / (MEASURED * AGENTS)).toFixed(1);
    const gas = sum(epochs.map((epoch) => epoch.gas)) / votes;
    return measured("vote", `Assay, ${how}`, gas, `${madeOf}, ${perBeat} votes an agent and epoch: ${WHOLE}`);
  };
  for (let epoch = 0; epoch < WARM_UP; epoch++) {
    const questions = epoch < WARM_UP - FULL_WARM_UP ? WARM_UP_QUESTIONS : QUESTIONS;
    await liveEpoch(population, counter, direct, questions);
    if (epoch % 5 === 4) progress(`Assay: epoch ${epoch + 1} of ${WARM_UP} before it is measured`);
  }
  progress("Assay: direct beats");
  const votes = [await measureEpochs("direct", direct, `a transaction of each of ${AGENTS} agents`)];
  progress("Assay: assertions, disputes and challenges");
  const desk = await measureDesk(chain, population, async () => {
    await liveEpoch(population, counter, relayed(AGENTS)); // the relayer's first credit is in it
  });
  for (const batch of BATCHES) {
    progress(`Assay: beats relayed by ${batch}`);
    const madeOf = `beatFor, ${batch} of ${AGENTS} agents a transaction, who pay the relayer`;
    votes.push(await measureEpochs(`relayed by ${batch}`, relayed(batch), madeOf));
  }
  return [...desk, ...votes];
}
