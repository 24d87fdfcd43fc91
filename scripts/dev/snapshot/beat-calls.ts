import { type Hex } from "@assay/protocol";
import { ALLOCATION, type BeatParts, type Panel, type Panelist, UNIT } from "../../../test/kit/panel.ts";
import { relay, signBeat, type SignedBeat } from "../../../test/kit/relay.ts";
import { type Answers, askMany, beatAll, beatPacked, enterEpoch, partsOf, unsettled } from "../panel/votes.ts";
import { DEADLINE, type GasRecorder } from "./recorder.ts";

/** Every slot of the ring has been used before, and nobody is a newcomer. */
const WARM_UP = 18;
/** The third panelist is always wrong. */
const ANSWERS: Answers = [1, 1, 0];
const RELAY = { fee: 10n ** 16n, deadline: DEADLINE };

/** Calls what commits, reveals and settles. Everybody votes on two questions an epoch; ends with all of it settled. */
export async function callBeats(panel: Panel, gas: GasRecorder): Promise<void> {
  const { consensus } = panel.contracts;
  const [first, second, third] = panel.panelists;
  let asked: Hex[] = [];
  let count = 0;
  const nextEpoch = async () => {
    asked = await askMany(panel, `steady ${count++}`, 2);
    await enterEpoch(panel);
  };
  const partsFor = async (panelist: Panelist) => partsOf(panel, panelist, asked, { answers: ANSWERS });

  await nextEpoch();
  await gas.note("commits two votes", async () => first.beat(await partsFor(first)));
  for (const panelist of [second, third]) await panelist.beat(await partsFor(panelist));
  for (let i = 0; i < WARM_UP; i++) {
    await nextEpoch();
    await beatAll(panel, asked, { answers: ANSWERS });
  }

  const noteBeats = async (send: (panelist: Panelist, parts: BeatParts) => Promise<unknown>) => {
    await nextEpoch();
    await beatAll(panel, asked, { answers: ANSWERS }, (panelist, parts) => {
      const settled = panelist === third ? "wrong, finalizes" : "right";
      const beat = async () => send(panelist, parts);
      return panelist === second ? beat() : gas.note(`settles (${settled}), reveals, commits two votes`, beat);
    });
  };
  await noteBeats(async (panelist, parts) => panelist.beat(parts));
  await noteBeats(async (panelist, parts) => beatPacked(panel, panelist, parts));
  await callRelayed(panel, gas, nextEpoch, partsFor);

  const epoch = await panel.epoch();
  await gas.view("Consensus", "seatsOf", [first.agentId, asked[0], first.secret(epoch), ALLOCATION / UNIT]);
  await enterEpoch(panel);
  await gas.note("reveals two votes", async () => beatPacked(panel, first, { reveal: true }));
  for (const panelist of [second, third]) await panelist.beat({ reveal: true });
  await gas.note("sign of life", async () => beatPacked(panel, first, {}));
  await enterEpoch(panel, 3);
  // All but the last ballots, whose questions nobody has finalized yet.
  for (const panelist of panel.panelists) {
    for (const voted of unsettled(panelist).slice(0, -1)) await panelist.settle(voted);
  }
  await gas.note("finalizes, right", () => first.settle(epoch));
  await gas.note("right", () => second.settle(epoch));
  await gas.note("wrong, by a keeper", () => third.settle(epoch, panel.stranger));
  await gas.view("Consensus", "statistics", [1]);
  await gas.view("Consensus", "trust", [first.agentId, 1]);
  await gas.note("", () => consensus.sweep());
}

/** Beats that a relayer sends: one that finalizes and two that do not. */
async function callRelayed(
  panel: Panel,
  gas: GasRecorder,
  nextEpoch: () => Promise<void>,
  partsFor: (panelist: Panelist) => Promise<BeatParts>,
): Promise<void> {
  const sign = async (panelist: Panelist) => signBeat(panel, panelist, { ...(await partsFor(panelist)), ...RELAY });
  // The first fee makes the relayer's account in the vault.
  await nextEpoch();
  await relay(panel, [await sign(panel.panelists[0])]);
  for (const panelist of panel.panelists.slice(1)) await panelist.beat(await partsFor(panelist));

  await nextEpoch();
  const signed: SignedBeat[] = [];
  for (const panelist of panel.panelists) signed.push(await sign(panelist));
  await gas.note("three that settle, reveal and commit two votes", () => relay(panel, signed));
}
