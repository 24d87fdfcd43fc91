import { eventsOf } from "@assay/agent";
import { decodeReceipts, type Hex } from "@assay/protocol";
import { createPopulation, type Population } from "../scripts/dev/gas/population.ts";
import { measureDesk } from "./assay-desk.ts";
import type { Chain } from "./chain.ts";
import { measured, type Row, sum } from "./rows.ts";

const AGENTS = 100;
/** So many that an agent holds seats on 16 of them in the mean. */
const QUESTIONS = 142;
/** The ring of receipts has been round once, and trust is no newcomer's. */
const WARM_UP = 18;
const MEASURED = 4;

/** Nine of ten votes are for outcome 1, spread evenly over agents and questions. */
const opinionOf = (agent: number, questionId: Hex): number =>
  (BigInt(questionId) ^ (BigInt(agent) * 0x9e3779b97f4a7c15n)) % 10n === 0n ? 0 : 1;

/** Gas of an epoch's beats and of its roll, and how many votes they settled. */
interface Epoch {
  readonly gas: number;
  readonly votes: number;
}

/** Asks, moves to the next epoch and lets everybody beat; `counts` keeps what a ballot revealed until it is settled. */
async function liveEpoch(population: Population, counts: Map<string, number>): Promise<Epoch> {
  const { contracts, agents } = population;
  const { provider } = population.connection.ethers;
  await population.ask(QUESTIONS);
  await population.nextEpoch();
  const block = await provider.getBlock("latest");
  const roll = await provider.getTransactionReceipt(block?.transactions[0] ?? "");
  if (roll === null) throw new Error("the epoch was not rolled");
  let gas = Number(roll.gasUsed);
  let votes = 0;
  for (const agent of agents) {
    const report = await agent.beat();
    if (report === null) throw new Error("an agent had nothing to do");
    gas += Number(report.receipt.gasUsed);
    for (const { epoch, receipts } of eventsOf(contracts, report.receipt, "BallotRevealed")) {
      counts.set(`${agent.agentId}:${epoch}`, decodeReceipts(receipts as Hex).receipts.length);
    }
    for (const { epoch } of eventsOf(contracts, report.receipt, "BallotSettled")) {
      votes += counts.get(`${agent.agentId}:${epoch}`) ?? 0;
    }
  }
  return { gas, votes };
}

/**
 * The workload of `npm run gas`: 100 agents who vote on 16 questions an epoch, and the desk in front of them.
 * @param artifacts folder of the production build
 */
export async function measureAssay(chain: Chain, artifacts: string, progress: (line: string) => void): Promise<Row[]> {
  const population = await createPopulation(chain.connection, artifacts);
  for (let i = 0; i < AGENTS; i++)
    await population.addAgents(
      1,
      () =>
        ({ id }) =>
          opinionOf(i, id),
    );
  await population.nextEpoch();
  await population.nextEpoch();
  const counts = new Map<string, number>();
  const epochs: Epoch[] = [];
  for (let epoch = 0; epoch < WARM_UP + MEASURED; epoch++) {
    epochs.push(await liveEpoch(population, counts));
    if (epoch % 5 === 4) progress(`Assay: epoch ${epoch + 1} of ${WARM_UP + MEASURED}`);
  }
  const settled = epochs.slice(WARM_UP);
  const votes = sum(settled.map((epoch) => epoch.votes));
  const perBeat = (votes / (MEASURED * AGENTS)).toFixed(1);
  progress("Assay: assertions, disputes and challenges");
  const desk = await measureDesk(chain, population, async () => {
    await liveEpoch(population, counts);
  });
  return [
    ...desk,
    measured(
      "vote",
      "Assay, direct",
      sum(settled.map((epoch) => epoch.gas)) / votes,
      `beats of ${AGENTS} agents in ${MEASURED} epochs, ${perBeat} votes each: commit, reveal, tally, finalization, payment, slash and trust are in them; divided by the votes`,
    ),
  ];
}
