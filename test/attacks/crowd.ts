/** A domain of many small agents, a fifth of it under one hand. */
import type { Hex } from "@assay/protocol";
import { type Asked, type Panel, type Panelist, panelLoader } from "../kit/panel.ts";
import { type Connection, TOKEN } from "../kit/world.ts";
import { type Draw, drawOf, recruit, wealthOf } from "./kit.ts";

/** The domain of the crowd. */
export const CROWDED = 2;
export const SEATS = 7;
/** Share of the stake of each of the eight agents under one hand, of a question's seats: 7 x 100 / 4,000. */
export const SEATS_OF_ONE = 0.175;

const SYBILS = { stake: 2_000n * TOKEN, allocation: 100n * TOKEN, domains: [CROWDED] };
const HONEST = { stake: 2_000n * TOKEN, allocation: 200n * TOKEN, domains: [CROWDED] };

/** A panel with a second domain of seven seats and one round, in which more than half of the weight decides. */
export const crowdLoader = (connection: Connection): (() => Promise<Panel>) =>
  panelLoader(connection, { domains: [{}, { seats: SEATS, maxRounds: 1 }] });

/** 20% of the domain in eight agents under one hand, 80% in sixteen honest ones; the panelists leave it. */
export async function crowd(panel: Panel) {
  const { consensus } = panel.contracts;
  const hand = panel.owners[6]!;
  // Epochs are part of seeds and secrets: from a fixed one on every run is the same.
  await panel.warpTo(8);
  for (const { agentId, owner } of panel.panelists) await consensus.connect(owner).allocate(agentId, CROWDED, 0);
  const sybils: Panelist[] = [];
  const honest: Panelist[] = [];
  for (let i = 0; i < 8; i++) sybils.push(await recruit(panel, panel.owners[6 + (i % 2)]!, SYBILS));
  for (let i = 0; i < 16; i++) honest.push(await recruit(panel, panel.owners[8 + (i % 4)]!, HONEST));
  await panel.warpTo(12);
  const agentIds = sybils.map(({ agentId }) => agentId);
  return {
    panel,
    sybils,
    honest,
    hand,
    agentIds,
    /** All that the hand has. */
    wealth: () => wealthOf(panel.contracts, panel.owners.slice(6, 8), agentIds),
  };
}

export type Crowd = Awaited<ReturnType<typeof crowd>>;

/** How each of some agents is drawn for questions of `offered` seats that are voted in `epoch`. */
export async function drawsOf(
  { panel }: Crowd,
  voters: readonly Panelist[],
  epoch: number,
  offered = SEATS,
): Promise<Draw[]> {
  const draws: Draw[] = [];
  for (const voter of voters) draws.push(await drawOf(panel, voter, { domainId: CROWDED, offered, epoch }));
  return draws;
}

/** Seats of each of some agents on a question whose seed is fixed. */
export async function seatsOfAll(
  crowd: Crowd,
  voters: readonly Panelist[],
  { id, voteEpoch }: Asked,
): Promise<number[]> {
  const { consensus } = crowd.panel.contracts;
  const seed = (await consensus.seedOf(voteEpoch)) as Hex;
  const { offeredSeats } = await consensus.question(id);
  return (await drawsOf(crowd, voters, voteEpoch, Number(offeredSeats))).map((draw) => draw(id, seed));
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What one voter does with its ballot of the present epoch. */
export interface CrowdVote {
  readonly voter: Panelist;
  readonly id: Hex;
  readonly outcome: number;
  readonly seats: number;
}

/** Commits these votes, each voter's in one ballot. */
export async function commitVotes(votes: readonly CrowdVote[]): Promise<void> {
  for (const voter of new Set(votes.map((vote) => vote.voter))) {
    await voter.beat({ commit: votes.filter((vote) => vote.voter === voter), backing: voter.allocation });
  }
}

/** Reveals and settles the ballots of an epoch, in the present one and once all is final. */
export async function revealAndSettle(panel: Panel, voters: Iterable<Panelist>, epoch: number): Promise<void> {
  await panel.warpTo(epoch + 1);
  for (const voter of voters) await voter.beat({ reveal: true });
  await panel.warpTo(epoch + 3);
  for (const voter of voters) if (voter.receipts.get(epoch) !== "0x") await voter.settle(epoch);
}
