import type { Agent } from "@assay/agent";
import { MAX_TRANSACTION_GAS, type RelayableBeat, relayGasLimit } from "@assay/sdk";
import type { TransactionReceipt } from "ethers";
import { createChain, createPopulation, type Population } from "./population.ts";
import type { GasFigures, Progress } from "./types.ts";
import { VoteCounter } from "./vote-counter.ts";
import { mostlyRight, votesOf } from "./workload.ts";

/** Beats in a transaction. */
const BATCH = 20;
/** Seconds a relayed beat may be underway. */
const RELAY_TIME = 3_600;
/** Wei of stake token that each agent pays the relayer. */
const FEE = 10n ** 16n;
/** Rings have been round once, and trust is no newcomer's. */
const WARM_UP = 18;

/** So many agents share the domain; over the epochs measured, so many questions in each give a ballot about 16 votes. */
const OF_MANY = { agents: 100, questions: 148, measured: 4 };
const OF_ALL = { agents: BATCH, questions: 33, measured: 24 };

/** Gas of a vote, all included, where a relayer sends twenty agents' beats in a transaction. */
export async function measureRelayed(artifacts: string, progress: Progress): Promise<Partial<GasFigures>> {
  const many = await measureBatches(artifacts, OF_MANY, (line) => progress(`20 of 100 agents, ${line}`));
  const all = await measureBatches(artifacts, OF_ALL, (line) => progress(`all 20 agents, ${line}`));
  const listed = await measureBatches(artifacts, { ...OF_ALL, accessList: true }, (line) =>
    progress(`all 20 agents with access lists, ${line}`),
  );
  if (all.votesPerBeat !== listed.votesPerBeat) throw new Error("the two lives were not the same");
  return {
    perVoteRelayed16: many.perVote,
    votesPerRelayedBeat: many.votesPerBeat,
    perVoteRelayed16Full: all.perVote,
    perVoteRelayed16FullListed: listed.perVote,
    votesPerRelayedBeatFull: all.votesPerBeat,
  };
}

async function measureBatches(
  artifacts: string,
  { agents, questions, measured, accessList = false }: typeof OF_MANY & { readonly accessList?: boolean },
  progress: Progress,
): Promise<{ perVote: number; votesPerBeat: number }> {
  const population = await createPopulation(await createChain(), artifacts);
  await population.addAgents(agents, mostlyRight);
  const counter = new VoteCounter(population.assay);
  await population.nextEpoch();
  await population.nextEpoch();
  let gas = 0;
  let votes = 0;
  for (let epoch = 0; epoch < WARM_UP + measured; epoch++) {
    await population.ask(questions);
    await population.nextEpoch();
    const warm = epoch >= WARM_UP;
    for (let from = 0; from < agents; from += BATCH) {
      const receipt = await relay(population, population.agents.slice(from, from + BATCH), accessList && warm);
      const counts = counter.count(receipt);
      if (!warm) continue;
      gas += Number(receipt.gasUsed);
      votes += votesOf([counts]);
    }
    progress(`epoch ${epoch + 1} of ${WARM_UP + measured}`);
  }
  return { perVote: gas / votes, votesPerBeat: votes / (measured * agents) };
}

/**
 * One transaction with the beats of these agents.
 * @throws Error if one of them is skipped, or does not commit
 */
export async function relay(
  { assay, connection }: Population,
  batch: readonly Agent[],
  accessList = false,
): Promise<TransactionReceipt> {
  const deadline = (await connection.networkHelpers.time.latest()) + RELAY_TIME;
  const beats: RelayableBeat[] = [];
  const share = ((MAX_TRANSACTION_GAS - relayGasLimit(batch.map(() => 0n))) * 10n) / 11n / BigInt(batch.length);
  for (const agent of batch) {
    const beat = await agent.prepareBeat({ maxRelayFee: FEE, deadline });
    if (beat === null) throw new Error(`agent ${agent.agentId} has nothing to relay`);
    // A list comes on top of the gas of what it is for, which leaves no room for more than the beats take.
    beats.push(accessList ? beat : { ...beat, gas: share });
  }
  const { receipt, result } = await (await assay.beats.relay({ beats }, { accessList })).wait();
  for (const { agentId, reason } of result.skipped)
    throw new Error(`the beat of agent ${agentId} was skipped`, { cause: reason });
  for (const { agentId, committed, refused } of result.relayed) {
    if (committed === null) throw new Error(`agent ${agentId} has not committed`, { cause: refused });
  }
  for (const agent of batch) agent.learn(receipt);
  if (accessList && (await receipt.getTransaction()).accessList?.length === 0)
    throw new Error("there was no access list");
  return receipt;
}
