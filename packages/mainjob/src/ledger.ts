import type { Contracts } from "@assay/sdk";
import {
  decodeReceipts,
  decodeTerms,
  type Evidence,
  type Hex,
  NO_OUTCOME_UINT8,
  normalizeHex,
  PRIOR,
  type Receipt,
  seatWeight,
  updateEvidence,
  type Vote,
} from "@assay/protocol";
import type { Log, Result, TransactionReceipt } from "ethers";

/** A vote that was revealed on a seat. */
export interface CastVote extends Vote {
  readonly agentId: bigint;
  /** Epoch it was committed in. */
  readonly epoch: number;
  readonly seats: number;
  /** Of one seat, Q8. */
  readonly weight: number;
}

/** An agent's account and trust, as its events tell. */
export interface Standing {
  /** Wei of stake, all of it. */
  balance: bigint;
  /** Of it, what is neither pledged nor withdrawing, as AccountChanged and BallotCommitted tell it. */
  available: bigint;
  /** Gains less losses of ballots that the next of these is to book. */
  announced: bigint;
  /** Wei won as a voter and in challenges. */
  earned: bigint;
  /** Wei lost as a voter, by forfeit and in challenges. */
  slashed: bigint;
  evidence: Evidence;
}

/** A question that went to a committee. */
export interface QuestionRecord {
  readonly id: Hex;
  readonly contentHash: string;
  readonly asker: string;
  readonly canaryCommitment: Hex;
  readonly salt: Hex;
  /** Epoch of the vote of its last round. */
  voteEpoch: number;
  rounds: number;
  /** Further rounds that the prepaid budget paid for. */
  budgetRounds: number;
  /** Further rounds that a canary started. */
  canaryRounds: number;
  final: FinalVerdict | null;
}

export interface FinalVerdict {
  readonly resolved: boolean;
  readonly outcome: number;
  readonly supportBps: number;
  readonly rounds: number;
  /** For or against each of its voters, Q8. */
  readonly evidence: number;
  readonly epoch: number;
}

/** What a transaction was sent for. */
export type Purpose = "beat" | "settle" | "finalize" | "ask" | "setup" | "round" | "court" | "collect";

/** Keeps the books of a run from the receipts of its transactions, and from nothing else. */
export class Ledger {
  readonly votes: CastVote[] = [];
  readonly questions = new Map<Hex, QuestionRecord>();
  readonly standings = new Map<bigint, Standing>();
  readonly gas = new Map<Purpose, { transactions: number; gas: bigint }>();
  /** Ballots that were never revealed. */
  forfeits = 0;
  /** Receipts by agent and epoch. */
  readonly #unsettled = new Map<string, readonly Receipt[]>();
  #epoch = 0;
  readonly #contracts: Contracts;

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  /** Says which epoch the receipts that follow are of. */
  beginEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Enters a mined transaction. Each must be entered once, in the order of the chain. */
  enter(receipt: TransactionReceipt, purpose: Purpose): void {
    const sum = this.gas.get(purpose) ?? { transactions: 0, gas: 0n };
    this.gas.set(purpose, { transactions: sum.transactions + 1, gas: sum.gas + receipt.gasUsed });
    for (const log of receipt.logs) this.#read(log);
  }

  standing(agentId: bigint): Standing {
    let standing = this.standings.get(agentId);
    if (standing === undefined) {
      standing = { balance: 0n, available: 0n, announced: 0n, earned: 0n, slashed: 0n, evidence: PRIOR };
      this.standings.set(agentId, standing);
    }
    return standing;
  }

  /** A question that was asked. */
  question(id: string): QuestionRecord {
    const question = this.questions.get(normalizeHex(id as Hex, 24));
    if (question === undefined) throw new Error(`question ${id} was never asked`);
    return question;
  }

