import {
  askedSeats,
  DOMAIN_BOUNDS,
  emptyTally,
  FULL_PARTICIPATION,
  type Hex,
  initialCounts,
  joinQuestionId,
  LAST_GENERATION,
  MAX_ALLOCATION,
  MAX_OVERSAMPLING,
  MAX_SEAT_FEE,
  MAX_VOTES,
  type OpenQuestion,
  roundSeats,
  type Snapshots,
  splitQuestionId,
  type Standing,
  type Tally,
  type Terms,
  type Vote,
} from "@assay/protocol";
import { rawBallot, spoiledBallot } from "./ballots.ts";
import type { Domain, PaidRound, Voter } from "./model.ts";
import { canary, outcomes, tally } from "./questions.ts";
import type { Random } from "./random.ts";
import { standing } from "./standings.ts";

/** Domains, questions, agents and their ballots of one epoch, and what happens before they are settled. */
export interface Scenario {
  readonly domains: ReadonlyMap<number, Domain>;
  readonly questions: ReadonlyMap<
    Hex,
    { readonly state: OpenQuestion | Terms; readonly appeals: readonly PaidRound[] }
  >;
  readonly memberships: readonly Member[];
  readonly ballots: readonly Ballot[];
  /** Started once the ballots are counted. */
  readonly furtherRounds: ReadonlyMap<Hex, { readonly state: Schedule; readonly appeal: PaidRound }>;
  readonly settleEpochs: readonly number[];
}

export type Schedule = Pick<OpenQuestion, "rounds" | "offered" | "offeredNow" | "epoch">;

export interface Member {
  readonly agentId: bigint;
  readonly domainId: number;
  readonly allocations: Snapshots;
  readonly standing: Standing | null;
}

export interface Ballot {
  readonly voter: Voter;
  readonly ballot: Hex;
  readonly trusted: boolean;
  readonly generationAtSettlement: number;
}

const AGENTS = 3;
const MAX_OFFERED = 16_383;
const SHARE = MAX_ALLOCATION / BigInt(AGENTS);
const FULL = [SHARE, SHARE, SHARE, SHARE] as const;

/** @param extreme everything of the domains and questions at its upper bound at once */
export function randomScenario(random: Random, extreme: boolean): Scenario {
  const epoch = random.edgy(8, 2 ** 24 - 8);
  const agents = random.array(AGENTS, (i) => ({
    id: random.oneIn(4) ? random.uint(250) * 8n + BigInt(i) : BigInt(i),
    generation: random.oneIn(8) ? LAST_GENERATION - random.int(0, 1) : random.int(0, 3),
  }));
  const ids = new Set(
    random.array(random.int(1, 4), () => (random.oneIn(3) ? random.edgy(1, 2 ** 32 - 1) : random.int(1, 9))),
  );
  const memberships: Member[] = [];
  const domains = new Map<number, Domain>();
  for (const domainId of ids) {
    const base = epoch + random.int(-5, 1);
    const members = agents
      .filter(() => !random.oneIn(6))
      .map(({ id, generation }) => ({
        agentId: id,
        domainId,
        allocations: { base, values: extreme ? FULL : allocations(random) },
        standing: random.oneIn(4) ? null : { ...standing(random), ...(random.oneIn(5) ? {} : { generation }) },
      }));
    memberships.push(...members);
    const others = extreme || random.oneIn(3) ? 0n : random.edgyBig(0n, MAX_ALLOCATION / 4n);
    const totals = [0, 1, 2, 3].map((i) =>
      members.reduce((sum, m) => sum + (m.allocations.values[i] as bigint), others),
    );
    domains.set(domainId, domain(random, { base, values: totals as unknown as Snapshots["values"] }, extreme));
  }
  const questions = new Map<Hex, { state: OpenQuestion | Terms; appeals: PaidRound[] }>();
  for (const [domainId, d] of domains) {
    for (let n = random.int(0, 6); n > 0; n--) {
      questions.set(joinQuestionId(domainId, random.hex(20)), question(random, d, epoch, extreme));
    }
  }
  const ballots = agents.map(({ id, generation }) =>
    ballot(random, epoch, id, generation, [...questions.keys()], domains),
  );
  const seed = random.hex(32);
  return {
    domains,
    questions,
    memberships,
    ballots: ballots.map((b) => ({ ...b, voter: { ...b.voter, seed } })),
    furtherRounds: furtherRounds(random, questions, domains, epoch),
    settleEpochs: [epoch + 2, epoch + 3, epoch + 6],
  };
}

function allocations(random: Random): Snapshots["values"] {
  const one = () => random.edgyBig(0n, MAX_ALLOCATION / 8n);
  const steady = one();
  return random.bool() ? [steady, steady, steady, steady] : [one(), one(), one(), one()];
}

