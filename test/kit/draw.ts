import { expect } from "chai";

import type { Asked, Panel, PanelVote } from "./panel.ts";

const MOST_TRIES = 5_000n;

type Question = Pick<Asked, "id">;

/**
 * Begins the epoch in which a question is voted, with a draw that suits `wanted`: tries values of `prevrandao`, which stand for the luck of
 * many epochs, until the seats of the panelists do. Their stakes and the sortition are real; only the luck is chosen.
 */
export async function drawLuckily(
  panel: Panel,
  { id }: Question,
  wanted: (seats: readonly number[]) => boolean,
): Promise<void> {
  const { consensus } = panel.contracts;
  const { networkHelpers } = panel.connection;
  const epoch = Number((await consensus.question(id)).voteEpoch);
  const start = panel.genesis + epoch * Number(await consensus.epochLength());
  for (let tried = 1n; tried <= MOST_TRIES; tried++) {
    const before = await networkHelpers.takeSnapshot();
    await networkHelpers.setPrevRandao(tried);
    await networkHelpers.time.setNextBlockTimestamp(start);
    await consensus.roll();
    if (wanted(await seatsOn(panel, { id }, epoch))) return;
    await before.restore();
  }
  expect.fail(`none of ${MOST_TRIES} draws was wanted`);
}

/**
 * Has each panelist vote on questions of one epoch, with all the seats it has there, and reveal; ends in the epoch of appeals.
 * @param outcomeOf answer of a panelist to a question, by their indices; `null`: abstains
 * @returns seats by panelist and question, of votes only
 */
export async function holdTogether(
  panel: Panel,
  questions: readonly Question[],
  outcomeOf: (member: number, question: number) => number | null,
): Promise<number[][]> {
  const { consensus } = panel.contracts;
  const bonds = new Map<string, bigint>();
  const bondOf = async (id: string) => {
    const domainId = id.slice(0, 10);
    const bond = bonds.get(domainId) ?? (await consensus.domain(domainId)).seatBond;
    bonds.set(domainId, bond);
    return bond;
  };
  const [first] = questions;
  const epoch = first === undefined ? 0 : Number((await consensus.question(first.id)).voteEpoch);
  if ((await panel.epoch()) < epoch) await panel.warpTo(epoch);
  await consensus.roll();
  const drawn: number[][] = [];
  for (const question of questions) drawn.push(await seatsOn(panel, question, epoch));
  const seats = panel.panelists.map((_, i) =>
    questions.map((_, q) => (outcomeOf(i, q) === null ? 0 : (drawn[q]?.[i] ?? 0))),
  );
  const voters = [];
  for (const [i, panelist] of panel.panelists.entries()) {
    const votes = questions.flatMap(({ id }, q): PanelVote[] => {
      const outcome = outcomeOf(i, q);
      const held = drawn[q]?.[i] ?? 0;
      return outcome === null || held === 0 ? [] : [{ id, outcome, seats: held }];
    });
    if (votes.length === 0) continue;
    let exposure = 0n;
    for (const { id, seats: held = 0 } of votes) exposure += BigInt(held) * (await bondOf(id));
    await panelist.beat({ commit: votes, exposure });
    voters.push(panelist);
  }
  await panel.warpTo(epoch + 1);
  for (const voter of voters) await voter.beat({ reveal: true });
  await panel.warpTo(epoch + 2);
  return seats;
}

/** Draws luckily, then has each panelist vote for its outcome; ends in the epoch of appeals. */
export async function holdLuckily(
  panel: Panel,
  question: Question,
  outcomes: readonly (number | null)[],
  wanted: (seats: readonly number[]) => boolean,
): Promise<void> {
  await drawLuckily(panel, question, wanted);
  await holdTogether(panel, [question], (member) => outcomes[member] ?? null);
}

/** Seats of each panelist on a question that is voted in the present epoch. */
async function seatsOn({ contracts, panelists }: Panel, { id }: Question, epoch: number): Promise<number[]> {
  const seats: number[] = [];
  for (const panelist of panelists) {
    const held = await contracts.consensus.seatsOf(panelist.agentId, id, panelist.secret(epoch), panelist.allocation);
    seats.push(Number(held));
  }
  return seats;
}
