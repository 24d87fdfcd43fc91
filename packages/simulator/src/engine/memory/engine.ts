import { firstTipEpoch } from "@assay/protocol";
import { minStakeOf, requireRules, UNIT } from "../domain.ts";
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
import { SimulatorError } from "../../errors.ts";
import { Ids } from "../ids.ts";
import { Refusal } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { AgentTable } from "./agents.ts";
import { BallotBox, type Happened, nothing, type SeatedVote } from "./ballots.ts";
import { Ledger } from "./ledger.ts";
import { type Question, QuestionTable } from "./questions.ts";
import { SampledSeats } from "./sampled-seats.ts";
import { ExactSeats, type Member, type SeatSource } from "./seats.ts";

/** `exact`: the real draw, equal to the contracts' from the same seed. `sampled`: seats by the law of that draw, for large populations. */
export type MemoryMode = "exact" | "sampled";

export interface MemoryEngineOptions {
  readonly rules: Rules;
  readonly mode: MemoryMode;
  readonly seed: number;
  /** Of an exact engine; those of the seed unless told. */
  readonly ids?: Ids;
}

/** A beat that can be made. */
interface SeatedBeat {
  readonly agent: AgentIndex;
  readonly reveal: boolean;
  readonly votes: readonly SeatedVote[];
}

/** The protocol's rules in memory, without a chain. */
export class MemoryEngine implements Engine {
  readonly rules: Rules;
  readonly mode: MemoryMode;
  readonly #agents: AgentTable;
  readonly #questions: QuestionTable;
  readonly #ballots: BallotBox;
  readonly #ledger = new Ledger();
  readonly #seats: SeatSource;
  #epoch = 0;
  /** Deposited by agents, wei. */
  #deposited = 0n;
  /** Of this epoch, once they are known. */
  #committees: readonly Committee[] | null = null;
  #beaten = false;
  #closed = false;

