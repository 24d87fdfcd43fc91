import {
  allocationAt,
  encodeBeat,
  epochSeed,
  foldSecret,
  GENESIS_ACCUMULATOR,
  type Hex,
  latestAllocation,
  MAX_ALLOCATION,
  NO_ALLOCATION,
  NO_OUTCOME_UINT8,
  seatWeight,
  writeAllocation,
} from "@assay/protocol";
import { SimulatorError } from "../../errors.ts";
import { requireRules, UNIT } from "../domain.ts";
import type {
  AgentIndex,
  AgentView,
  Asked,
  Beat,
  Books,
  Committee,
  Engine,
  Events,
  Grind,
  PurseIndex,
  QuestionIndex,
  VerdictView,
} from "../engine.ts";
import { Ids } from "../ids.ts";
import { type Happened, nothing } from "../memory/ballots.ts";
import { Refusal } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { Calls } from "./calls.ts";
import { type BeatContext, ChainAgent, type SeatedVote } from "./chain-agent.ts";
import { Accounts, CHAIN_ID, deploy, type Deployment, EPOCH_LENGTH, purseCalls, spentOf } from "./deployment.ts";
import { compare, describeDifferences } from "./differences.ts";
import { drawSeats } from "./draw.ts";
import { Encoder } from "./encoder.ts";
import { type ChainEvent, EventReader } from "./events.ts";
import type { BlockPlan, Call } from "./local-chain.ts";
import { type PlannedQuestion, type Question, QuestionBook } from "./question-book.ts";
import { toRefusal } from "./refusals.ts";
import { Views } from "./views.ts";

/** Beats of one block: while the chain mines it, the next ones are made. */
const BEATS_PER_BLOCK = 25;

/** What a run on a chain depends on: the same gives the same. */
export interface ChainOptions {
  readonly rules: Rules;
  readonly seed: number;
  /** Reads agents by the contracts' views too, and fails where events have told otherwise; false unless told. Takes longer. */
  readonly checked?: boolean;
}

/**
 * The contracts themselves, on a chain in this process. Each agent's account sends its beats; purses ask, appeal and open; a keeper
 * rolls, finalizes and forfeits. What is told is read from the chain: from its events, and by its views.
 */
export class ChainEngine implements Engine {
  readonly rules: Rules;
  readonly deployment: Deployment;
  readonly accounts: Accounts;
  readonly ids: Ids;
  readonly #checked: boolean;
  readonly #calls: Calls;
  readonly #views: Views;
  readonly #reader: EventReader;
  readonly #book: QuestionBook;
  readonly #agents: ChainAgent[] = [];
  /** That have tokens. */
  readonly #purses = new Set<PurseIndex>();
  /** Up to the last that has paid for something. */
  #purseCount = 0;
  #epoch = 0;
  #seed: Hex | null = null;
  #accumulator = GENESIS_ACCUMULATOR;
  /** Units of all agents. */
  #total = NO_ALLOCATION;
  /** Last epoch in which `beat` was called. */
  #beaten = -1;
  /** Seats by agent and question, in the present epoch. */
  #draws: Map<AgentIndex, Map<QuestionIndex, number>> | null = null;

  private constructor({ rules, seed, checked = false }: ChainOptions, accounts: Accounts, deployment: Deployment) {
    this.#checked = checked;
    this.rules = rules;
    this.deployment = deployment;
    this.accounts = accounts;
    this.ids = new Ids(seed, deployment.consensus);
    const encoder = new Encoder(deployment);
    this.#calls = new Calls(encoder);
    this.#views = new Views(deployment, encoder);
    this.#reader = new EventReader(deployment.contracts, deployment);
    this.#book = new QuestionBook(this.ids);
  }

  /**
   * Starts a chain and deploys the contracts, which must be compiled.
   * @throws Refusal `RULES`
   */
  static async create(options: ChainOptions): Promise<ChainEngine> {
    const { rules, seed } = options;
    requireRules(rules);
    if (rules.without.length > 0) {
      throw new Refusal("RULES", `the contracts have all parts: none can be switched off, not ${rules.without.join()}`);
    }
    const accounts = new Accounts(seed);
    return new ChainEngine(options, accounts, await deploy(rules, accounts.treasury));
  }

  epoch(): number {
    return this.#epoch;
  }

