import {
  declaredExposure,
  type Hex,
  MAX_VOTES,
  type Prospect,
  type Receipt,
  seatsOf,
  splitQuestionId,
  ZERO_HASH,
} from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import type { SeatedVote } from "./beats.ts";
import type { Question, QuestionBoard } from "./board.ts";

/** Answers a question with one of its outcomes; null abstains. */
export type Verifier = (question: Question) => number | null | Promise<number | null>;

/** Who votes, and on what. */
export interface Voter {
  readonly agentId: bigint;
  readonly assay: Assay;
  readonly board: QuestionBoard;
  readonly verify: Verifier;
  /** Domains it votes in. */
  readonly domains: readonly number[];
}

/** What its ballot may use. */
export interface VotingTerms {
  readonly epoch: number;
  readonly secret: Hex;
  /** Stake declared to stand behind its seats, allocation units. */
  readonly backing: bigint;
  /** Of the free stake, for something else, wei. */
  readonly reserved: bigint;
  /** What the beat frees before it commits, wei. */
  readonly returning: bigint;
}

/** What a ballot holds and declares. */
export interface Votes {
  readonly votes: readonly SeatedVote[];
  /** Bonds of the votes' seats, wei. */
  readonly bonds: bigint;
  /** Padded, so that it tells nothing of the draw, wei. */
  readonly exposure: bigint;
}

/** Votes on the questions it holds seats on and has an opinion of, as far as its free stake covers them. */
export async function vote(
  { agentId, assay, board, verify, domains }: Voter,
  { epoch, secret, backing, reserved, returning }: VotingTerms,
): Promise<Votes> {
  const { seed, stake: account } = await assay.readMany({
    seed: assay.beats.seed.request(epoch),
    stake: assay.stake.account.request(agentId),
  });
  const left = account.free + returning - reserved;
  const free = left > 0n ? left : 0n;
  const votes: SeatedVote[] = [];
  const prospects: Prospect[] = [];
  let bonds = 0n;
  for (const domainId of domains) {
    const questions = board.votedIn(epoch).filter((question) => question.domainId === domainId);
    if (questions.length === 0) continue;
    const { allocation, all, terms } = await assay.readMany({
      allocation: assay.domains.allocation.request(agentId, domainId, epoch),
      all: assay.domains.total.request(domainId, epoch),
      terms: assay.domains.get.request(domainId),
    });
    const { seatBond } = terms;
    const total = all.units;
    const stake = allocation.units < backing ? allocation.units : backing;
    for (const question of questions) {
      const draw = { offered: question.offeredSeats, stake, total };
      prospects.push({ ...draw, seatBond });
      const seats = seatsOf({ ...draw, seed: seed ?? ZERO_HASH, agentId, secret, questionId: question.id });
      const bond = BigInt(seats) * seatBond;
      if (seats === 0 || votes.length === MAX_VOTES || bonds + bond > free) continue;
      const outcome = await verify(question);
      if (outcome === null) continue;
      votes.push({ questionId: question.id, outcome, seats });
      bonds += bond;
    }
  }
  return { votes, bonds, exposure: declaredExposure({ prospects, needed: bonds, free }) };
}

/** The most that a ballot's votes can lose if it is settled now: the bonds of the seats that are against a final verdict, wei. */
export async function lossOf({ assay }: Voter, receipts: readonly Receipt[]): Promise<bigint> {
  const losses = await Promise.all(
    receipts.map(async ({ questionId, outcome, seats }) => {
      const verdict = await assay.questions.verdict(questionId);
      if (verdict.status !== "resolved" || verdict.outcome === outcome) return 0n;
      const { seatBond } = await assay.domains.get(splitQuestionId(questionId).domainId);
      return BigInt(seats) * seatBond;
    }),
  );
  return losses.reduce((sum, loss) => sum + loss, 0n);
}

/** Units of stake that are left to back seats beside `reserved`. */
export async function backingOf({ agentId, assay }: Voter, reserved: bigint): Promise<bigint> {
  const [allocatable, { allocationUnit }] = await Promise.all([assay.stake.allocatable(agentId), assay.terms()]);
  return allocatable > reserved ? (allocatable - reserved) / allocationUnit : 0n;
}
