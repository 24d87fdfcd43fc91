import { askedSeats, burnOf, questionFees, roundFee, roundSeats } from "@assay/protocol";
import type { AgentIndex, QuestionIndex, VerdictView } from "../engine/engine.ts";
import type { Rules } from "../engine/rules.ts";
import type { Voice } from "../baselines/poll.ts";
import { most } from "../strategies/plot.ts";

/** A vote that was cast: sealed first, then revealed. */
export interface CastVote {
  readonly question: Question;
  readonly outcome: number;
  readonly seats: number;
}

export interface Asking {
  /** Index of the item; `null` of one that a group asks itself. */
  readonly item: number | null;
  /** Group that pays for it; `null`: an honest asker. */
  readonly group: number | null;
  /** What the group's members answer, of a question that it asks itself. */
  readonly dealt: number | null;
  /** What it was entered as a canary with; `undefined`: it was not. */
  readonly canary: number | undefined;
  /** Further rounds prepaid. */
  readonly budget: number;
  /** 0 to 1: see `Posed`. */
  readonly progress: number;
}

/** A question in a run. */
export class Question {
  readonly index: QuestionIndex;
  readonly asking: Asking;
  readonly askedIn: number;
  /** That is voted now, or was last. */
  round = 1;
  /** Epoch of its vote. */
  votedIn: number;
  /** Leading outcome of the rounds before. */
  leading: number | null = null;
  target: number | null = null;
  /** What everybody would say, by index into the crowd. */
  voices: readonly Voice[] = [];
  /** Who voted what, as revealed. */
  readonly votes = new Map<AgentIndex, { outcome: number; seats: number }[]>();
  /** Votes that were bought, by outcome offered. */
  readonly bought: { readonly group: number; readonly offered: number; readonly seats: number }[] = [];
  final: VerdictView | null = null;
  readonly #rules: Rules;
  /** Seats prepaid and not used. */
  #budget: number;
  readonly #appeals: { readonly round: number; readonly against: number }[] = [];

  constructor(index: QuestionIndex, asking: Asking, epoch: number, rules: Rules) {
    this.#rules = rules;
    this.index = index;
    this.asking = asking;
    this.askedIn = epoch;
    this.votedIn = epoch + 1;
    this.#budget = askedSeats(rules.seats, asking.budget + 1) - rules.seats;
  }

  get lastRound(): boolean {
    return this.round === this.#rules.maxRounds;
  }

  /** Whether what is prepaid covers another round. */
  get prepaid(): boolean {
    return !this.lastRound && this.#budget >= roundSeats(this.#rules.seats, this.round + 1);
  }

  /** Whether something comes back to who asked. */
  get reclaimable(): boolean {
    return this.#budget > 0 || this.final?.seats === 0;
  }

  /** A further round, voted in the epoch after `epoch`. @param against decisive verdict appealed against; `null`: the budget pays */
  goOn(epoch: number, against: number | null): void {
    this.round++;
    this.votedIn = epoch + 1;
    if (against === null) this.#budget -= roundSeats(this.#rules.seats, this.round);
    else this.#appeals.push({ round: this.round, against });
  }

  count(agent: AgentIndex, outcome: number, seats: number): void {
    const own = this.votes.get(agent);
    if (own === undefined) this.votes.set(agent, [{ outcome, seats }]);
    else own.push({ outcome, seats });
  }

  /** Leading outcome by seats of what is revealed, and of these votes with it, without an agent's own; `null` where there is nothing. */
  leadingWithout(agent: AgentIndex, sealed: ReadonlyMap<AgentIndex, readonly CastVote[]>): number | null {
    const seats = Array<number>(this.#rules.outcomes).fill(0);
    const add = (outcome: number, count: number) => (seats[outcome] = (seats[outcome] as number) + count);
    for (const [voter, votes] of this.votes)
      if (voter !== agent) votes.forEach((vote) => add(vote.outcome, vote.seats));
    for (const [voter, votes] of sealed) {
      if (voter === agent) continue;
      for (const vote of votes) if (vote.question === this) add(vote.outcome, vote.seats);
    }
    const first = most(seats);
    return seats[first] === 0 ? null : first;
  }

  /** What asker and appellants paid, less what came back of it, wei. */
  cost(): bigint {
    const { seatFee, seats: firstRoundSeats, burnBps } = this.#rules;
    const fees = { seatFee, firstRoundSeats };
    const paid = questionFees({ ...fees, rounds: this.round });
    if (this.final === null) return paid;
    const { status, outcome, seats } = this.final;
    // Where nobody voted, all but the burn comes back.
    if (seats === 0) return burnOf(paid, burnBps);
    if (status !== "resolved") return paid;
    return this.#appeals
      .filter(({ against }) => against !== outcome)
      .reduce((cost, { round }) => cost - roundFee(fees, round), paid);
  }
}
