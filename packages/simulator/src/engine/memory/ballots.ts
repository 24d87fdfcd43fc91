import { MAX_VOTES, RECEIPT_RING, settleVote, splitForfeit } from "@assay/protocol";
import type { AgentIndex, Events, QuestionIndex, Settled, Vote } from "../engine.ts";
import type { Rules } from "../rules.ts";
import type { AccountChange, AgentTable } from "./agents.ts";
import type { Ledger } from "./ledger.ts";
import type { Question, QuestionTable } from "./questions.ts";

/** A vote with the seats it was drawn for. */
export interface SeatedVote extends Vote {
  readonly seats: number;
}

interface Ballot {
  /** Of the votes. */
  readonly epoch: number;
  /** In the order of a ballot; once some are settled, the rest. */
  votes: readonly SeatedVote[];
}

/** What happens in a step, as it happens. */
export type Happened = {
  -readonly [Key in keyof Events]: Events[Key] extends readonly (infer One)[] ? One[] : Events[Key];
};

export function nothing(): Happened {
  return { finalized: [], settled: [], forfeited: [], revealed: [], dropped: 0 };
}

/** Ballots from their commitment to their settlement. */
export class BallotBox {
  readonly #rules: Rules;
  readonly #agents: AgentTable;
  readonly #questions: QuestionTable;
  readonly #ledger: Ledger;
  /** Votes in the order in which a ballot has them. */
  readonly #compare: (a: Vote, b: Vote) => number;
  readonly #open = new Map<AgentIndex, Ballot>();
  /** Revealed and not settled, oldest first; never an empty one. */
  readonly #ring = new Map<AgentIndex, Ballot[]>();
  /** Agents with something final in their ring. */
  readonly #due = new Set<AgentIndex>();

  constructor(
    rules: Rules,
    state: { readonly agents: AgentTable; readonly questions: QuestionTable; readonly ledger: Ledger },
    compare: (a: QuestionIndex, b: QuestionIndex) => number,
  ) {
    this.#rules = rules;
    this.#agents = state.agents;
    this.#questions = state.questions;
    this.#ledger = state.ledger;
    this.#compare = (a, b) => compare(a.question, b.question);
  }