function domain(random: Random, total: Snapshots, extreme: boolean): Domain {
  const count = extreme ? DOMAIN_BOUNDS.outcomes[1] : outcomes(random);
  const seatFee = extreme ? MAX_SEAT_FEE : random.edgyBig(1n, MAX_SEAT_FEE);
  const drawn = {
    seats: random.edgy(...DOMAIN_BOUNDS.seats),
    outcomes: count,
    supermajorityBps: random.edgy(...DOMAIN_BOUNDS.supermajorityBps),
    maxRounds: random.int(...DOMAIN_BOUNDS.maxRounds),
    seatFee,
    seatBond: seatFee * BigInt(random.edgy(...DOMAIN_BOUNDS.bondFactor)),
    burnBps: random.edgy(...DOMAIN_BOUNDS.burnBps),
    openAnswers: random.oneIn(5),
    total,
    counts: random.bool()
      ? initialCounts(count)
      : random.array(count, () => random.edgy(16, Math.floor(65_536 / count))),
    participation: random.edgy(0, FULL_PARTICIPATION),
  };
  if (!extreme) return drawn;
  const [seats, maxRounds] = [DOMAIN_BOUNDS.seats[1], DOMAIN_BOUNDS.maxRounds[1]];
  return { ...drawn, seats, maxRounds, seatBond: seatFee * BigInt(DOMAIN_BOUNDS.bondFactor[1]) };
}

function question(
  random: Random,
  d: Domain,
  epoch: number,
  extreme: boolean,
): { state: OpenQuestion | Terms; appeals: PaidRound[] } {
  const rounds = extreme ? d.maxRounds : random.int(1, d.maxRounds);
  const appeals = random.array(rounds - 1, () => paidRound(random, d));
  if (random.oneIn(8)) return { state: finalTerms(random, d, rounds), appeals };
  const most = MAX_OVERSAMPLING * roundSeats(d.seats, rounds);
  const offeredNow = extreme ? most : random.edgy(d.seats, most);
  const state = {
    rounds,
    canary: canary(random, d.outcomes),
    budget: random.edgy(0, 4095),
    offered: extreme
      ? MAX_OVERSAMPLING * askedSeats(d.seats, rounds)
      : random.edgy(offeredNow, Math.min(MAX_OFFERED, 2 * offeredNow)),
    offeredNow,
    epoch: random.oneIn(12) ? epoch + random.pick([-1, 1]) : epoch,
    tally: before(random, d.outcomes),
  };
  return { state, appeals };
}

/** Votes of others: usually none or few, sometimes as many as fit. */
function before(random: Random, count: number): Tally {
  return random.bool() ? emptyTally(count) : tally(random, count);
}

function finalTerms(random: Random, d: Domain, rounds: number): Terms {
  return {
    status: random.pick(["resolved", "unresolved"]),
    rounds,
    outcome: random.int(0, d.outcomes - 1),
    budget: 0,
    supportBps: random.edgy(0, 10_000),
    evidence: random.edgy(0, 8192),
    riskSeats: random.edgy(0, 8191),
    loss: random.edgyBig(0n, d.seatBond),
    gain: d.seatFee,
    refundable: false,
  };
}

function paidRound(random: Random, d: Domain): PaidRound {
  if (random.oneIn(3)) return null;
  return { appellant: random.hex(20), against: random.oneIn(3) ? null : random.int(0, Math.min(3, d.outcomes) - 1) };
}

function ballot(
  random: Random,
  epoch: number,
  agentId: bigint,
  generation: number,
  questions: readonly Hex[],
  domains: ReadonlyMap<number, Domain>,
): Ballot {
  const votes: Vote[] = questions
    .filter(() => !random.oneIn(5))
    .map((questionId) => {
      const { outcomes: count } = domains.get(splitQuestionId(questionId).domainId) as Domain;
      // Agents mostly agree, or no question would ever be decided.
      const usual = Number(BigInt(questionId) % BigInt(count));
      return {
        questionId,
        outcome: random.oneIn(20) ? random.int(count, 255) : random.oneIn(4) ? random.int(0, count - 1) : usual,
      };
    });
  if (random.oneIn(4)) votes.push({ questionId: random.hex(24), outcome: 0 });
  if (random.oneIn(25)) {
    // As full as a ballot may be, in one more group or in one a vote.
    const domainId = random.int(1, 2 ** 32 - 1);
    const unknown = () => (random.bool() ? random.hex(24) : joinQuestionId(domainId, random.hex(20)));
    votes.push(...random.array(MAX_VOTES - votes.length, () => ({ questionId: unknown(), outcome: 0 })));
  }
  const trusted = !random.oneIn(8);
  return {
    voter: {
      agentId,
      generation: trusted ? generation : LAST_GENERATION,
      secret: random.hex(32),
      seed: "0x",
      epoch,
      backing: random.oneIn(4) ? random.edgyBig(0n, MAX_ALLOCATION) : MAX_ALLOCATION,
    },
    ballot: random.oneIn(4) ? spoiledBallot(votes, random) : rawBallot(votes),
    trusted,
    generationAtSettlement: random.oneIn(6) ? Math.min(LAST_GENERATION, generation + 1) : generation,
  };
}

function furtherRounds(
  random: Random,
  questions: ReadonlyMap<Hex, { readonly state: OpenQuestion | Terms }>,
  domains: ReadonlyMap<number, Domain>,
  epoch: number,
): Scenario["furtherRounds"] {
  const started = new Map<Hex, { state: Schedule; appeal: PaidRound }>();
  for (const [id, { state }] of questions) {
    const d = domains.get(splitQuestionId(id).domainId) as Domain;
    if (!("tally" in state) || state.epoch !== epoch || state.rounds >= d.maxRounds || !random.oneIn(3)) continue;
    const offeredNow = roundSeats(d.seats, state.rounds + 1);
    const offered = Math.min(MAX_OFFERED, state.offered + offeredNow);
    started.set(id, {
      state: { rounds: state.rounds + 1, offered, offeredNow, epoch: epoch + 3 },
      appeal: paidRound(random, d),
    });
  }
  return started;
}
