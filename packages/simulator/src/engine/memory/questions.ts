import {
  addVote,
  askedSeats,
  type Canary,
  countOutcome,
  emptyTally,
  EPOCHS_PER_ROUND,
  evidenceMultiplier,
  FULL_PARTICIPATION,
  initialCounts,
  offeredSeats,
  ONE,
  rarity,
  roundFee,
  roundSeats,
  roundSchedule,
  settlementTerms,
  type Tally,
  type Terms,
  updateParticipation,
  type Verdict,
  verdictOf,
} from "@assay/protocol";
import type { AgentIndex, Asked, PurseIndex, QuestionIndex, VerdictView } from "../engine.ts";
import { Refusal } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import type { Ledger } from "./ledger.ts";

/** A further round that somebody paid for. */
interface PaidRound {
  readonly purse: PurseIndex;
  /** The decisive outcome appealed against; `null` if the round before was undecided. */
  readonly against: number | null;
}

export interface Question {
  readonly index: QuestionIndex;
  /** Who asked. */
  readonly purse: PurseIndex;
  /** Sealed, if it is entered as a canary. */
  readonly answer: number | null;
  /** Of the vote of the last round. */
  epoch: number;
  rounds: number;
  /** k' of all rounds together. */
  offered: number;
  /** k' of the last round. */
  offeredNow: number;
  /** Seats of further rounds, prepaid. */
  budget: number;
  canary: Canary;
  tally: Tally;
  /** Of rounds from the second on; `null` where the budget paid. */
  readonly paid: (PaidRound | null)[];
  /** Whose votes are counted, once a vote; none once it is final. */
  voters: AgentIndex[];
  /** Once it is final; what is left of the budget, and whether there is a refund, until it is reclaimed. */
  terms: Terms | null;
  /** Fees that go back to the asker, wei; only where nobody voted. */
  refund: bigint;
}

/** All questions, and the statistics of the domain. */
export class QuestionTable {
  readonly all: Question[] = [];
  /** Q16. */
  participation = FULL_PARTICIPATION;
  /** Q8. */
  counts: readonly number[];
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  /** Voted in an epoch, in that round or, if it went further, an earlier one. */
  readonly #byEpoch = new Map<number, QuestionIndex[]>();

  constructor(rules: Rules, ledger: Ledger) {
    this.#rules = rules;
    this.#ledger = ledger;
    this.counts = initialCounts(rules.outcomes);
  }

  ask({ purse, budgetRounds, canary }: Asked, epoch: number): Question {
    const { outcomes, seats, seatFee } = this.#rules;
    const budget = askedSeats(seats, budgetRounds + 1) - seats;
    const offered = offeredSeats(seats, this.participation);
    const question: Question = {
      index: this.all.length,
      purse,
      answer: canary?.answer ?? null,
      epoch: epoch + 1,
      rounds: 1,
      offered,
      offeredNow: offered,
      budget,
      canary: { kind: canary === undefined ? "none" : "entered" },
      tally: emptyTally(outcomes),
      paid: [],
      voters: [],
      terms: null,
      refund: 0n,
    };
    this.all.push(question);
    this.#schedule(question);
    this.#ledger.pull(purse, BigInt(seats + budget) * seatFee + (canary === undefined ? 0n : this.#deposit()));
    return question;
  }

  /** Voted in `epoch`, by index ascending. */
  votedIn(epoch: number): Question[] {
    return this.#last(epoch).filter((question) => question.epoch === epoch);
  }

  /** Adds a vote. @param weight of a seat, Q8 @returns false if there is no room for it */
  count(question: Question, agent: AgentIndex, outcome: number, seats: number, weight: number): boolean {
    const tally = addVote(question.tally, outcome, seats, weight);
    if (tally === null) return false;
    question.tally = tally;
    question.voters.push(agent);
    return true;
  }

