import {
  addVote,
  allocationAt,
  type Appeal,
  countOutcome,
  decodeBallot,
  decodeReceipts,
  encodeReceipts,
  evidenceUnder,
  type Hex,
  LAST_GENERATION,
  NEWCOMER_WEIGHT,
  ONE,
  type OpenQuestion,
  rarity,
  type Receipt,
  roundSchedule,
  seatsOf,
  seatWeight,
  settlementTerms,
  settleVote,
  type Snapshots,
  splitQuestionId,
  type Standing,
  type Terms,
  updateEvidence,
  updateParticipation,
  verdictOf,
} from "@assay/protocol";

/** Parameters and statistics of a domain. */
export interface Domain {
  readonly seats: number;
  readonly outcomes: number;
  readonly supermajorityBps: number;
  readonly maxRounds: number;
  readonly seatFee: bigint;
  readonly seatBond: bigint;
  readonly burnBps: number;
  readonly openAnswers: boolean;
  readonly total: Snapshots;
  counts: number[];
  participation: number;
}

/** An appeal and who made it; `null` for a round from the budget. */
export type PaidRound = (Appeal & { readonly appellant: Hex }) | null;

export interface Question {
  state: OpenQuestion | Terms;
  /** Of rounds 2 and up. */
  readonly appeals: PaidRound[];
}

/** An agent in a domain. */
export interface Membership {
  readonly allocations: Snapshots;
  standing: Standing | null;
}

export interface Voter {
  readonly agentId: bigint;
  readonly generation: number;
  readonly secret: Hex;
  readonly seed: Hex;
  readonly epoch: number;
  readonly backing: bigint;
}

/** What settling a ballot comes to, wei. */
export interface Settled {
  gain: bigint;
  loss: bigint;
  unlock: bigint;
  /** Of the losses. */
  burned: bigint;
  /** Of questions finalized on the way. */
  toSink: bigint;
  rest: Hex;
}

/** Consensus as far as ballots go, made of the rules in TypeScript and kept in plain objects. */
export class Model {
  readonly domains = new Map<number, Domain>();
  readonly questions = new Map<Hex, Question>();
  readonly memberships = new Map<string, Membership>();
  /** What appellants were credited, in order. */
  readonly credits: { readonly account: Hex; readonly amount: bigint }[] = [];

  /** Counts a revealed ballot. @throws ProtocolError as `decodeBallot`, with nothing counted */
  count(voter: Voter, ballot: Hex, trusted: boolean): { readonly receipts: Hex; readonly used: bigint } {
    const receipts: Receipt[] = [];
    let used = 0n;
    for (const { questionId, outcome } of decodeBallot(ballot)) {
      const seats = this.#countVote(voter, questionId, outcome, trusted);
      if (seats === 0) continue;
      receipts.push({ questionId, outcome, seats });
      used += BigInt(seats) * this.#domainOf(questionId).seatBond;
    }
    return { receipts: encodeReceipts({ generation: voter.generation, receipts }), used };
  }

