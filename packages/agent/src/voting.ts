import {
  declaredExposure,
  type Hex,
  MAX_VOTES,
  type Prospect,
  type Receipt,
  seatsOf,
  splitQuestionId,
} from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import type { SeatedVote } from "./beats.ts";
import type { Question, QuestionBoard } from "./board.ts";

/** Chooses one of a question's outcomes; null abstains. */
export type Chooser = (question: Question) => number | null | Promise<number | null>;

/** Most that an agent's ballots may put at risk, wei. */
export interface ExposureLimits {
  /** Declared by one ballot. */
  readonly perEpoch?: bigint;
  /** Locked in all, by ballots of earlier epochs too. */
  readonly total?: bigint;
}

/** Who votes, and on what. */
export interface Voter {
  readonly agentId: bigint;
  readonly assay: Assay;
  readonly board: QuestionBoard;
  readonly verify: Chooser;
  /** Domains it votes in. */
  readonly domains: readonly number[];
  /** None unless told. */
  readonly limits?: ExposureLimits;
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

/** A question that an agent may have drawn seats on. */
export interface DrawnQuestion {
  readonly question: Question;
  /** 0 where the agent was not drawn. */
  readonly seats: number;
  readonly prospect: Prospect;
}

/** The questions of an epoch in the agent's domains, with the seats that it holds; none where the epoch has no seed yet. */
export async function draw(
  { agentId, assay, board, domains }: Pick<Voter, "agentId" | "assay" | "board" | "domains">,
  { epoch, secret, backing }: Pick<VotingTerms, "epoch" | "secret" | "backing">,
): Promise<DrawnQuestion[]> {
  const seed = await assay.beats.seed(epoch);
  const drawn: DrawnQuestion[] = [];
  for (const domainId of domains) {
    const questions = board.votedIn(epoch).filter((question) => question.domainId === domainId);
    if (questions.length === 0) continue;
    const { allocation, all, terms } = await assay.readMany({
      allocation: assay.domains.allocation.request(agentId, domainId, epoch),
      all: assay.domains.total.request(domainId, epoch),
      terms: assay.domains.get.request(domainId),
    });
    const total = all.units;
    const stake = allocation.units < backing ? allocation.units : backing;
    for (const question of questions) {
      const place = { offered: question.offeredSeats, stake, total };
      const seats = seed === null ? 0 : seatsOf({ ...place, seed, agentId, secret, questionId: question.id });
      drawn.push({ question, seats, prospect: { ...place, seatBond: terms.seatBond } });
    }
  }
  return drawn;
}

/** Votes on the questions it holds seats on and has an opinion of, as far as its free stake and its limits cover them. */
export async function vote(voter: Voter, terms: VotingTerms): Promise<Votes> {
  const { agentId, assay, verify, limits = {} } = voter;
  const [account, drawn] = await Promise.all([assay.stake.account(agentId), draw(voter, terms)]);
  const free = usable(account, terms, limits);
  const votes: SeatedVote[] = [];
  let bonds = 0n;
  for (const { question, seats, prospect } of drawn) {
    const bond = BigInt(seats) * prospect.seatBond;
    if (seats === 0 || votes.length === MAX_VOTES || bonds + bond > free) continue;
    const outcome = await verify(question);
    if (outcome === null) continue;
    votes.push({ questionId: question.id, outcome, seats });
    bonds += bond;
  }
  const prospects = drawn.map(({ prospect }) => prospect);
  return { votes, bonds, exposure: declaredExposure({ prospects, needed: bonds, free }) };
}

/** What a ballot may declare at most, wei. */
function usable(
  { free, locked }: { readonly free: bigint; readonly locked: bigint },
  { reserved, returning }: Pick<VotingTerms, "reserved" | "returning">,
  { perEpoch, total }: ExposureLimits,
): bigint {
  const caps = [free + returning - reserved, perEpoch, total === undefined ? undefined : total + returning - locked];
  const least = caps.reduce<bigint>((min, cap) => (cap !== undefined && cap < min ? cap : min), 1n << 255n);
  return least > 0n ? least : 0n;
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
