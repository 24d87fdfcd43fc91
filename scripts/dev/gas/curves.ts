/** How gas grows with what a panel of three can vary; every curve has a deployment of its own. */
import { type Hex } from "@assay/protocol";
import { network } from "hardhat";
import { type Panel, panelLoader, type PanelOptions } from "../../../test/kit/panel.ts";
import { TOKEN } from "../../../test/kit/world.ts";
import { askMany, askOne, beatAll, beatPacked, type BallotOptions, enterEpoch, settleAll } from "../panel/votes.ts";
import { gasOf } from "./population.ts";
import type { Progress, Row } from "./types.ts";

/** Small fees, so that the largest committees and ballots are within the panel's stakes. */
const SMALL = { seatFee: TOKEN / 100n, seatBond: (24n * TOKEN) / 100n };
/** Wei a ballot declares; more than any of these can risk. */
const EXPOSURE = 100n * TOKEN;
/** Every slot of the ring has been written before. */
const WARM_UP = 17;
/** Epochs from a ballot's vote to its settlement, both included. */
const LIFE = 4;

/** What one epoch of equal ballots costs its first and its last voter. */
interface Epoch {
  readonly ask: number;
  /** Of one question, in a transaction of its own. */
  readonly finalize: number;
  /** Of the last to beat: everything it settles is final, everything it reveals has votes. */
  readonly beat: number;
  /** Of the first to beat: it finalizes, and its votes are the first. */
  readonly firstBeat: number;
}

/** Growth of a beat with the votes of its ballot. */
export async function measureVotes(artifacts: string, progress: Progress): Promise<Row[]> {
  const panel = await warmPanel({ artifacts, domains: [SMALL] });
  const rows: Row[] = [];
  for (const votes of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
    const { beat } = await measureEpoch(panel, votes, 1, 1);
    rows.push({ votes, beat });
    progress(`a ballot of ${votes} votes`);
  }
  return rows;
}

/** Growth with the seats of a committee. */
export async function measureSeats(artifacts: string, progress: Progress): Promise<Row[]> {
  const sizes = [3, 9, 33, 63, 129, 255];
  const panel = await warmPanel({ artifacts, domains: sizes.map((seats) => ({ ...SMALL, seats })) });
  const rows: Row[] = [];
  for (const [i, seats] of sizes.entries()) {
    const { ask, beat, finalize } = await measureEpoch(panel, 4, i + 1, 1);
    rows.push({ seats, ask, beat, finalize });
    progress(`a committee of ${seats} seats`);
  }
  return rows;
}

/** Growth with the outcomes of a domain; everybody votes for the last. */
export async function measureOutcomes(artifacts: string, progress: Progress): Promise<Row[]> {
  const counts = [2, 3, 4, 8, 9, 13, 14, 16];
  const panel = await warmPanel({ artifacts, domains: counts.map((outcomes) => ({ ...SMALL, outcomes })) });
  const rows: Row[] = [];
  for (const [i, outcomes] of counts.entries()) {
    const { ask, beat, firstBeat, finalize } = await measureEpoch(panel, 4, i + 1, outcomes - 1);
    rows.push({ outcomes, ask, beat, firstBeat, finalize });
    progress(`${outcomes} outcomes`);
  }
  return rows;
}

/** Growth with the rounds a question takes: all appeals in vain, or the first round's verdict turned by the second. */
export async function measureRounds(artifacts: string, progress: Progress): Promise<Row[]> {
  const panel = await warmPanel({ artifacts, domains: [{ ...SMALL, supermajorityBps: 6_000, maxRounds: 4 }] });
  // The first of its kind pays for the sink's slot and for the appellant's credit.
  await measureQuestion(panel, 2, 0);
  const rows: Row[] = [];
  for (const rounds of [1, 2, 3, 4]) {
    const { finalize, settle, appeal } = await measureQuestion(panel, rounds, 1);
    if (rounds === 1) {
      rows.push({ rounds, finalize, settle }); // nothing appeals or turns it
    } else {
      const turned = await measureQuestion(panel, rounds, 0);
      rows.push({ rounds, finalize, settle, finalizeTurned: turned.finalize, settleTurned: turned.settle, appeal });
    }
    progress(`${rounds} rounds`);
  }
  return rows;
}

