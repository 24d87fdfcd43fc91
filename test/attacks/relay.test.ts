import type { Hex } from "@assay/protocol";
import { expect } from "chai";
import { dataSlice } from "ethers";
import { network } from "hardhat";
import { type Panel, panelLoader, SEAT_BOND, STAKE } from "../kit/panel.ts";
import { eventsOf, relay, type SignedBeat, signBeat } from "../kit/relay.ts";
import { EPOCH_LENGTH, TOKEN } from "../kit/world.ts";
import { emptyBeat, wealthOf } from "./kit.ts";

const connection = await network.create();
const { networkHelpers } = connection;
/** The same, block for block, but for its id. */
const there = await network.create({ network: "default", override: { chainId: 31_338 } });
const load = panelLoader(connection);
const loadThere = panelLoader(there);

const FEE = TOKEN / 100n;
/** What each panelist's second ballot puts at risk, wei. */
const RISK = 5n * TOKEN;
/** Epoch in which the first ballots are revealed and the second ones committed. */
const NOW = 10;

type Names = (readonly [agentId: unknown, error: string])[];

/**
 * All panelists have a ballot open and have signed a beat that reveals it and commits the next, to be relayed in the first 40 seconds of
 * this epoch, or of one some epochs later.
 */
async function signed(loadPanel = load, epochsMore = 0) {
  const panel: Panel = await loadPanel();
  const { contracts, genesis, panelists, warpTo } = panel;
  const { consensus, vault } = contracts;
  await warpTo(NOW - 2);
  const { id } = await panel.ask("relayed");
  await warpTo(NOW - 1);
  for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 1 }] });
  await warpTo(NOW);
  const deadline = genesis + (NOW + epochsMore) * EPOCH_LENGTH + 40;
  const terms = { reveal: true, commit: [], exposure: RISK, fee: FEE, deadline };
  const beats: SignedBeat[] = [];
  for (const panelist of panelists) beats.push(await signBeat(panel, panelist, terms));
  const [victim] = panelists;
  const { agentId } = victim;
  const relayer = panel.owners[9]!;
  return {
    panel,
    victim,
    agentId,
    relayer,
    terms,
    beats: beats as [SignedBeat, SignedBeat, SignedBeat],
    /** Relays as the attacker; why which beats were skipped. */
    send: async (
      batch: readonly SignedBeat[],
      options: { from?: typeof relayer; gasLimit?: bigint } = {},
    ): Promise<Names> => {
      const sent = await relay(panel, batch, { from: relayer, ...options });
      return (await eventsOf(panel, sent, "BeatSkipped")).map(([skipped, , reason]) => {
        const parsed = consensus.interface.parseError(reason as Hex) ?? vault.interface.parseError(reason as Hex);
        return [skipped, parsed?.name ?? (reason as string)];
      });
    },
    wealth: () => wealthOf(contracts, [victim.owner], [agentId]),
    earned: (who = relayer) => vault.creditOf(who),
    state: async () => {
      const { balance, locked } = await vault.account(agentId);
      const { ballotOpen, tipEpoch, lastEpoch } = await consensus.agent(agentId);
      return { balance, locked, ballotOpen, tipEpoch, lastEpoch };
    },
  };
}

/** Revealed, with a seat's bond held for its vote; committed; paid for. */
const DONE = {
  balance: STAKE - FEE,
  locked: SEAT_BOND + RISK,
  ballotOpen: true,
  tipEpoch: BigInt(NOW - 1),
  lastEpoch: BigInt(NOW),
};

