import { decodeReceipts, type Hex, STATEMENT_TYPES } from "@assay/protocol";
import type { Agent } from "@assay/agent";
import { eventsOf } from "@assay/agent";
import { network } from "hardhat";
import { fitBeats, type Sample } from "./fit.ts";
import { createPopulation, gasOf, type Population } from "./population.ts";

/** Gas figures; the keys of the JSON file. */
export interface GasFigures {
  beatFixed: number;
  perFurtherVote: number;
  finalizeInline: number;
  finalizeAlone: number;
  perVoteAllIn16: number;
  ask: number;
  assertClaim: number;
  challenge: number;
  register: number;
  deposit: number;
  join: number;
  beatAt10Agents: number;
  beatAt2000Agents: number;
  askAt10Agents: number;
  askAt2000Agents: number;
  /** Mean votes of a beat in the measured epochs. */
  votesPerBeat: number;
}

const AGENTS = 100;
/** So many that the mean ballot has about 16 votes: nine seats each, raised a little for seats that are not revealed. */
const QUESTIONS = 142;
/** The ring of receipts has been round once, and trust is no newcomer's. */
const WARM_UP = 18;
const MEASURED = 4;

type Progress = (line: string) => void;

/** Nine of ten votes are for outcome 1, spread evenly over agents and questions. */
const mostlyRight = (agentId: bigint, questionId: Hex): number =>
  (BigInt(questionId) ^ (agentId * 0x9e3779b97f4a7c15n)) % 10n === 0n ? 0 : 1;

interface Beats {
  readonly samples: Sample[];
  readonly total: number;
  readonly votes: number;
  readonly finalized: number;
}

/** One epoch: every agent beats. */
async function beatAll(population: Population, counts: Map<string, number>): Promise<Beats> {
  const { agents, contracts } = population;
  const samples: Sample[] = [];
  let votes = 0;
  let total = 0;
  let finalized = 0;
  for (const agent of agents) {
    const report = await agent.beat();
    if (report === null) throw new Error("an agent had nothing to do");
    const gas = Number(report.receipt.gasUsed);
    let revealed = 0;
    for (const event of eventsOf(contracts, report.receipt, "BallotRevealed")) {
      revealed = decodeReceipts(event.receipts as Hex).receipts.length;
      counts.set(`${agent.agentId}:${event.epoch}`, revealed);
    }
    let settled = 0;
    for (const event of eventsOf(contracts, report.receipt, "BallotSettled")) {
      settled = counts.get(`${agent.agentId}:${event.epoch}`) ?? 0;
    }
    const abi = contracts.consensus.interface;
    finalized += report.receipt.logs.filter((log) => abi.parseLog(log)?.name === "QuestionFinalized").length;
    samples.push({ gas, revealed, settled });
    votes += settled;
    total += gas;
  }
  return { samples, total, votes, finalized };
}

