import type { Agent, SignedBeat } from "@assay/agent";
import type { ContractTransactionReceipt } from "ethers";
import { network } from "hardhat";
import { createPopulation, type Population } from "./population.ts";
import type { GasFigures, Progress } from "./types.ts";
import { VoteCounter } from "./vote-counter.ts";
import { mostlyRight, votesOf } from "./workload.ts";

/** Beats in a transaction. */
const BATCH = 20;
/** Seconds a relayed beat may be underway. */
const RELAY_TIME = 3_600;
/** Wei of stake token that each agent pays the relayer. */
const FEE = 10n ** 16n;
/** Below the limit of 2^24 that a transaction has. */
const GAS_LIMIT = 16_000_000;
/** Rings have been round once, and trust is no newcomer's. */
const WARM_UP = 18;
const MEASURED = 4;

/** So many agents share the domain; so many questions an epoch give each of them about 16 votes. */
const OF_MANY = { agents: 100, questions: 148 };
const OF_ALL = { agents: BATCH, questions: 32 };

/** Gas of a vote, all included, where a relayer sends twenty agents' beats in a transaction. */
export async function measureRelayed(artifacts: string, progress: Progress): Promise<Partial<GasFigures>> {
  const many = await measureBatches(artifacts, OF_MANY, (line) => progress(`20 of 100 agents, ${line}`));
  const all = await measureBatches(artifacts, OF_ALL, (line) => progress(`all 20 agents, ${line}`));
  return {
    perVoteRelayed16: many.perVote,
    votesPerRelayedBeat: many.votesPerBeat,
    perVoteRelayed16Full: all.perVote,
    votesPerRelayedBeatFull: all.votesPerBeat,
  };
}

async function measureBatches(
  artifacts: string,
  { agents, questions }: { agents: number; questions: number },
  progress: Progress,
): Promise<{ perVote: number; votesPerBeat: number }> {
  const population = await createPopulation(await network.create(), artifacts);
  await population.addAgents(agents, mostlyRight);
  const counter = new VoteCounter(population.assay);
  await population.nextEpoch();
  await population.nextEpoch();
  let gas = 0;
  let votes = 0;
  for (let epoch = 0; epoch < WARM_UP + MEASURED; epoch++) {
    await population.ask(questions);
    await population.nextEpoch();
    for (let from = 0; from < agents; from += BATCH) {
      const receipt = await relay(population, population.agents.slice(from, from + BATCH));
      const counts = counter.count(receipt);
      if (epoch < WARM_UP) continue;
      gas += Number(receipt.gasUsed);
      votes += votesOf([counts]);
    }
    progress(`epoch ${epoch + 1} of ${WARM_UP + MEASURED}`);
  }
  return { perVote: gas / votes, votesPerBeat: votes / (MEASURED * agents) };
}

/**
 * One transaction with the beats of these agents.
 * @throws Error if one of them is skipped, or does not commit
 */
export async function relay(
  { contracts, connection }: Population,
  batch: readonly Agent[],
): Promise<ContractTransactionReceipt> {
  const deadline = (await connection.networkHelpers.time.latest()) + RELAY_TIME;
  const signed: SignedBeat[] = [];
  for (const agent of batch) {
    const beat = await agent.prepareBeat({ maxRelayFee: FEE, deadline });
    if (beat === null) throw new Error(`agent ${agent.agentId} has nothing to relay`);
    signed.push(beat);
  }
  const { consensus } = contracts;
  const [beats, signatures] = [signed.map(({ beat }) => beat), signed.map(({ signature }) => signature)];
  const receipt = await (await consensus.beatFor(beats, signatures, { gasLimit: GAS_LIMIT })).wait();
  if (receipt === null) throw new Error("a transaction was dropped");
  for (const log of receipt.logs) {
    const event = consensus.interface.parseLog(log);
    if (event?.name !== "BeatSkipped" && event?.name !== "CommitSkipped") continue;
    const error = consensus.interface.parseError(event.args["reason"] as string);
    throw new Error(`${event.name} of agent ${event.args["agentId"]}: ${error?.name} ${error?.args.join(", ")}`);
  }
  for (const agent of batch) {
    if (!agent.learn(receipt).committed) throw new Error(`agent ${agent.agentId} has not committed`);
  }
  return receipt;
}
