import {
  declaredExposure,
  type Hex,
  MAX_VOTES,
  type Prospect,
  type Receipt,
  seatsOf,
  splitQuestionId,
} from "@assay/protocol";
import type { SeatedVote } from "./beats.ts";
import type { Question, QuestionBoard } from "./board.ts";
import type { Contracts } from "./contracts.ts";

/** Answers a question with one of its outcomes; null abstains. */
export type Verifier = (question: Question) => number | null | Promise<number | null>;

/** Who votes, and on what. */
export interface Voter {
  readonly agentId: bigint;
  readonly contracts: Contracts;
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
  { agentId, contracts, board, verify, domains }: Voter,
  { epoch, secret, backing, reserved, returning }: VotingTerms,
): Promise<Votes> {
  const { consensus, vault } = contracts;
  const seed = (await consensus.seedOf(epoch)) as Hex;
  const left = (await vault.account(agentId)).free + returning - reserved;
  const free = left > 0n ? left : 0n;
  const votes: SeatedVote[] = [];
  const prospects: Prospect[] = [];
  let bonds = 0n;
  for (const domainId of domains) {
    const questions = board.votedIn(epoch).filter((question) => question.domainId === domainId);
    if (questions.length === 0) continue;
    const [allocation, total, { seatBond }] = await Promise.all([
      consensus.allocation(agentId, domainId, epoch),
      consensus.totalAllocation(domainId, epoch),
      consensus.domain(domainId),
    ]);
    const stake = allocation < backing ? allocation : backing;
    for (const question of questions) {
      const draw = { offered: question.offeredSeats, stake, total };
      prospects.push({ ...draw, seatBond });
      const seats = seatsOf({ ...draw, seed, agentId, secret, questionId: question.id });
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

/** `VerdictStatus.Resolved` of the contracts. */
const RESOLVED = 4n;

/** The most that a ballot's votes can lose if it is settled now: the bonds of the seats that are against a final verdict, wei. */
export async function lossOf({ contracts }: Voter, receipts: readonly Receipt[]): Promise<bigint> {
  const { consensus } = contracts;
  const losses = await Promise.all(
    receipts.map(async ({ questionId, outcome, seats }) => {
      const verdict = await consensus.verdict(questionId);
      if (verdict.status !== RESOLVED || Number(verdict.outcome) === outcome) return 0n;
      const { seatBond } = await consensus.domain(splitQuestionId(questionId).domainId);
      return BigInt(seats) * seatBond;
    }),
  );
  return losses.reduce((sum, loss) => sum + loss, 0n);
}

/** Units of stake that are left to back seats beside `reserved`. */
export async function backingOf({ agentId, contracts }: Voter, reserved: bigint): Promise<bigint> {
  const { consensus, vault } = contracts;
  const [allocatable, unit] = await Promise.all([vault.allocatable(agentId), consensus.allocationUnit()]);
  return allocatable > reserved ? (allocatable - reserved) / unit : 0n;
}