  /** @throws Refusal `FINAL`, `ROUNDS`, `EPOCH` */
  appeal(question: Question, purse: PurseIndex, epoch: number): void {
    this.#requireAppealable(question, epoch);
    const verdict = this.#verdictOf(question);
    this.#ledger.pull(
      purse,
      this.#startRound(question, epoch, { purse, against: verdict.decisive ? verdict.outcome : null }),
    );
  }

  /** @throws Refusal `FINAL`, `ROUNDS`, `EPOCH`, `DECISIVE`, `BUDGET` */
  spendBudget(question: Question, epoch: number): void {
    this.#requireAppealable(question, epoch);
    if (this.#verdictOf(question).decisive) {
      throw new Refusal("DECISIVE", `question ${question.index} has a decisive verdict`);
    }
    const seats = roundSeats(this.#rules.seats, question.rounds + 1);
    if (question.budget < seats) {
      throw new Refusal("BUDGET", `question ${question.index} has prepaid ${question.budget} of ${seats} seats`);
    }
    question.budget -= seats;
    this.#startRound(question, epoch, null);
  }

  /** @throws Refusal `FINAL`, `NO_CANARY`, `EPOCH` */
  openCanary(question: Question, epoch: number): void {
    requireOpen(question);
    const { answer, purse, rounds } = question;
    if (question.canary.kind !== "entered") {
      throw new Refusal("NO_CANARY", `question ${question.index} has no canary to open`);
    }
    // Rounds follow each other without a gap, and the second may have been started in this very epoch.
    requireAppealEpoch(question, question.epoch - (rounds - 1) * EPOCHS_PER_ROUND, epoch);
    question.canary = answer === null ? { kind: "empty" } : { kind: "answer", outcome: answer };
    const verdict = this.#verdictOf(question);
    const disagrees = answer !== null && verdict.decisive && verdict.outcome !== answer;
    this.#ledger.credit(purse, this.#deposit());
    if (disagrees && rounds === 1 && this.#rules.maxRounds > 1) {
      this.#ledger.pull(purse, this.#startRound(question, epoch, { purse, against: verdict.outcome }));
    }
  }

  /** Makes final what was voted last in the epoch that is final now. @returns by index ascending */
  finalize(epoch: number): Question[] {
    const voted = epoch - EPOCHS_PER_ROUND;
    const due = this.votedIn(voted);
    this.#byEpoch.delete(voted);
    for (const question of due) this.#finalize(question);
    return due;
  }

  /** @throws Refusal `EPOCH` */
  reclaim(question: Question): void {
    const { terms, purse, refund, index } = question;
    if (terms === null) throw new Refusal("EPOCH", `question ${index} is not final`);
    this.#ledger.credit(purse, BigInt(terms.budget) * this.#rules.seatFee + refund);
    question.terms = { ...terms, budget: 0, refundable: false };
    question.refund = 0n;
  }

  view({ epoch, rounds, tally, terms }: Question, now: number): VerdictView {
    const seats = tally.seats.reduce((sum, n) => sum + n, 0);
    if (terms !== null)
      return { status: terms.status, outcome: terms.outcome, supportBps: terms.supportBps, rounds, seats };
    if (now < roundSchedule(epoch).appeal) return { status: "voting", outcome: null, supportBps: 0, rounds, seats };
    const { decisive, outcome, supportBps } = this.#verdict(tally, rounds);
    return { status: decisive ? "provisional" : "undecided", outcome, supportBps, rounds, seats };
  }

  /** What a question holds, but for what its unsettled votes gain and lose, wei. */
  held({ canary, rounds, budget, terms, refund }: Question): bigint {
    const { seats, seatFee } = this.#rules;
    if (terms !== null) return BigInt(terms.budget) * seatFee + refund;
    const deposit = canary.kind === "entered" ? this.#deposit() : 0n;
    return BigInt(askedSeats(seats, rounds) + budget) * seatFee + deposit;
  }

  #finalize(question: Question): void {
    const { seats, seatFee, seatBond, burnBps, openAnswers, without } = this.#rules;
    const { rounds, canary, budget, paid, offered } = question;
    const verdict = this.#verdictOf(question);
    const counted = verdict.decisive && !openAnswers ? verdict.outcome : null;
    const g = counted === null ? ONE : rarity(this.counts, counted);
    const settlement = settlementTerms(
      {
        ...{ seatFee, seatBond, burnBps, firstRoundSeats: seats, rounds, canary, appeals: paid, budget },
        rarity: without.includes("rarity") ? ONE : g,
      },
      verdict,
    );
    const { payouts } = settlement;
    const confirmed = canary.kind === "answer" && canary.outcome === verdict.outcome;
    const quantity = evidenceMultiplier(rounds, confirmed) * (without.includes("balance") ? ONE : g);
    question.terms = { ...settlement.terms, evidence: settlement.terms.evidence === 0 ? 0 : quantity };
    question.refund = payouts.askerRefund;
    if (counted !== null) this.counts = countOutcome(this.counts, counted);
    this.participation = updateParticipation(this.participation, verdict.seats, offered);
    this.#ledger.burn(payouts.toSink + payouts.canaryToSink);
    paid.forEach((round, i) => {
      if (round !== null) this.#ledger.credit(round.purse, payouts.appellants[i] as bigint);
    });
  }

  /** @returns fee of the round, wei */
  #startRound(question: Question, epoch: number, paid: PaidRound | null): bigint {
    const { seats, seatFee } = this.#rules;
    question.rounds++;
    question.epoch = epoch + 1;
    question.offeredNow = offeredSeats(roundSeats(seats, question.rounds), this.participation);
    question.offered += question.offeredNow;
    question.paid.push(paid);
    this.#schedule(question);
    return roundFee({ seatFee, firstRoundSeats: seats }, question.rounds);
  }

  #requireAppealable(question: Question, epoch: number): void {
    requireOpen(question);
    if (question.rounds >= this.#rules.maxRounds) {
      throw new Refusal("ROUNDS", `question ${question.index} has had all ${this.#rules.maxRounds} rounds`);
    }
    requireAppealEpoch(question, question.epoch, epoch);
  }

  #verdictOf({ tally, rounds }: Question): Verdict {
    return this.#verdict(tally, rounds);
  }

  #verdict(tally: Tally, rounds: number): Verdict {
    const { seats, supermajorityBps, maxRounds } = this.#rules;
    return verdictOf(tally, { firstRoundSeats: seats, supermajorityBps, lastRound: rounds === maxRounds });
  }

  #schedule({ index, epoch }: Question): void {
    const others = this.#byEpoch.get(epoch);
    if (others === undefined) this.#byEpoch.set(epoch, [index]);
    else others.push(index);
  }

  #last(epoch: number): Question[] {
    const indices = this.#byEpoch.get(epoch) ?? [];
    return indices.toSorted((a, b) => a - b).map((index) => this.all[index] as Question);
  }

  /** Of a canary, wei. */
  #deposit(): bigint {
    const { seats, seatFee } = this.#rules;
    return BigInt(seats) * seatFee;
  }
}

function requireOpen({ terms, index }: Question): void {
  if (terms !== null) throw new Refusal("FINAL", `question ${index} is final`);
}

/** @param voted epoch of the vote that is taken further */
function requireAppealEpoch({ index }: Question, voted: number, epoch: number): void {
  const { appeal } = roundSchedule(voted);
  if (epoch !== appeal)
    throw new Refusal("EPOCH", `question ${index} is in its epoch of appeals in ${appeal}, not ${epoch}`);
}