  async enrol(newcomers: readonly { readonly stake: bigint }[]): Promise<readonly AgentIndex[]> {
    let units = latestAllocation(this.#total);
    for (const { stake } of newcomers) {
      if (stake < UNIT) throw new Refusal("STAKE", `a stake must be at least ${UNIT} wei, got ${stake}`);
      units += stake / UNIT;
    }
    if (units > MAX_ALLOCATION) {
      throw new Refusal("STAKE", `a domain holds at most ${MAX_ALLOCATION} units of stake, not ${units}`);
    }
    const first = this.#agents.length;
    const agents = newcomers.map((_, i) => {
      const index = first + i;
      return new ChainAgent(index, this.accounts.agent(index), this.ids.chainSeed(index), this.#epoch);
    });
    const stakeOf = (agent: ChainAgent) => newcomers[agent.index - first]?.stake ?? 0n;
    this.#agents.push(...agents);
    const logs = await this.deployment.chain.mine([
      // In the order of their ids.
      ...agents.map((agent) => this.#calls.register(agent.account)),
      ...agents.map((agent) => this.#calls.deposit(this.accounts.treasury, agent.agentId, stakeOf(agent))),
      ...agents.map((agent) => this.#calls.enroll(agent.account, agent.agentId, agent.anchor)),
      ...agents.map((agent) => this.#calls.allocate(agent.account, agent.agentId, stakeOf(agent))),
    ]);
    for (const event of this.#reader.read(logs)) this.#note(event, nothing());
    const failed = agents.find((agent) => agent.latestAllocation === 0n);
    if (failed !== undefined) throw new TypeError(`agent ${failed.index} could not be enrolled`);
    return agents.map(({ index }) => index);
  }

  async leave(agents: readonly AgentIndex[]): Promise<void> {
    const leaving = agents.map((index) => this.#agent(index));
    for (const { index, latestAllocation } of leaving) {
      if (latestAllocation === 0n) throw new Refusal("LEFT", `agent ${index} has left already`);
    }
    if (new Set(agents).size < agents.length) throw new Refusal("DUPLICATE", "an agent leaves once");
    const calls = leaving.map(({ account, agentId }) => this.#calls.allocate(account, agentId, 0n));
    await this.#mine(calls, nothing());
  }

  async advance(grind?: Grind): Promise<Events> {
    if (grind !== undefined) this.#requireGrind(grind);
    const epoch = this.#epoch + 1;
    const { keeper } = this.accounts;
    const overdue = this.#agents.filter((agent) => agent.isOverdue(epoch));
    const calls = [
      this.#calls.roll(keeper),
      ...this.#book.finalIn(epoch).map(({ id }) => this.#calls.finalize(keeper, id)),
      ...overdue.map((agent) => this.#calls.forfeit(keeper, agent.agentId, agent.overdueLink(this.#context()))),
    ];
    this.#epoch = epoch;
    this.#draws = null;
    const { chain, genesis } = this.deployment;
    const begin = async (attempt: number, happened: Happened) => {
      const timestamp = genesis + epoch * EPOCH_LENGTH;
      await this.#mine(calls, happened, { timestamp, prevrandao: this.ids.prevrandao(epoch, attempt) });
    };
    const happened = nothing();
    const before = grind === undefined || grind.tries === 1 ? null : await chain.save();
    await begin(0, happened);
    if (grind === undefined || before === null) return happened;
    const attempt = this.#bestTry(grind);
    if (attempt === 0) return happened;
    // All but the seed comes out as before.
    await chain.restore(before);
    const again = nothing();
    await begin(attempt, again);
    return again;
  }

  async committees(): Promise<readonly Committee[]> {
    const draws = this.#drawn();
    return this.#book.votedIn(this.#epoch).map(({ index, round }) => {
      const members = [...draws].flatMap(([agent, seatsOn]) => {
        const seats = seatsOn.get(index);
        return seats === undefined ? [] : [{ agent, seats }];
      });
      return { question: index, round, members };
    });
  }

  async beat(beats: readonly Beat[]): Promise<Events> {
    const seated = this.#requireBeats(beats, this.#drawn());
    this.#beaten = this.#epoch;
    const happened = nothing();
    const context = this.#context();
    let mining = Promise.resolve();
    for (let start = 0; start < beats.length; start += BEATS_PER_BLOCK) {
      const calls = beats.slice(start, start + BEATS_PER_BLOCK).flatMap(({ agent: index, reveal }, i) => {
        const agent = this.#agent(index);
        const { beat, dropped } = agent.draft(context, reveal, seated[start + i] ?? []);
        happened.dropped += dropped;
        return beat === null ? [] : [this.#calls.beat(agent.account, encodeBeat(beat))];
      });
      await mining;
      mining = this.#mine(calls, happened);
    }
    await mining;
    return happened;
  }

  async ask(questions: readonly Asked[]): Promise<readonly QuestionIndex[]> {
    const { maxRounds, outcomes } = this.rules;
    for (const { purse, budgetRounds, canary } of questions) {
      requirePurse(purse);
      if (!Number.isInteger(budgetRounds) || budgetRounds < 0 || budgetRounds >= maxRounds) {
        throw new Refusal("ROUNDS", `of ${maxRounds} rounds 0 to ${maxRounds - 1} can be prepaid, not ${budgetRounds}`);
      }
      const answer = canary?.answer ?? 0;
      if (!Number.isInteger(answer) || answer < 0 || answer >= outcomes) {
        throw new Refusal("OUTCOME", `a canary's answer must be from 0 to ${outcomes - 1}, got ${answer}`);
      }
    }
    await this.#fund(questions.map(({ purse }) => purse));
    const planned = this.#book.plan(questions);
    const events = await this.#send(planned.map(({ origin, asked }) => this.#calls.ask(origin, asked.budgetRounds)));
    events.forEach((event, i) => this.#book.noteAsked(planned[i] as PlannedQuestion, event));
    for (const { purse } of questions) this.#notePaid(purse);
    return planned.map(({ index }) => index);
  }

  async appeal(question: QuestionIndex, purse: PurseIndex): Promise<void> {
    requirePurse(purse);
    const { id } = this.#book.get(question);
    await this.#fund([purse]);
    await this.#mine([this.#calls.appeal(this.ids.purse(purse), id)], nothing());
    this.#notePaid(purse);
  }

  async spendBudget(question: QuestionIndex): Promise<void> {
    await this.#mine([this.#calls.spendBudget(this.accounts.keeper, this.#book.get(question).id)], nothing());
  }

  async openCanary(question: QuestionIndex): Promise<void> {
    const { asked, origin } = this.#book.get(question);
    const answer = asked.canary?.answer ?? NO_OUTCOME_UINT8;
    await this.#mine([this.#calls.openCanary(origin, answer, this.ids.canarySalt(question))], nothing());
  }

  async reclaim(question: QuestionIndex): Promise<void> {
    const { origin, terms, reclaimed } = this.#book.get(question);
    // The contract refuses where nothing is left.
    if (reclaimed || (terms !== null && terms.budget === 0 && !terms.refundable)) return;
    await this.#send([this.#calls.reclaim(this.accounts.keeper, origin)]);
    this.#book.get(question).reclaimed = true;
  }

  async verdicts(questions: readonly QuestionIndex[]): Promise<readonly VerdictView[]> {
    const asked = questions.map((question) => this.#book.get(question));
    const words = await this.#views.verdicts(asked.map(({ id }) => id));
    return words.map((verdict, i) => ({ ...verdict, seats: (asked[i] as Question).seats }));
  }

  async agents(agents: readonly AgentIndex[]): Promise<readonly AgentView[]> {
    const asked = agents.map((agent) => this.#agent(agent));
    const told = asked.map((agent): AgentView => {
      const { available: balance, locked, evidence } = agent;
      const allocation = agent.allocation(this.#epoch) * UNIT;
      return { balance, locked, allocation, ...evidence, weight: seatWeight(evidence) };
    });
    if (!this.#checked) return told;
    const ids = asked.map(({ agentId }) => agentId);
    const viewed = await this.#views.agents(ids, this.#epoch);
    const { differences } = compare(told, viewed);
    if (differences.length === 0) return viewed;
    const lines = describeDifferences(differences, { left: "events", right: "views" });
    throw new SimulatorError("ENGINES_DIFFER", `agents in epoch ${this.#epoch}:\n${lines}`);
  }

  async statistics(): Promise<{ readonly counts: readonly number[]; readonly participation: number }> {
    return this.#views.statistics();
  }

  async books(): Promise<Books> {
    const purses = Array.from({ length: this.#purseCount }, (_, purse) => purse);
    const accounts = purses.map((purse) => this.ids.purse(purse));
    const { held, sunk } = await this.#views.money([this.accounts.keeper, ...accounts]);
    const [keeper, ...left] = held as [bigint, ...bigint[]];
    const paid = left.map((wei, purse) => (this.#purses.has(purse) ? spentOf(wei) : 0n));
    return { purses: paid, sink: sunk, keeper };
  }

  async settleAll(agents: readonly AgentIndex[]): Promise<Events> {
    const context = this.#context();
    const calls = agents.flatMap((index) => {
      const agent = this.#agent(index);
      return [...agent.settlements(context)].map(({ kept: { epoch, encoded } }) =>
        this.#calls.settle(agent.account, agent.agentId, epoch, encoded),
      );
    });
    const happened = nothing();
    await this.#mine(calls, happened);
    return happened;
  }

  async close(): Promise<void> {
    await this.deployment.chain.close();
  }

  #agent(index: AgentIndex): ChainAgent {
    const agent = this.#agents[index];
    if (agent !== undefined) return agent;
    throw new Refusal("UNKNOWN", `no agent has number ${index}: there are ${this.#agents.length}`);
  }

  #context(): BeatContext {
    const { consensus } = this.deployment;
    return { chainId: CHAIN_ID, consensus, epoch: this.#epoch, rules: this.rules, termsOf: this.#termsOf };
  }

  readonly #termsOf = (id: Hex) => this.#book.of(id).terms;

  /** Seats of each agent that has any, by question, in the present epoch. */
  #drawn(): ReadonlyMap<AgentIndex, ReadonlyMap<QuestionIndex, number>> {
    this.#draws ??= this.#draw();
    return this.#draws;
  }

  #draw(seed = this.#seed): Map<AgentIndex, Map<QuestionIndex, number>> {
    const questions = this.#book.votedIn(this.#epoch);
    if (questions.length === 0 || seed === null) return new Map();
    const total = allocationAt(this.#total, this.#epoch);
    return drawSeats(this.#agents, questions, { ...this.#context(), seed, total });
  }

  /** The first of several seeds of the present epoch that gives some agents most seats. */
  #bestTry({ agents, tries }: Grind): number {
    const favoured = new Set(agents);
    let [best, most] = [0, -1];
    for (let attempt = 0; attempt < tries; attempt++) {
      const prevrandao = this.ids.prevrandao(this.#epoch, attempt);
      const draws = this.#draw(epochSeed(this.#accumulator, prevrandao, this.#epoch));
      const seats = [...draws].flatMap(([agent, seatsOn]) => (favoured.has(agent) ? [...seatsOn.values()] : []));
      const sum = seats.reduce((total, one) => total + one, 0);
      if (sum > most) [best, most] = [attempt, sum];
    }
    return best;
  }

  #requireGrind({ agents, tries }: Grind): void {
    for (const agent of agents) this.#agent(agent);
    if (!Number.isInteger(tries) || tries < 1) throw new Refusal("TRIES", `a seed has at least 1 try, not ${tries}`);
  }

  /** @returns the votes of each beat, with their seats */
  #requireBeats(
    beats: readonly Beat[],
    draws: ReadonlyMap<AgentIndex, ReadonlyMap<QuestionIndex, number>>,
  ): SeatedVote[][] {
    if (this.#beaten === this.#epoch) throw new Refusal("BEATEN", `the beats of epoch ${this.#epoch} have been sent`);
    const beaten = new Set<AgentIndex>();
    return beats.map(({ agent: index, reveal, votes }) => {
      this.#agent(index);
      if (beaten.has(index)) throw new Refusal("BEATEN", `two beats of agent ${index} in epoch ${this.#epoch}`);
      beaten.add(index);
      if (votes.length > 0 && !reveal) {
        throw new Refusal("BALLOT_OPEN", `agent ${index} cannot vote while it withholds a ballot`);
      }
      const voted = new Set<QuestionIndex>();
      return votes.map(({ question, outcome }) => {
        const seats = draws.get(index)?.get(question);
        if (seats === undefined) {
          throw new Refusal("NO_SEAT", `agent ${index} has no seat on question ${question} in epoch ${this.#epoch}`);
        }
        if (voted.has(question)) throw new Refusal("DUPLICATE", `two votes of agent ${index} on question ${question}`);
        voted.add(question);
        if (!Number.isInteger(outcome) || outcome < 0 || outcome >= this.rules.outcomes) {
          throw new Refusal("OUTCOME", `an outcome must be from 0 to ${this.rules.outcomes - 1}, got ${outcome}`);
        }
        return { questionId: this.#book.get(question).id, outcome, seats };
      });
    });
  }

  /** Gives purses that are new their tokens. */
  async #fund(purses: readonly PurseIndex[]): Promise<void> {
    const fresh = [...new Set(purses)].filter((purse) => !this.#purses.has(purse));
    if (fresh.length === 0) return;
    const calls = fresh.flatMap((purse) => purseCalls(this.deployment, this.accounts.treasury, this.ids.purse(purse)));
    await this.deployment.chain.mine(calls);
    for (const purse of fresh) this.#purses.add(purse);
  }

  #notePaid(purse: PurseIndex): void {
    this.#purseCount = Math.max(this.#purseCount, purse + 1);
  }

  /** Mines calls in one block, and learns what they did. */
  async #mine(calls: readonly Call[], happened: Happened, at: Partial<BlockPlan> = {}): Promise<void> {
    for (const event of await this.#send(calls, at)) this.#note(event, happened);
  }

  /** @throws Refusal of the first call that has done nothing, an error if no engine may meet it */
  async #send(calls: readonly Call[], at: Partial<BlockPlan> = {}): Promise<ChainEvent[]> {
    if (calls.length === 0) return [];
    const { chain } = this.deployment;
    const events = this.#reader.read(await chain.mine(calls, at));
    const effective = new Set(events.map(({ call }) => call));
    const failed = calls.find((_, i) => !effective.has(i));
    if (failed !== undefined) throw toRefusal(await chain.refusalOf(failed));
    return events;
  }

  #note(event: ChainEvent, happened: Happened): void {
    switch (event.name) {
      case "EpochRolled":
        this.#seed = event.hex(0);
        break;
      case "RoundStarted":
        this.#book.noteRound(event);
        break;
      case "QuestionFinalized":
        happened.finalized.push(this.#book.noteFinal(event).index);
        break;
      case "BallotForfeited": {
        const agent = this.#agentIn(event);
        const exposure = event.word(0);
        agent.noteForfeit();
        if (exposure > 0n) happened.forfeited.push({ agent: agent.index, exposure });
        break;
      }
      case "BallotSettled": {
        const agent = this.#agentIn(event);
        const epoch = Number(event.word(0));
        agent.noteSettlement(epoch, event.bytes(4), this.#termsOf);
        happened.settled.push({ agent: agent.index, epoch, gain: event.word(1), loss: event.word(2) });
        break;
      }
      case "BallotRevealed": {
        const agent = this.#agentIn(event);
        const secret = event.hex(1);
        this.#accumulator = foldSecret(this.#accumulator, agent.agentId, secret);
        const receipts = agent.noteReveal(Number(event.word(0)), secret, event.bytes(2));
        // A beat settles before it reveals.
        const weight = seatWeight(agent.evidence);
        for (const { questionId, outcome, seats } of receipts) {
          const question = this.#book.of(questionId);
          question.seats += seats;
          happened.revealed.push({ question: question.index, outcome, agent: agent.index, seats, weight });
        }
        break;
      }
      case "BallotCommitted": {
        const agent = this.#agentIn(event);
        agent.noteCommit();
        [agent.available, agent.locked] = [event.word(4), event.word(5)];
        break;
      }
      case "AccountChanged": {
        const agent = this.#agentIn(event);
        [agent.available, agent.locked] = [event.word(0), event.word(1)];
        break;
      }
      case "CommitSkipped":
        throw new TypeError(`agent ${this.#agentIn(event).index} has made a ballot that cannot be committed`);
      case "Allocated":
        this.#agentIn(event).allocate(this.#epoch, event.word(0));
        this.#total = writeAllocation(this.#total, this.#epoch, event.word(1));
        break;
      case "Deposited":
        this.#agentIn(event).available += event.word(0);
        break;
      case "CanaryOpened":
      case "QuestionAsked":
      case "Reclaimed":
        break;
    }
  }

  #agentIn(event: ChainEvent): ChainAgent {
    return this.#agent(Number(BigInt(event.topic(0))));
  }
}

function requirePurse(purse: PurseIndex): void {
  if (!Number.isInteger(purse) || purse < 0) throw new Refusal("UNKNOWN", `no purse has number ${purse}`);
}