  /** Agents with a ballot to reveal or something to settle. */
  waiting(): Set<AgentIndex> {
    return new Set([...this.#open.keys(), ...this.#due]);
  }

  isOpen(agent: AgentIndex): boolean {
    return this.#open.has(agent);
  }

  /** Commits as many of the votes as can be. @returns how many could not */
  commit(agent: AgentIndex, votes: readonly SeatedVote[], epoch: number): number {
    const ring = this.#ring.get(agent);
    if (ring?.some((ballot) => (epoch - ballot.epoch) % RECEIPT_RING === 0) === true) return votes.length;
    const free = this.#agents.free(agent);
    let exposure = 0n;
    let covered = 0;
    for (const { seats } of votes.slice(0, MAX_VOTES)) {
      const bonds = BigInt(seats) * this.#rules.seatBond;
      if (exposure + bonds > free) break;
      exposure += bonds;
      covered++;
    }
    this.#agents.lock(agent, exposure);
    this.#open.set(agent, { epoch, votes: votes.slice(0, covered).sort(this.#compare) });
    return votes.length - covered;
  }

  /** Counts the open ballot. */
  reveal(agent: AgentIndex, happened: Happened): void {
    const ballot = this.#open.get(agent);
    if (ballot === undefined) return;
    this.#open.delete(agent);
    const weight = this.#agents.weight(agent);
    const counted = ballot.votes.filter(({ question, outcome, seats }) =>
      this.#questions.count(this.#question(question), agent, outcome, seats, weight),
    );
    // A vote that no tally has room for puts nothing at risk.
    this.#agents.lock(agent, this.#bonds(counted) - this.#bonds(ballot.votes));
    if (counted.length === 0) return;
    for (const vote of counted) happened.revealed.push({ ...vote, agent, weight });
    const ring = this.#ring.get(agent);
    const kept = { epoch: ballot.epoch, votes: counted };
    if (ring === undefined) this.#ring.set(agent, [kept]);
    else ring.push(kept);
  }

  /** Marks whose ballots can be settled now. */
  finalized(question: Question): void {
    for (const agent of question.voters) this.#due.add(agent);
    question.voters = [];
  }

  /** What the agent's next settlement comes to, wei; nothing if nothing is final. */
  ahead(agent: AgentIndex): Pick<AccountChange, "gain" | "loss"> {
    const ballot = this.#settleable(agent);
    return ballot === undefined ? { gain: 0n, loss: 0n } : this.#terms(ballot).change;
  }

  /** Settles what is final of the oldest ballot of which something is. @returns false if there is none */
  settle(agent: AgentIndex, happened: Happened): boolean {
    const ballot = this.#settleable(agent);
    if (ballot === undefined) return false;
    const { change, burned, evidence } = this.#terms(ballot);
    this.#agents.apply(agent, change);
    this.#ledger.burn(burned);
    for (const { agree, quantity } of evidence) this.#agents.score(agent, agree, quantity);
    ballot.votes = ballot.votes.filter(({ question }) => this.#question(question).terms === null);
    this.#tidy(agent);
    const { gain, loss } = change;
    happened.settled.push({ agent, epoch: ballot.epoch, gain, loss } satisfies Settled);
    return true;
  }

  /** A keeper forfeits what should have been revealed before this epoch. */
  forfeitOverdue(epoch: number, happened: Happened): void {
    const overdue = [...this.#open].filter(([, ballot]) => ballot.epoch + 2 <= epoch).sort(([a], [b]) => a - b);
    for (const [agent, { votes }] of overdue) {
      this.#open.delete(agent);
      const exposure = this.#bonds(votes);
      if (exposure === 0n) continue;
      this.#agents.apply(agent, { gain: 0n, loss: exposure, unlock: exposure });
      this.#ledger.forfeit(splitForfeit(exposure, true));
      happened.forfeited.push({ agent, exposure });
    }
  }

  /** Wei that unsettled votes of final questions are still to gain, less what of their losses is not burned. */
  unsettled(): bigint {
    let sum = 0n;
    for (const ballot of [...this.#ring.values()].flat()) {
      const { change, burned } = this.#terms(ballot);
      sum += change.gain - change.loss + burned;
    }
    return sum;
  }

  /** Wei locked behind an agent's ballots. */
  exposures(): Map<AgentIndex, bigint> {
    const sums = new Map<AgentIndex, bigint>();
    const add = (agent: AgentIndex, ballot: Ballot) =>
      sums.set(agent, (sums.get(agent) ?? 0n) + this.#bonds(ballot.votes));
    for (const [agent, ballot] of this.#open) add(agent, ballot);
    for (const [agent, ballots] of this.#ring) for (const ballot of ballots) add(agent, ballot);
    return sums;
  }

  #settleable(agent: AgentIndex): Ballot | undefined {
    if (!this.#due.has(agent)) return undefined;
    return this.#ring.get(agent)?.find((ballot) => this.#anyFinal(ballot));
  }

  /** What settling the final votes of a ballot comes to. */
  #terms(ballot: Ballot) {
    let [gain, loss, unlock, burned] = [0n, 0n, 0n, 0n];
    const evidence: { readonly agree: boolean; readonly quantity: number }[] = [];
    for (const vote of ballot.votes) {
      const { terms } = this.#question(vote.question);
      if (terms === null) continue;
      const settled = settleVote(vote, terms, this.#rules);
      gain += settled.paid;
      loss += settled.lost;
      unlock += settled.unlocked;
      burned += settled.burned;
      if (settled.agree !== null) evidence.push({ agree: settled.agree, quantity: terms.evidence });
    }
    return { change: { gain, loss, unlock }, burned, evidence };
  }

  /** Drops what is settled in full. */
  #tidy(agent: AgentIndex): void {
    const left = (this.#ring.get(agent) ?? []).filter(({ votes }) => votes.length > 0);
    if (left.length === 0) this.#ring.delete(agent);
    else this.#ring.set(agent, left);
    if (!left.some((ballot) => this.#anyFinal(ballot))) this.#due.delete(agent);
  }

  #anyFinal({ votes }: Ballot): boolean {
    return votes.some(({ question }) => this.#question(question).terms !== null);
  }

  #bonds(votes: readonly SeatedVote[]): bigint {
    return votes.reduce((sum, { seats }) => sum + BigInt(seats) * this.#rules.seatBond, 0n);
  }

  #question(index: QuestionIndex): Question {
    return this.#questions.all[index] as Question;
  }
}