/** The workload of the issue: steady state with 100 agents. */
async function measureSteadyState(artifacts: string, progress: Progress): Promise<Partial<GasFigures>> {
  const population = await createPopulation(await network.create(), artifacts);
  const { contracts } = population;
  progress(`joining ${AGENTS} agents`);
  let current = 0n;
  await population.addAgents(AGENTS, (question) => mostlyRight(current, question.id));
  for (const agent of population.agents) withId(agent, (id) => (current = id));
  const counts = new Map<string, number>();
  await population.nextEpoch();
  await population.nextEpoch();
  const asks: bigint[] = [];
  for (let epoch = 0; epoch < WARM_UP; epoch++) {
    asks.push(...(await population.ask(QUESTIONS)));
    await population.nextEpoch();
    await beatAll(population, counts);
    progress(`warming up: epoch ${epoch + 1} of ${WARM_UP}`);
  }

  // Inline: the first beat that settles a question finalizes it.
  const inline: Beats[] = [];
  for (let epoch = 0; epoch < MEASURED; epoch++) {
    await population.ask(QUESTIONS);
    await population.nextEpoch();
    inline.push(await beatAll(population, counts));
    progress(`finalizing inside of beats: epoch ${epoch + 1} of ${MEASURED}`);
  }
  // Alone: finalized in transactions of their own, before the beats.
  const alone: Beats[] = [];
  const finalizeGas: bigint[] = [];
  for (let epoch = 0; epoch < MEASURED; epoch++) {
    await population.ask(QUESTIONS);
    await population.nextEpoch();
    const due = (await population.epoch()) - 3;
    const asked = await contracts.consensus.queryFilter(contracts.consensus.filters.QuestionAsked);
    for (const { args } of asked) {
      if (Number(args.voteEpoch) !== due) continue;
      finalizeGas.push(await gasOf(contracts.consensus.finalize(args.questionId)));
    }
    alone.push(await beatAll(population, counts));
    progress(`finalizing alone: epoch ${epoch + 1} of ${MEASURED}`);
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

/** Assertion and challenge, each the second of its kind, by an account that has used the vault before. */
async function measureDesk(artifacts: string): Promise<Partial<GasFigures>> {
  const population = await createPopulation(await network.create(), artifacts);
  await population.addAgents(3, () => 1);
  await population.nextEpoch();
  await population.nextEpoch();
  const { connection, contracts, wallets, agents, deployer } = population;
  const { claims, vault, token } = contracts;
  const { ethers } = connection;
  await token.faucet();
  const bond = 36n * 10n ** 18n;
  const author = agents[0] as Agent;
  const owner = wallets[0] as (typeof wallets)[number];
  const signer = ethers.Wallet.createRandom();
  await vault.connect(owner).pledge(author.agentId, 1_000n * 10n ** 18n);
  await claims.connect(owner).addSigner(author.agentId, signer.address);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: "Assay", version: "1", chainId, verifyingContract: await claims.getAddress() };
  const figures: Partial<GasFigures> = {};
  for (let i = 0; i < 3; i++) {
    const content = ethers.id(`content ${i}`);
    figures.assertClaim = Number(await gasOf(claims.assertClaim(1, 1, content, "", bond, ethers.ZeroHash)));
    const statement = {
      agentId: author.agentId,
      domainId: 1,
      outcome: 1,
      contentHash: content,
      bond,
      expiry: 4_000_000_000,
      nonce: i,
    };
    const types = { Statement: [...STATEMENT_TYPES.Statement] };
    const signature = await signer.signTypedData(domain, types, statement);
    figures.challenge = Number(await gasOf(claims.connect(deployer).challenge(statement, signature, "")));
  }
  return figures;
}

/** One agent's beat with four votes, and an ask, among `count` enrolled agents. */
async function measureFlatness(
  artifacts: string,
  count: number,
  progress: Progress,
): Promise<{ beat: number; ask: number }> {
  const VOTES = 4;
  const population = await createPopulation(await network.create(), artifacts);
  await population.addAgents(1, () => 1);
  progress(`joining ${count} agents`);
  // The others' stakes are so small that the measured agent holds seats on every question, whatever their number.
  await population.addAgents(count - 1, () => null, 10n ** 17n);
  await population.nextEpoch();
  await population.nextEpoch();
  const [agent] = population.agents;
  if (agent === undefined) throw new Error("no agent");
  let beat = 0;
  let ask = 0;
  for (let epoch = 0; epoch < 6; epoch++) {
    ask = mean(await population.ask(VOTES));
    await population.nextEpoch();
    const report = await agent.beat();
    if (report?.votes.length !== VOTES) throw new Error(`${report?.votes.length} votes among ${count} agents`);
    beat = Number(report.receipt.gasUsed);
  }
  return { beat, ask };
}

/**
 * Measures everything; takes some minutes.
 * @param artifacts folder of the build to measure
 */
export async function measureGas(artifacts: string, progress: Progress): Promise<GasFigures> {
  const desk = await measureDesk(artifacts);
  const steady = await measureSteadyState(artifacts, progress);
  const few = await measureFlatness(artifacts, 10, progress);
  const many = await measureFlatness(artifacts, 2_000, progress);
  const figures = {
    ...steady,
    ...desk,
    beatAt10Agents: few.beat,
    beatAt2000Agents: many.beat,
    askAt10Agents: few.ask,
    askAt2000Agents: many.ask,
  } as GasFigures;
  for (const key of Object.keys(figures) as (keyof GasFigures)[]) {
    figures[key] = key === "votesPerBeat" ? Math.round(figures[key] * 100) / 100 : Math.round(figures[key]);
  }
  return figures;
}

/** Tells the verifier whose turn it is, since all agents share one. */
function withId(agent: Agent, set: (id: bigint) => void): void {
  const beat = agent.beat.bind(agent);
  agent.beat = (options) => {
    set(agent.agentId);
    return beat(options);
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly bigint[]): number => sum(values.map(Number)) / values.length;
