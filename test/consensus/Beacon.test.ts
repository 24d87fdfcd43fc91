import { epochSeed, foldSecret, GENESIS_ACCUMULATOR, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { slotOf } from "../differential/utils/storage.ts";
import { type Panel, panelLoader } from "../kit/panel.ts";
import { values } from "../kit/results.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection);

/** The accumulator, from the low 128 bits of its slot. */
async function accumulatorOf({ contracts }: Panel): Promise<bigint> {
  const word = await networkHelpers.getStorageAt(
    await contracts.consensus.getAddress(),
    await slotOf("contracts/Consensus.sol", "Consensus", "_state", "beacon"),
  );
  return BigInt(word) & ((1n << 128n) - 1n);
}

/** All panelists commit empty ballots; moves to the reveal epoch. */
async function allCommitted() {
  const panel = await load();
  const epoch = await panel.epoch();
  for (const panelist of panel.panelists) await panelist.beat({ commit: [] });
  await panel.warpTo(epoch + 1);
  return { ...panel, ballotEpoch: epoch };
}

describe("Beacon", () => {
  describe("roll", () => {
    it("fixes the seed of the epoch from accumulator, prevrandao and epoch, once, for anyone", async () => {
      const panel = await allCommitted();
      const { ballotEpoch, contracts, panelists, stranger, warpTo } = panel;
      const { consensus } = contracts;
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      const accumulator = await accumulatorOf(panel);
      const epoch = ballotEpoch + 2;
      await warpTo(epoch);
      await networkHelpers.setPrevRandao(12_345);
      const seed = epochSeed(accumulator, 12_345n, epoch);
      await expect(consensus.connect(stranger).roll()).to.emit(consensus, "EpochRolled").withArgs(epoch, seed);
      await networkHelpers.setPrevRandao(99);
      expect(values(await consensus.roll.staticCall())).to.deep.equal([BigInt(epoch), seed]);
      await expect(consensus.roll()).to.not.emit(consensus, "EpochRolled");
      expect(await consensus.seedOf(epoch)).to.equal(seed);
    });

    it("is done first by every other action of the epoch", async () => {
      const { ask, contracts, decide, epoch, panelists, stranger, warpTo } = await load();
      const { consensus, registry } = contracts;
      const [panelist, second] = panelists;
      const { agentId, owner } = panelist;
      await registry.connect(stranger)["register()"]();
      const done = await decide("to finalize", [1, 1, 1], { budgetRounds: 1 });
      const settling = await decide("to settle", [1, 1, 1]);
      await warpTo(settling.voteEpoch + 3);
      await second.beat({ commit: [] });
      const base = await epoch();
      const actions: (() => Promise<unknown>)[] = [
        async () => consensus.connect(stranger).enroll(3, ethers.id("anchor")),
        async () => panelist.announceAnchor(ethers.id("the next chain") as Hex),
        async () => consensus.connect(owner).allocate(agentId, 1, 10n ** 20n),
        async () => panelist.beat({ commit: [] }),
        async () => panelist.beat({ reveal: true }),
        async () => panelist.settle(settling.voteEpoch),
        async () => consensus.finalize(done.id),
        async () => consensus.reclaim(done.origin),
        async () => consensus.forfeit(second.agentId, await second.link()),
        async () => ask("another"),
      ];
      for (const [i, act] of actions.entries()) {
        await warpTo(base + 1 + i);
        await act();
        expect(await consensus.seedOf(base + 1 + i)).to.not.equal(ZERO_HASH);
      }
    });

    it("is done first by a round that is started", async () => {
      for (const kind of ["appeal", "budget", "canary"]) {
        const { contracts, decide } = await load();
        const { consensus } = contracts;
        const votes = kind === "budget" ? [1, 1, 0] : [1, 1, 1];
        const { id, origin, salt, voteEpoch } = await decide(kind, votes, { budgetRounds: 1, canary: 0 });
        expect(await consensus.seedOf(voteEpoch + 2)).to.equal(ZERO_HASH);
        if (kind === "appeal") await consensus.appeal(id);
        else if (kind === "budget") await consensus.spendBudget(id);
        else await consensus.openCanary(origin, 0, salt);
        expect(await consensus.seedOf(voteEpoch + 2)).to.not.equal(ZERO_HASH);
      }
    });
  });

  describe("a reveal", () => {
    it("is folded into the accumulator, in whatever order", async () => {
      const found = [];
      for (const order of [
        [0, 1, 2],
        [2, 0, 1],
      ]) {
        const panel = await allCommitted();
        const { ballotEpoch, panelists } = panel;
        expect(await accumulatorOf(panel)).to.equal(GENESIS_ACCUMULATOR);
        let expected = GENESIS_ACCUMULATOR;
        for (const i of order) {
          const panelist = panelists[i]!;
          await panelist.beat({ reveal: true });
          expected = foldSecret(expected, panelist.agentId, panelist.secret(ballotEpoch));
          expect(await accumulatorOf(panel)).to.equal(expected);
        }
        found.push(expected);
      }
      expect(found[0]).to.equal(found[1]);
      expect(found[0]).to.not.equal(GENESIS_ACCUMULATOR);
    });

    it("does not touch the seed of its own epoch", async () => {
      const { ballotEpoch, contracts, panelists } = await allCommitted();
      const { consensus } = contracts;
      await panelists[0].beat({ reveal: true });
      const seed = await consensus.seedOf(ballotEpoch + 1);
      await panelists[1].beat({ reveal: true });
      expect(await consensus.seedOf(ballotEpoch + 1)).to.equal(seed);
    });

    it("counts its votes in the freeze and is not folded", async () => {
      const panel = await load();
      const { ask, contracts, panelists, warpTo } = panel;
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("late");
      await warpTo(voteEpoch);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1, 58);
      await panelists[0].beat({ reveal: true });
      const accumulator = foldSecret(GENESIS_ACCUMULATOR, panelists[0].agentId, panelists[0].secret(voteEpoch));
      expect(await accumulatorOf(panel)).to.equal(accumulator);
      expect(await consensus.inFreeze()).to.equal(false);
      await panelists[1].beat({ reveal: true });
      expect(await consensus.inFreeze()).to.equal(true);
      await panelists[2].beat({ reveal: true });
      expect(await accumulatorOf(panel)).to.equal(accumulator);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 3n]);
    });
  });

  describe("seedOf", () => {
    it("gives the seeds of the last four epochs, and 0 for those without, to come or too long ago", async () => {
      const { contracts, epoch, warpTo } = await load();
      const { consensus } = contracts;
      const first = (await epoch()) + 10;
      const seeds = [];
      for (const skipped of [0, 1, 3, 4]) {
        await warpTo(first + skipped);
        await consensus.roll();
        seeds.push(await consensus.seedOf(first + skipped));
      }
      expect(new Set(seeds)).to.have.length(4);
      const [zero, one, three, four] = seeds;
      const found = [];
      for (let after = 0; after <= 5; after++) found.push(await consensus.seedOf(first + after));
      expect(found).to.deep.equal([ZERO_HASH, one, ZERO_HASH, three, four, ZERO_HASH]);
      expect(zero).to.not.equal(ZERO_HASH);
      expect(await consensus.seedOf(2n ** 32n - 1n)).to.equal(ZERO_HASH);
    });
  });
});