  #read(log: Log): void {
    const { consensus, vault } = this.#contracts;
    if (log.address === consensus.target) {
      const event = consensus.interface.parseLog(log);
      if (event !== null) this.#consensus(event.name, event.args);
    } else if (log.address === vault.target) {
      const event = vault.interface.parseLog(log);
      if (event !== null) this.#vault(event.name, event.args);
    }
  }

  #consensus(name: string, args: Result): void {
    switch (name) {
      case "QuestionAsked":
        this.#asked(args);
        break;
      case "RoundStarted": {
        const question = this.question(args.questionId as string);
        question.voteEpoch = Number(args.voteEpoch);
        question.rounds = Number(args.round);
        break;
      }
      case "BallotRevealed":
        this.#revealed(args);
        break;
      case "BallotForfeited":
        this.forfeits++;
        this.#announce(args.agentId as bigint, 0n, args.exposure as bigint);
        break;
      case "BallotCommitted":
        this.#book(args);
        break;
      case "BallotSettled":
        this.#settled(args);
        break;
      case "QuestionFinalized": {
        const terms = decodeTerms(args.terms as bigint);
        this.question(args.questionId as string).final = {
          resolved: terms.status === "resolved",
          outcome: terms.outcome ?? NO_OUTCOME_UINT8,
          supportBps: terms.supportBps,
          rounds: terms.rounds,
          evidence: terms.evidence,
          epoch: this.#epoch,
        };
        break;
      }
    }
  }

  #asked(args: Result): void {
    const id = normalizeHex(args.questionId as Hex, 24);
    this.questions.set(id, {
      id,
      contentHash: args.contentHash as string,
      asker: args.asker as string,
      canaryCommitment: args.canaryCommitment as Hex,
      salt: args.salt as Hex,
      voteEpoch: Number(args.voteEpoch),
      rounds: 1,
      budgetRounds: 0,
      canaryRounds: 0,
      final: null,
    });
  }

  #revealed(args: Result): void {
    const agentId = args.agentId as bigint;
    const weight = seatWeight(this.standing(agentId).evidence);
    const { receipts } = decodeReceipts(args.receipts as Hex);
    this.#unsettled.set(`${agentId}/${String(args.epoch)}`, receipts);
    for (const { questionId, outcome, seats } of receipts) {
      const id = normalizeHex(questionId, 24);
      this.votes.push({ agentId, epoch: Number(args.epoch), questionId: id, outcome, seats, weight });
    }
  }

  /** Trust changes with each vote that is settled, in the ballot's order; the chain emits no event for what follows from others. */
  #settled(args: Result): void {
    const agentId = args.agentId as bigint;
    const ballot = `${agentId}/${String(args.epoch)}`;
    const remainder = decodeReceipts(args.remainder as Hex).receipts;
    const waiting = new Set(remainder.map(({ questionId }) => normalizeHex(questionId, 24)));
    this.#announce(agentId, args.gain as bigint, args.loss as bigint);
    const standing = this.standing(agentId);
    for (const { questionId, outcome } of this.#unsettled.get(ballot) ?? []) {
      if (waiting.has(normalizeHex(questionId, 24))) continue;
      const { final } = this.question(questionId);
      if (!final?.resolved || final.evidence === 0) continue;
      standing.evidence = updateEvidence(standing.evidence, outcome === final.outcome, final.evidence);
    }
    this.#unsettled.set(ballot, remainder);
  }

  #announce(agentId: bigint, gain: bigint, loss: bigint): void {
    const standing = this.standing(agentId);
    standing.earned += gain;
    standing.slashed += loss;
    standing.announced += gain - loss;
  }

  /** What an agent's stake has become. */
  #book({ agentId, available }: Result): void {
    const standing = this.standing(agentId as bigint);
    const change = (available as bigint) - standing.available;
    standing.available += change;
    standing.balance += change;
    // What its ballots do not account for it has won in court.
    standing.earned += change - standing.announced;
    standing.announced = 0n;
  }

  /** Every change of an agent's stake is an event of the vault, but for those of a beat that commits. */
  #vault(name: string, args: Result): void {
    if (args.agentId === undefined) return;
    const standing = this.standing(args.agentId as bigint);
    const amount = () => args.amount as bigint;
    switch (name) {
      case "Deposited":
        standing.balance += amount();
        standing.available += amount();
        break;
      case "AccountChanged":
        this.#book(args);
        break;
      case "PledgeRaised":
      case "PledgeReleased":
        standing.available -= amount();
        break;
      case "PledgeLowered":
      case "PledgeLocked":
        standing.available += amount();
        break;
      case "PledgeSlashed":
        standing.slashed += amount();
        standing.available -= amount();
        standing.balance -= amount();
        break;
    }
  }
}
