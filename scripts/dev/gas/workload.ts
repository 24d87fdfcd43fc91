import type { Chooser } from "@assay/agent";
import { fitBeats, type Sample } from "./fit.ts";
import { createChain, createPopulation, gasOf, type Population } from "./population.ts";
import type { GasFigures, Progress } from "./types.ts";
import { type Counts, VoteCounter } from "./vote-counter.ts";

const AGENTS = 100;
/** So many that the mean ballot has about 16 votes, over the epochs measured: nine seats each, raised a little for seats that are not revealed. */
const QUESTIONS = 148;
/** The ring of receipts has been round once, and trust is no newcomer's. */
const WARM_UP = 18;
/** So many that the mean ballot is what it is expected to be, within a percent or two. */
const MEASURED = 12;
/** With questions finalized on their own. */
const MEASURED_ALONE = 4;

/** An agent that is right nine times of ten, its mistakes spread evenly over agents and questions. */
export const mostlyRight =
  (agentId: bigint): Chooser =>
  ({ id }) =>
    (BigInt(id) ^ (agentId * 0x9e3779b97f4a7c15n)) % 10n === 0n ? 0 : 1;

interface Beats {
  readonly samples: Sample[];
  readonly total: number;
  readonly votes: number;
  readonly finalized: number;
}

/** One epoch: every agent beats. */
export async function beatAll({ agents }: Population, counter: VoteCounter): Promise<Beats> {
  const samples: (Sample & Counts)[] = [];
  for (const agent of agents) {
    const report = await agent.beat();
    if (report === null) throw new Error("an agent had nothing to do");
    samples.push({ gas: Number(report.receipt.gasUsed), ...counter.count(report.receipt) });
  }
  return {
    samples,
    total: sum(samples.map(({ gas }) => gas)),
    votes: votesOf(samples),
    finalized: sum(samples.map(({ finalized }) => finalized)),
  };
}

/** The workload of the issue: steady state with 100 agents. */
export async function measureWorkload(artifacts: string, progress: Progress): Promise<Partial<GasFigures>> {
  const population = await createPopulation(await createChain(), artifacts);
  const { contracts } = population;
  progress(`joining ${AGENTS} agents`);
  await population.addAgents(AGENTS, mostlyRight);
  const counter = new VoteCounter(population.assay);
  await population.nextEpoch();
  await population.nextEpoch();
  const asks: bigint[] = [];
  for (let epoch = 0; epoch < WARM_UP; epoch++) {
    asks.push(...(await population.ask(QUESTIONS)));
    await population.nextEpoch();
    await beatAll(population, counter);
    progress(`warming up: epoch ${epoch + 1} of ${WARM_UP}`);
  }

  // Inline: the first beat that settles a question finalizes it.
  const inline: Beats[] = [];
  for (let epoch = 0; epoch < MEASURED; epoch++) {
    await population.ask(QUESTIONS);
    await population.nextEpoch();
    inline.push(await beatAll(population, counter));
    progress(`finalizing inside of beats: epoch ${epoch + 1} of ${MEASURED}`);
  }
  // Alone: finalized in transactions of their own, before the beats.
  const alone: Beats[] = [];
  const finalizeGas: bigint[] = [];
  for (let epoch = 0; epoch < MEASURED_ALONE; epoch++) {
    await population.ask(QUESTIONS);
    await population.nextEpoch();
    const due = (await population.epoch()) - 3;
    const asked = await contracts.consensus.queryFilter(contracts.consensus.filters.QuestionAsked);
    for (const { args } of asked) {
      if (Number(args.voteEpoch) !== due) continue;
      finalizeGas.push(await gasOf(contracts.consensus.finalize(args.questionId)));
    }
    alone.push(await beatAll(population, counter));
    progress(`finalizing alone: epoch ${epoch + 1} of ${MEASURED_ALONE}`);
  }

  const fit = fitBeats(alone.flatMap((beats) => beats.samples));
  const predicted = inline
    .flatMap((beats) => beats.samples)
    .reduce((sum, s) => sum + fit.fixed + s.revealed * fit.perReveal + s.settled * fit.perSettle, 0);
  const total = sum(inline.map((beats) => beats.total));
  const votes = sum(inline.map((beats) => beats.votes));
  const { joining } = population;
  return {
    beatFixed: fit.fixed,
    perFurtherVote: fit.perReveal + fit.perSettle,
    finalizeInline: (total - predicted) / sum(inline.map((beats) => beats.finalized)),
    finalizeAlone: mean(finalizeGas),
    perVoteAllIn16: total / votes,
    votesPerBeat: votes / (MEASURED * AGENTS),
    ask: mean(asks.slice(-QUESTIONS)),
    register: mean(joining.register.slice(1)),
    deposit: mean(joining.deposit.slice(1)),
    join: mean(joining.enroll.slice(1)) + mean(joining.allocate.slice(1)),
  };
}

/** In a steady state as many votes are revealed as are settled; of a few epochs their mean says most truly how many it were. */
export const votesOf = (counts: readonly Counts[]): number =>
  counts.reduce((votes, { revealed, settled }) => votes + (revealed + settled) / 2, 0);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly bigint[]): number => sum(values.map(Number)) / values.length;