/** Growth of a reveal with the epochs that an agent has let pass without one: one hash for each. */
export async function measureSkippedEpochs(artifacts: string, progress: Progress): Promise<Row[]> {
  const panel = await loadPanel({ artifacts, chainLength: 9_000 });
  const [agent] = panel.panelists;
  const rows: Row[] = [];
  for (const skipped of [0, 16, 64, 256, 1_024, 2_048, 4_095]) {
    // Whoever reveals in an epoch has skipped none if it commits in the same one.
    if (skipped !== 0) await enterEpoch(panel, skipped);
    await agent.beat({ commit: [] });
    await enterEpoch(panel);
    rows.push({ skipped, beat: Number(await gasOf(beatPacked(panel, agent, { reveal: true }))) });
    progress(`${skipped} epochs skipped`);
  }
  return rows;
}

const ballots = (outcome: number, questions: readonly Hex[]): BallotOptions => ({
  answers: [outcome, outcome, outcome],
  exposure: questions.length === 0 ? 0n : EXPOSURE,
});

/** Enters the next epoch, in which everybody beats and votes alike. */
async function nextEpoch(panel: Panel, questions: readonly Hex[], outcome = 1): Promise<void> {
  await enterEpoch(panel);
  await beatAll(panel, questions, ballots(outcome, questions));
}

/** A panel on a chain where any number of transactions fits into an epoch. */
async function loadPanel(options: PanelOptions): Promise<Panel> {
  const override = { allowBlocksWithSameTimestamp: true };
  return panelLoader(await network.create({ network: "default", override }), options)();
}

async function warmPanel(options: PanelOptions): Promise<Panel> {
  const panel = await loadPanel(options);
  for (let i = 0; i < WARM_UP; i++) await nextEpoch(panel, await askMany(panel, `warming up ${i}`, 1));
  return panel;
}

/** Epochs in which everybody votes on as many questions, up to that whose beats settle, reveal and commit as many. */
async function measureEpoch(panel: Panel, votes: number, domainId: number, outcome: number): Promise<Epoch> {
  const [last, , first] = panel.panelists;
  const asked: Hex[][] = [];
  const beats = new Map<unknown, number>();
  for (let i = 0; i < LIFE; i++) {
    const questions = await askMany(panel, `${domainId} ${votes} ${i}`, votes, domainId);
    asked.push(questions);
    await enterEpoch(panel);
    await beatAll(panel, questions, ballots(outcome, questions), async (panelist, parts) => {
      beats.set(panelist, Number(await gasOf(beatPacked(panel, panelist, parts))));
    });
  }
  // Nobody has settled the second epoch's ballots yet.
  await enterEpoch(panel);
  const finalize = Number(await gasOf(panel.contracts.consensus.finalize(asked[1]?.[0] as Hex)));
  await beatAll(panel, [], ballots(outcome, []));
  const { sent } = await askOne(panel, `${domainId} ${votes} another`, domainId);
  const ask = Number(await gasOf(Promise.resolve(sent)));
  return { ask, finalize, beat: beats.get(last) as number, firstBeat: beats.get(first) as number };
}

/** One question in so many rounds; everybody answers `firstOutcome` in the first and 1 in the others. */
async function measureQuestion(panel: Panel, rounds: number, firstOutcome: number) {
  const { consensus } = panel.contracts;
  const { id, sent } = await askOne(panel, `${rounds} rounds, asked in ${await panel.epoch()}`);
  await sent.wait();
  const voted = (await panel.epoch()) + 1;
  let appeal = 0;
  for (let round = 1; round <= rounds; round++) {
    await nextEpoch(panel, [id], round === 1 ? firstOutcome : 1);
    await nextEpoch(panel, []);
    await nextEpoch(panel, []);
    if (round < rounds) appeal = Number(await gasOf(consensus.connect(panel.stranger).appeal(id)));
  }
  await enterEpoch(panel);
  const finalize = Number(await gasOf(consensus.finalize(id)));
  const settle = Number(await gasOf(panel.panelists[0].settle(voted)));
  await settleAll(panel);
  await beatAll(panel, [], ballots(1, []));
  return { finalize, settle, appeal };
}
