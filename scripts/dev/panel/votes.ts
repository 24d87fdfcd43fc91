/** Epochs of the panel of test/kit, in which all three vote: for scripts that measure. */
import { type Beat, encodeBeat, type Hex, questionId, ZERO_HASH } from "@assay/protocol";
import { ALLOCATION, type BeatParts, type Panel, type Panelist, UNIT } from "../../../test/kit/panel.ts";

/** What each of the three panelists answers to a question; null abstains. */
export type Answers = readonly [number | null, number | null, number | null];

/** Moves to the start of the epoch `by` epochs on; its seed is fixed, so that no measured call pays for it. */
export async function enterEpoch(panel: Panel, by = 1): Promise<void> {
  const { time } = panel.connection.networkHelpers;
  await panel.warpTo((await panel.epoch()) + by);
  await time.setNextBlockTimestamp((await time.latest()) + 1);
  await panel.contracts.consensus.roll();
}

/** Asks through Claims, in the deployer's name; what is sent may not be mined yet. */
export async function askOne(panel: Panel, content: string, domainId = 1) {
  const asker = panel.deployer.address as Hex;
  const contentHash = panel.connection.ethers.id(content) as Hex;
  const sent = await panel.contracts.claims.ask(domainId, contentHash, "", 0, ZERO_HASH, ZERO_HASH);
  return { id: questionId({ domainId, asker, contentHash, canaryCommitment: ZERO_HASH, salt: ZERO_HASH }), sent };
}

/** Asks `count` questions; their ids. */
export async function askMany(panel: Panel, content: string, count: number, domainId = 1): Promise<Hex[]> {
  const ids: Hex[] = [];
  for (let i = 0; i < count; i++) ids.push((await askOne(panel, `${content} ${i}`, domainId)).id);
  return ids;
}

/** Sends a beat as an agent's software does: packed. */
export async function beatPacked(panel: Panel, panelist: Panelist, parts: BeatParts) {
  const beat = encodeBeat((await panelist.prepare(parts)) as Beat);
  const sent = await panel.contracts.consensus.connect(panelist.owner).beatPacked(beat);
  panelist.learn(await sent.wait());
  return sent;
}

export interface BallotOptions {
  readonly answers: Answers;
  /** Wei of exposure that each ballot declares. */
  readonly exposure?: bigint;
}

/** What a panelist's beat is to do: settle the oldest ballot that is final, reveal the last one, and commit one on the questions. */
export async function partsOf(
  panel: Panel,
  panelist: Panelist,
  questions: readonly Hex[],
  { answers, exposure }: BallotOptions,
): Promise<BeatParts> {
  const epoch = await panel.epoch();
  const settle = unsettled(panelist).find((voted) => voted + 3 <= epoch);
  const { ballotOpen: reveal } = await panel.contracts.consensus.agent(panelist.agentId);
  const outcome = answers[panel.panelists.indexOf(panelist)] ?? null;
  const commit = outcome === null ? [] : questions.map((id) => ({ id, outcome }));
  return { settle, reveal, commit, exposure };
}

/**
 * Everybody beats as in {@link partsOf}; the first panelist last, when others have finalized what it settles.
 * @param send sends the beat of these parts; packed, unless told
 */
export async function beatAll(
  panel: Panel,
  questions: readonly Hex[],
  options: BallotOptions,
  send: (panelist: Panelist, parts: BeatParts) => Promise<unknown> = (...beat) => beatPacked(panel, ...beat),
): Promise<void> {
  for (const panelist of [...panel.panelists].reverse()) {
    await send(panelist, await partsOf(panel, panelist, questions, options));
  }
}

/**
 * Each panelist commits one ballot on all the questions, and reveals it: one seat on each of a first round, two of a second. Ends
 * in the epoch in which the verdicts can be appealed.
 */
export async function voteOn(panel: Panel, questions: readonly (readonly [Hex, Answers])[], seats: 1 | 2 = 1) {
  await enterEpoch(panel);
  // Three panelists of equal stake: a third of three seats is one, two sevenths of all stake are two of seven seats.
  const backing = seats === 1 ? ALLOCATION / UNIT : (6n * ALLOCATION) / (7n * UNIT);
  for (const [i, panelist] of panel.panelists.entries()) {
    const commit = questions.flatMap(([id, answers]) => {
      const outcome = answers[i] ?? null;
      return outcome === null ? [] : [{ id, outcome, seats }];
    });
    await panelist.beat({ commit, backing });
  }
  await enterEpoch(panel);
  for (const panelist of panel.panelists) await panelist.beat({ reveal: true });
  await enterEpoch(panel);
}

/** Epochs of the receipts that an agent has not settled, the oldest first. */
export function unsettled(panelist: Panelist): number[] {
  return [...panelist.receipts]
    .flatMap(([epoch, receipts]) => (receipts === "0x" ? [] : [epoch]))
    .sort((a, b) => a - b);
}

/** Settles everything that has been revealed; it must be final. */
export async function settleAll(panel: Panel): Promise<void> {
  for (const panelist of panel.panelists) {
    for (const epoch of unsettled(panelist)) await panelist.settle(epoch, panel.stranger);
  }
}
