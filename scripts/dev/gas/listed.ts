import { createChain, createPopulation } from "./population.ts";
import type { GasFigures, Progress } from "./types.ts";
import { VoteCounter } from "./vote-counter.ts";
import { beatAll, mostlyRight } from "./workload.ts";

/** So many agents and questions an epoch give a ballot about 16 votes. */
const AGENTS = 20;
const QUESTIONS = 32;
/** Rings have been round once, and trust is no newcomer's. */
const WARM_UP = 18;
const MEASURED = 4;

/** What access lists (EIP-2930) save: the same life twice, of the same draws, once with them. */
export async function measureLists(artifacts: string, progress: Progress): Promise<Partial<GasFigures>> {
  const plain = await measure(artifacts, false, (line) => progress(`without, ${line}`));
  const listed = await measure(artifacts, true, (line) => progress(`with, ${line}`));
  if (plain.votes !== listed.votes) throw new Error("the two lives were not the same");
  return {
    perVoteOf20: plain.total / plain.votes,
    perVoteOf20Listed: listed.total / listed.votes,
    votesPerBeatOf20: plain.votes / (MEASURED * AGENTS),
  };
}

async function measure(artifacts: string, accessLists: boolean, progress: Progress) {
  const population = await createPopulation(await createChain(), artifacts, { accessLists });
  await population.addAgents(AGENTS, mostlyRight);
  const counter = new VoteCounter(population.assay);
  await population.nextEpoch();
  await population.nextEpoch();
  const sum = { total: 0, votes: 0 };
  for (let epoch = 0; epoch < WARM_UP + MEASURED; epoch++) {
    await population.ask(QUESTIONS);
    await population.nextEpoch();
    const { total, votes } = await beatAll(population, counter);
    if (epoch >= WARM_UP) Object.assign(sum, { total: sum.total + total, votes: sum.votes + votes });
    progress(`epoch ${epoch + 1} of ${WARM_UP + MEASURED}`);
  }
  return sum;
}