  /** @throws Refusal `RULES` */
  constructor({ rules, mode, seed, ids = new Ids(seed) }: MemoryEngineOptions) {
    requireRules(rules);
    this.rules = rules;
    this.mode = mode;
    this.#agents = new AgentTable(!rules.without.includes("trust"));
    this.#questions = new QuestionTable(rules, this.#ledger);
    this.#seats = mode === "exact" ? new ExactSeats(ids, this.#agents) : new SampledSeats(seed, this.#agents);
    const state = { agents: this.#agents, questions: this.#questions, ledger: this.#ledger };
    this.#ballots = new BallotBox(rules, state, (a, b) => this.#seats.compare(a, b));
  }

  epoch(): number {
    return this.#epoch;
  }

  async enrol(newcomers: readonly { readonly stake: bigint }[]): Promise<readonly AgentIndex[]> {
    this.#requireRunning();
    const stakes = newcomers.map(({ stake }) => stake);
    const first = this.#agents.enrol(stakes, this.#epoch);
    for (const stake of stakes) this.#deposited += stake;
    return stakes.map((_, i) => first + i);
  }

  async leave(agents: readonly AgentIndex[]): Promise<void> {
    this.#requireRunning();
    for (const agent of agents) {
      this.#requireAgent(agent);
      if (this.#agents.hasLeft(agent)) throw new Refusal("LEFT", `agent ${agent} has left`);
    }
    if (new Set(agents).size < agents.length) throw new Refusal("DUPLICATE", "an agent leaves once");
    for (const agent of agents) this.#agents.leave(agent, this.#epoch);
  }

  async advance(grind?: Grind): Promise<Events> {
    this.#requireRunning();
    if (grind !== undefined) this.#requireGrind(grind);
    const happened = nothing();
    this.#epoch++;
    this.#beaten = false;
    this.#committees = null;
    this.#seats.advance(this.#epoch, this.#agents.advance(this.#epoch));
    for (const question of this.#questions.finalize(this.#epoch)) {
      happened.finalized.push(question.index);
      this.#ballots.finalized(question);
    }
    this.#ballots.forfeitOverdue(this.#epoch, happened);
    if (grind !== undefined) this.#grind(grind);
    return happened;
  }

  async committees(): Promise<readonly Committee[]> {
    this.#requireRunning();
    return this.#draw();
  }

  async beat(beats: readonly Beat[]): Promise<Events> {
    this.#requireRunning();
    const seated = this.#seat(beats);
    const happened = nothing();
    const silent = this.mode === "sampled" ? this.#ballots.waiting() : new Set<AgentIndex>();
    for (const beat of seated) {
      silent.delete(beat.agent);
      this.#beat(beat, happened);
    }
    for (const agent of [...silent].sort((a, b) => a - b)) this.#beat({ agent, reveal: true, votes: [] }, happened);
    this.#beaten = true;
    return happened;
  }

  async ask(questions: readonly Asked[]): Promise<readonly QuestionIndex[]> {
    this.#requireRunning();
    for (const asked of questions) this.#requireAskable(asked);
    const total = BigInt(this.#agents.totalAfter(this.#epoch)) * UNIT;
    const minStake = minStakeOf(this.rules);
    if (questions.length > 0 && total < minStake) {
      const next = this.#epoch + 1;
      throw new Refusal("MIN_STAKE", `${total} wei count in the domain in epoch ${next}, of ${minStake} at least`);
    }
    return questions.map((asked) => {
      const { index } = this.#questions.ask(asked, this.#epoch);
      this.#seats.asked(index, asked);
      return index;
    });
  }

  async appeal(question: QuestionIndex, purse: PurseIndex): Promise<void> {
    requirePurse(purse);
    this.#questions.appeal(this.#question(question), purse, this.#epoch);
  }

  async spendBudget(question: QuestionIndex): Promise<void> {
    this.#questions.spendBudget(this.#question(question), this.#epoch);
  }

  async openCanary(question: QuestionIndex): Promise<void> {
    this.#questions.openCanary(this.#question(question), this.#epoch);
  }

  async reclaim(question: QuestionIndex): Promise<void> {
    this.#questions.reclaim(this.#question(question));
  }

  async verdicts(questions: readonly QuestionIndex[]): Promise<readonly VerdictView[]> {
    return questions.map((index) => this.#questions.view(this.#question(index), this.#epoch));
  }

  async agents(agents: readonly AgentIndex[]): Promise<readonly AgentView[]> {
    this.#requireRunning();
    return agents.map((agent) => {
      this.#requireAgent(agent);
      return {
        balance: this.#agents.balance[agent] as bigint,
        locked: this.#agents.locked[agent] as bigint,
        allocation: BigInt(this.#agents.units[agent] as number) * UNIT,
        ...this.#agents.evidence(agent),
        weight: this.#agents.weight(agent),
      };
    });
  }

  async statistics(): Promise<{ readonly counts: readonly number[]; readonly participation: number }> {
    this.#requireRunning();
    const { counts, participation } = this.#questions;
    return { counts: [...counts], participation };
  }

  async books(): Promise<Books> {
    this.#requireRunning();
    return this.#ledger.books();
  }

  async settleAll(agents: readonly AgentIndex[]): Promise<Events> {
    this.#requireRunning();
    for (const agent of agents) this.#requireAgent(agent);
    const happened = nothing();
    for (const agent of agents) while (this.#ballots.settle(agent, happened));
    return happened;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /**
   * Adds everything up anew: what came in is there still, what is locked stands behind a ballot, and nobody has locked more than it
   * has. Takes time in proportion to agents and questions.
   * @throws SimulatorError `NOT_CONSERVED`
   */
  audit(): void {
    const { purses, sink, keeper } = this.#ledger.books();
    const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
    const paid = this.#deposited + sum(purses);
    const held = sum(this.#questions.all.map((question) => this.#questions.held(question)));
    const there = sum(this.#agents.balance) + sink + keeper + held + this.#ballots.unsettled();
    if (paid !== there) throw new SimulatorError("NOT_CONSERVED", `${paid} wei came in, ${there} are there`);
    const exposures = this.#ballots.exposures();
    this.#agents.locked.forEach((locked, agent) => {
      if (locked === (exposures.get(agent) ?? 0n) && this.#agents.free(agent) >= 0n) return;
      throw new SimulatorError(
        "NOT_CONSERVED",
        `agent ${agent} has ${locked} wei locked of ${this.#agents.balance[agent]}, for exposures of ${exposures.get(agent) ?? 0n}`,
      );
    });
  }

  #draw(): readonly Committee[] {
    if (this.#committees !== null) return this.#committees;
    const questions = this.#questions.votedIn(this.#epoch);
    const drawn = questions.length === 0 ? [] : this.#seats.draw(questions, (agent) => this.#backed(agent));
    this.#committees = questions.map(({ index, rounds }, i) => ({
      ...{ question: index, round: rounds, members: drawn[i] as readonly Member[] },
    }));
    return this.#committees;
  }

  /** Draws with one seed after the other, and keeps the first that gives some agents most seats. */
  #grind({ agents, tries }: Grind): void {
    const favoured = new Set(agents);
    let best = -1;
    let committees: readonly Committee[] | null = null;
    for (let attempt = 0; attempt < tries; attempt++) {
      this.#seats.reseed(attempt);
      this.#committees = null;
      const members = this.#draw().flatMap((committee) => committee.members);
      const seats = members.reduce((sum, one) => sum + (favoured.has(one.agent) ? one.seats : 0), 0);
      if (seats > best) [best, committees] = [seats, this.#committees];
    }
    this.#committees = committees;
  }

  /** Units behind an agent's seats, once its beat has settled. */
  #backed(agent: AgentIndex): number {
    const { gain, loss } = this.#ballots.ahead(agent);
    return this.#agents.backed(agent, gain - loss);
  }

  #beat({ agent, reveal, votes }: SeatedBeat, happened: Happened): void {
    this.#ballots.settle(agent, happened);
    if (reveal) {
      if (this.#ballots.isOpen(agent)) this.#seats.revealed(agent, this.#epoch - 1);
      this.#ballots.reveal(agent, happened);
    }
    const voteless = this.mode === "sampled" && votes.length === 0;
    if (voteless || this.#ballots.isOpen(agent) || !this.#hasSecret(agent)) return;
    happened.dropped += this.#ballots.commit(agent, votes, this.#epoch);
  }

  /** An agent's first secret is of the epoch after the next one. */
  #hasSecret(agent: AgentIndex): boolean {
    return this.#epoch > firstTipEpoch(this.#agents.enrolledIn(agent));
  }

  /** The beats with their seats. @throws Refusal if one of them cannot be made */
  #seat(beats: readonly Beat[]): SeatedBeat[] {
    if (this.#beaten) throw new Refusal("BEATEN", `agents have beaten in epoch ${this.#epoch}`);
    const committees = new Map(this.#draw().map(({ question, members }) => [question, members]));
    const seen = new Set<AgentIndex>();
    return beats.map(({ agent, reveal, votes }) => {
      this.#requireAgent(agent);
      if (seen.has(agent)) throw new Refusal("BEATEN", `agent ${agent} beats twice`);
      seen.add(agent);
      if (!reveal && votes.length > 0) {
        throw new Refusal("BALLOT_OPEN", `agent ${agent} cannot vote while it withholds a ballot`);
      }
      const voted = new Set<QuestionIndex>();
      const seated = votes.map(({ question, outcome }) => {
        const seats = seatsIn(committees.get(question) ?? [], agent);
        if (seats === 0) throw new Refusal("NO_SEAT", `agent ${agent} has no seat on question ${question}`);
        if (voted.has(question)) throw new Refusal("DUPLICATE", `agent ${agent} votes twice on question ${question}`);
        voted.add(question);
        this.#requireOutcome(outcome);
        return { question, outcome, seats };
      });
      return { agent, reveal, votes: seated };
    });
  }

  #question(index: QuestionIndex): Question {
    this.#requireRunning();
    const question = this.#questions.all[index];
    if (question === undefined) throw new Refusal("UNKNOWN", `no question ${index}`);
    return question;
  }

  #requireAgent(agent: AgentIndex): void {
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.#agents.count) {
      throw new Refusal("UNKNOWN", `no agent ${agent}`);
    }
  }

  #requireAskable({ purse, budgetRounds, canary }: Asked): void {
    requirePurse(purse);
    const { maxRounds } = this.rules;
    if (!Number.isInteger(budgetRounds) || budgetRounds < 0 || budgetRounds >= maxRounds) {
      throw new Refusal("ROUNDS", `a budget is for 0 to ${maxRounds - 1} further rounds, not ${budgetRounds}`);
    }
    if (canary !== undefined && canary.answer !== null) this.#requireOutcome(canary.answer);
  }

  #requireGrind({ agents, tries }: Grind): void {
    for (const agent of agents) this.#requireAgent(agent);
    if (!Number.isInteger(tries) || tries < 1) throw new Refusal("TRIES", `a seed has at least 1 try, not ${tries}`);
  }

  #requireOutcome(outcome: number): void {
    const { outcomes } = this.rules;
    if (!Number.isInteger(outcome) || outcome < 0 || outcome >= outcomes) {
      throw new Refusal("OUTCOME", `outcomes are 0 to ${outcomes - 1}, got ${outcome}`);
    }
  }

  #requireRunning(): void {
    if (this.#closed) throw new Refusal("CLOSED", "the engine is closed");
  }
}

/** Most purses: each costs a place in the books. */
const MAX_PURSE = 0xffff;

function requirePurse(purse: PurseIndex): void {
  if (!Number.isInteger(purse) || purse < 0 || purse > MAX_PURSE) {
    throw new Refusal("UNKNOWN", `purses are 0 to ${MAX_PURSE}, got ${purse}`);
  }
}

/** By halves: members are in order. */
function seatsIn(members: readonly Member[], agent: AgentIndex): number {
  let [low, high] = [0, members.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((members[middle] as Member).agent < agent) low = middle + 1;
    else high = middle;
  }
  const found = members[low];
  return found?.agent === agent ? found.seats : 0;
}