  /** Settles what is final in `epoch` of an agent's receipts. @param generation of the agent at that time */
  settle(agentId: bigint, generation: number, receipts: Hex, epoch: number): Settled {
    const decoded = decodeReceipts(receipts);
    const believed = decoded.generation === generation ? generation : LAST_GENERATION;
    const rest: Receipt[] = [];
    const result = { gain: 0n, loss: 0n, unlock: 0n, burned: 0n, toSink: 0n };
    for (const receipt of decoded.receipts) {
      const terms = this.#termsOf(receipt.questionId, epoch, result);
      if (terms === null) {
        rest.push(receipt);
        continue;
      }
      const vote = settleVote(receipt, terms, this.#domainOf(receipt.questionId));
      result.gain += vote.paid;
      result.loss += vote.lost;
      result.unlock += vote.unlocked;
      result.burned += vote.burned;
      if (vote.agree !== null) this.#learn(agentId, receipt.questionId, believed, vote.agree, terms.evidence);
    }
    return { ...result, rest: encodeReceipts({ generation: decoded.generation, receipts: rest }) };
  }

  membership(agentId: bigint, domainId: number): Membership | undefined {
    return this.memberships.get(membershipKey(agentId, domainId));
  }

  /** @returns seats counted; 0 if the vote is skipped */
  #countVote(voter: Voter, questionId: Hex, outcome: number, trusted: boolean): number {
    const { domainId } = splitQuestionId(questionId);
    const [domain, question] = [this.domains.get(domainId), this.questions.get(questionId)];
    if (domain === undefined || question === undefined || !isOpen(question.state)) return 0;
    if (question.state.epoch !== voter.epoch || outcome >= domain.outcomes) return 0;
    const membership = this.membership(voter.agentId, domainId);
    const allocation = membership === undefined ? 0n : allocationAt(membership.allocations, voter.epoch);
    const seats = seatsOf({
      offered: question.state.offeredNow,
      stake: allocation < voter.backing ? allocation : voter.backing,
      total: allocationAt(domain.total, voter.epoch),
      seed: voter.seed,
      questionId,
      agentId: voter.agentId,
      secret: voter.secret,
    });
    if (seats === 0) return 0;
    const evidence = evidenceUnder(membership?.standing ?? null, voter.generation);
    const weight = trusted ? seatWeight(evidence) : NEWCOMER_WEIGHT;
    const tally = addVote(question.state.tally, outcome, seats, weight);
    if (tally === null) return 0;
    question.state = { ...question.state, tally };
    return seats;
  }

  #termsOf(questionId: Hex, epoch: number, result: { toSink: bigint }): Terms | null {
    const question = this.questions.get(questionId) as Question;
    if (!isOpen(question.state)) return question.state;
    if (epoch < roundSchedule(question.state.epoch).final) return null;
    question.state = this.#finalize(questionId, question.state, question.appeals, result);
    return question.state;
  }

  #finalize(questionId: Hex, open: OpenQuestion, appeals: readonly PaidRound[], result: { toSink: bigint }): Terms {
    const domain = this.#domainOf(questionId);
    const lastRound = open.rounds === domain.maxRounds;
    const verdict = verdictOf(open.tally, { ...domain, firstRoundSeats: domain.seats, lastRound });
    let g = ONE;
    if (verdict.decisive && verdict.outcome !== null && !domain.openAnswers) {
      g = rarity(domain.counts, verdict.outcome);
      domain.counts = countOutcome(domain.counts, verdict.outcome);
    }
    domain.participation = updateParticipation(domain.participation, verdict.seats, open.offered);
    const { terms, payouts } = settlementTerms(
      { ...domain, firstRoundSeats: domain.seats, ...open, appeals, rarity: g },
      verdict,
    );
    payouts.appellants.forEach((amount, i) => {
      const appeal = appeals[i];
      if (amount !== 0n && appeal) this.credits.push({ account: appeal.appellant, amount });
    });
    result.toSink += payouts.toSink + payouts.canaryToSink;
    return terms;
  }

  #learn(agentId: bigint, questionId: Hex, generation: number, agree: boolean, quantity: number): void {
    if (generation === LAST_GENERATION) return;
    const { domainId } = splitQuestionId(questionId);
    const membership = this.membership(agentId, domainId) as Membership;
    const evidence = updateEvidence(evidenceUnder(membership.standing, generation), agree, quantity);
    membership.standing = { ...evidence, generation };
  }

  #domainOf(questionId: Hex): Domain {
    return this.domains.get(splitQuestionId(questionId).domainId) as Domain;
  }
}

export function membershipKey(agentId: bigint, domainId: number): string {
  return `${agentId}/${domainId}`;
}

export function isOpen(state: OpenQuestion | Terms): state is OpenQuestion {
  return "tally" in state;
}