describe("Attacks by relayers", () => {
  it("starving the reveal part of a relayed beat of gas", async () => {
    const { panel, send, beats, state, earned, victim } = await signed();
    const before = await state();
    const needed = async (gasLimit: bigint) => {
      const snapshot = await networkHelpers.takeSnapshot();
      const { consensus } = panel.contracts;
      const [{ beat, signature }] = beats;
      let found: "failed" | "skipped" | "done" = "failed";
      try {
        await consensus.beatFor([beat], [signature], { gasLimit });
        found = (await state()).lastEpoch === BigInt(NOW) ? "done" : "skipped";
      } catch {
        // Out of gas: everything is undone.
      }
      // All or nothing: never a commitment over a ballot that was not revealed, never a fee for less.
      expect(await state(), `${gasLimit}`).to.deep.equal(found === "done" ? DONE : before);
      expect(await earned(panel.deployer), `${gasLimit}`).to.equal(found === "done" ? FEE : 0n);
      await snapshot.restore();
      return found;
    };
    const found = [];
    for (let gasLimit = 60_000n; found.at(-1) !== "done"; gasLimit += 5_000n) found.push(await needed(gasLimit));
    expect(found.indexOf("done")).to.equal(found.length - 1);
    expect(found.length).to.be.greaterThan(10);
    // What was starved is as good as before, for the next relayer or for the agent itself.
    await send([beats[0]]);
    expect(await state()).to.deep.equal(DONE);
    expect(victim.tip).to.equal(victim.secret(NOW - 1));
  });

  it("changing a relayed beat", async () => {
    const { send, beats, state, earned, wealth } = await signed();
    const [before, rich] = [await state(), await wealth()];
    const [{ agentId, beat, signature }, other] = beats;
    // Every byte in turn: terms, agent, epoch, secret, ballot, commitment, stakes and lengths; its end; and another's signature.
    const size = (beat.length - 2) / 2;
    const changed: SignedBeat[] = [];
    for (let at = 0; at < size; at++) {
      const byte = (parseInt(beat.slice(2 + 2 * at, 4 + 2 * at), 16) ^ 1).toString(16).padStart(2, "0");
      changed.push({ agentId, beat: `0x${beat.slice(2, 2 + 2 * at)}${byte}${beat.slice(4 + 2 * at)}`, signature });
    }
    changed.push({ agentId, beat: dataSlice(beat, 0, size - 54) as Hex, signature });
    changed.push({ agentId, beat, signature: other.signature });
    const skipped = await send(changed, { gasLimit: 16_000_000n });
    const reasons = skipped.map(([, reason]) => reason);
    expect(reasons.length).to.equal(changed.length);
    expect([...new Set(reasons)].sort()).to.deep.equal([
      "BeatExpired",
      "CommitOutOfEpoch",
      "InvalidBeatSignature",
      "MalformedBeat",
    ]);
    expect(reasons.at(-1)).to.equal("InvalidBeatSignature");
    expect(await state()).to.deep.equal(before);
    expect(await earned()).to.equal(0n);
    expect(await wealth()).to.equal(rich);
    // As it was signed it is taken.
    expect(await send([beats[0]])).to.deep.equal([]);
    expect(await state()).to.deep.equal(DONE);
    expect((await wealth()) - rich).to.equal(-FEE);
  });

  it("replaying a relayed beat", async () => {
    const { panel, send, beats, state, earned, agentId } = await signed(load, 4);
    expect(await send([beats[0], beats[0]])).to.deep.equal([[agentId, "AlreadyBeaten"]]);
    expect(await send([beats[0]])).to.deep.equal([[agentId, "AlreadyBeaten"]]);
    expect(await state()).to.deep.equal(DONE);
    expect(await earned()).to.equal(FEE);
    await panel.warpTo(NOW + 1);
    expect(await send([beats[0]])).to.deep.equal([[agentId, "CommitOutOfEpoch"]]);
    // Where the agent has sent its own in the meantime there is nothing left to earn.
    const itself = await signed(load, 4);
    await itself.victim.beat({ reveal: true, commit: [], exposure: RISK });
    expect(await itself.send([itself.beats[0]])).to.deep.equal([[agentId, "AlreadyBeaten"]]);
    expect(await itself.state()).to.deep.equal({ ...DONE, balance: STAKE });
    expect(await itself.earned()).to.equal(0n);
    // On another chain, where agents, contracts and secrets are alike.
    const other = await signed(loadThere, 4);
    const before = await other.state();
    expect(await other.send([beats[0]])).to.deep.equal([[agentId, "InvalidBeatSignature"]]);
    expect(await other.state()).to.deep.equal(before);
    expect(await other.earned()).to.equal(0n);
  });

  it("delaying a relayed beat", async () => {
    // Past its deadline it is void, and the agent still has time to send its own.
    const late = await signed();
    await networkHelpers.time.setNextBlockTimestamp(late.terms.deadline + 1);
    expect(await late.send([late.beats[0]])).to.deep.equal([[late.agentId, "BeatExpired"]]);
    await late.victim.beat({ reveal: true, commit: [], exposure: RISK });
    expect(await late.state()).to.deep.equal({ ...DONE, balance: STAKE });
    expect(await late.earned()).to.equal(0n);
    // A deadline beyond the epoch leaves no time: who leaves it to its relayer forfeits what it had at risk.
    const lost = await signed(load, 4);
    const before = await lost.wealth();
    await lost.panel.contracts.consensus.roll();
    await lost.panel.warpTo(NOW + 1);
    expect(await lost.send([lost.beats[0]])).to.deep.equal([[lost.agentId, "CommitOutOfEpoch"]]);
    await lost.panel.contracts.consensus.connect(lost.relayer).forfeit(lost.agentId, await lost.victim.link());
    expect((await lost.wealth()) - before).to.equal(-SEAT_BOND);
    // The relayer that did so on purpose has a two-hundredth of it.
    expect(await lost.earned()).to.equal(SEAT_BOND / 200n);
  });

  it("opening only a part of a relayed beat", async () => {
    const { panel, send, beats, state, earned, victim, agentId, relayer, wealth } = await signed();
    const { consensus } = panel.contracts;
    const before = await wealth();
    // What a relayer is given shows secret and ballot: it can reveal at once, for no fee, and leave the commitment away.
    const { previous, secret, ballot } = await victim.prepare({ reveal: true });
    const part = { ...emptyBeat(agentId), previous, secret, ballot };
    await expect(consensus.connect(relayer).beat(part)).to.emit(consensus, "BallotRevealed");
    const revealed = { ...DONE, balance: STAKE, locked: SEAT_BOND, ballotOpen: false, lastEpoch: BigInt(NOW - 1) };
    expect(await state()).to.deep.equal(revealed);
    expect(await earned()).to.equal(0n);
    // The rest is still good, for whoever sends it.
    const second = panel.owners[10]!;
    expect(await send([beats[0]], { from: second })).to.deep.equal([]);
    expect(await state()).to.deep.equal(DONE);
    expect(await earned(second)).to.equal(FEE);
    expect((await wealth()) - before).to.equal(-FEE);
  });

  it("signing a relay fee that is not there", async () => {
    const { panel, send, beats, state, earned, victim, agentId, terms } = await signed();
    const before = await state();
    const { free } = await panel.contracts.vault.account(agentId);
    const bad = await signBeat(panel, victim, { ...terms, fee: free + SEAT_BOND + 1n });
    expect(await send([beats[1], bad, beats[2]])).to.deep.equal([[agentId, "InsufficientFreeStake"]]);
    expect(await state()).to.deep.equal(before);
    expect(await earned()).to.equal(2n * FEE);
  });

  it("taking a relayed batch out of the mempool", async () => {
    const { panel, send, beats, earned, wealth } = await signed();
    const before = await wealth();
    const thief = panel.owners[10]!;
    expect(await send(beats, { from: thief })).to.deep.equal([]);
    expect((await send(beats)).map(([, reason]) => reason)).to.deep.equal(Array(3).fill("AlreadyBeaten"));
    expect([await earned(thief), await earned()]).to.deep.equal([3n * FEE, 0n]);
    expect((await wealth()) - before).to.equal(-FEE);
  });
});
