import { expect } from "chai";
import { network } from "hardhat";
import { panelLoader, SEAT_BOND, STAKE } from "../kit/panel.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection);

/** A ballot of `exposure` that was not revealed, two epochs later; `seeded` tells whether its reveal epoch got a seed. */
async function overdue(exposure: bigint, seeded = true) {
  const panel = await load();
  const [panelist] = panel.panelists;
  const epoch = await panel.epoch();
  await panelist.beat({ commit: [], exposure });
  if (seeded) {
    await panel.warpTo(epoch + 1);
    await panel.contracts.consensus.roll();
  }
  await panel.warpTo(epoch + 2);
  return { ...panel, panelist, ballotEpoch: epoch, link: await panelist.link() };
}

describe("Forfeit", () => {
  describe("forfeit", () => {
    it("takes the whole exposure, a two-hundredth to the keeper and the rest to the sink", async () => {
      const { ballotEpoch, contracts, link, panelist, stranger } = await overdue(1_019n);
      const { consensus, vault } = contracts;
      const { agentId } = panelist;
      await expect(consensus.connect(stranger).forfeit(agentId, link))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(agentId, ballotEpoch, 1_019n, stranger.address)
        .and.to.emit(vault, "AccountChanged")
        .withArgs(agentId, STAKE - 1_019n, 0n)
        .and.to.emit(vault, "Credited")
        .withArgs(stranger.address, 5n);
      const { balance, free, locked } = await vault.account(agentId);
      expect([balance, free, locked]).to.deep.equal([STAKE - 1_019n, STAKE - 1_019n, 0n]);
      expect(await vault.creditOf(stranger)).to.equal(5n);
      expect(await consensus.unsweptDue()).to.equal(1_014n);
    });

    it("credits the owner nothing for its own", async () => {
      const { contracts, link, panelist } = await overdue(1_000n);
      const { consensus, vault } = contracts;
      await consensus.connect(panelist.owner).forfeit(panelist.agentId, link);
      expect(await vault.creditOf(panelist.owner)).to.equal(0n);
      expect(await consensus.unsweptDue()).to.equal(1_000n);
    });

    it("leaves the agent free to commit from the same tip, in the same epoch", async () => {
      const { ballotEpoch, contracts, link, panelist, stranger, warpTo } = await overdue(1_000n);
      const { consensus } = contracts;
      await consensus.connect(stranger).forfeit(panelist.agentId, link);
      const { ballotOpen, ring, tipEpoch } = await consensus.agent(panelist.agentId);
      expect([ballotOpen, ring]).to.deep.equal([false, 0n]);
      expect(tipEpoch).to.be.lessThan(BigInt(ballotEpoch));
      await panelist.beat({ commit: [] });
      await warpTo(ballotEpoch + 3);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });

    it("releases a ballot whose reveal epoch never got a seed, even long afterwards", async () => {
      for (const after of [2, 300]) {
        const { ballotEpoch, contracts, link, panelist, stranger, warpTo } = await overdue(1_000n, false);
        const { consensus, vault } = contracts;
        if (after > 2) await warpTo(ballotEpoch + after);
        await expect(consensus.connect(stranger).forfeit(panelist.agentId, link))
          .to.emit(consensus, "BallotReleased")
          .withArgs(panelist.agentId, ballotEpoch, 1_000n)
          .and.to.emit(vault, "AccountChanged")
          .withArgs(panelist.agentId, STAKE, 0n);
        const { free, locked } = await vault.account(panelist.agentId);
        expect([free, locked]).to.deep.equal([STAKE, 0n]);
        expect(await vault.creditOf(stranger)).to.equal(0n);
        expect(await consensus.unsweptDue()).to.equal(0n);
      }
    });

    it("closes an empty ballot for nothing", async () => {
      const { ballotEpoch, contracts, link, panelist, stranger } = await overdue(0n);
      const { consensus, vault } = contracts;
      await expect(consensus.connect(stranger).forfeit(panelist.agentId, link))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(panelist.agentId, ballotEpoch, 0n, stranger.address);
      expect((await vault.account(panelist.agentId)).balance).to.equal(STAKE);
      expect((await consensus.agent(panelist.agentId)).ballotOpen).to.equal(false);
    });

    it("pays the keeper of a sold agent's ballot as ever", async () => {
      const { contracts, link, owners, panelist, stranger } = await overdue(1_000n);
      const { consensus, registry, vault } = contracts;
      await registry.connect(panelist.owner).transferFrom(panelist.owner, owners[6]!, panelist.agentId);
      await consensus.connect(stranger).forfeit(panelist.agentId, link);
      expect(await vault.creditOf(stranger)).to.equal(5n);
    });

    it("reverts where it is not overdue", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [], exposure: 1_000n });
      const link = await panelist.link();
      for (const after of [0, 1]) {
        if (after > 0) await warpTo(now + after);
        await expect(consensus.forfeit(panelist.agentId, link))
          .to.be.revertedWithCustomError(consensus, "NotOverdue")
          .withArgs(panelist.agentId, now, now + after);
      }
    });

    it("reverts where no ballot is open, or it was forfeited already", async () => {
      const { contracts, link, panelist, panelists } = await overdue(1_000n);
      const { consensus } = contracts;
      const idle = panelists[1].agentId;
      await expect(consensus.forfeit(idle, link))
        .to.be.revertedWithCustomError(consensus, "NoOpenBallot")
        .withArgs(idle);
      await consensus.forfeit(panelist.agentId, link);
      await expect(consensus.forfeit(panelist.agentId, link))
        .to.be.revertedWithCustomError(consensus, "NoOpenBallot")
        .withArgs(panelist.agentId);
    });

    it("reverts where the link is not shown as it is", async () => {
      const { contracts, link, panelist } = await overdue(1_000n);
      const { consensus, vault } = contracts;
      const { agentId } = panelist;
      const wrong = ethers.id("wrong");
      const forged = [{ tip: wrong }, { commitment: wrong }, { exposure: 999n }, { exposure: 1_001n }, { backing: 0n }];
      for (const part of forged) {
        await expect(consensus.forfeit(agentId, { ...link, ...part }))
          .to.be.revertedWithCustomError(consensus, "LinkMismatch")
          .withArgs(agentId);
        await expect(panelist.beat({ commit: [], replace: { previous: { ...link, ...part } } }))
          .to.be.revertedWithCustomError(consensus, "LinkMismatch")
          .withArgs(agentId);
      }
      expect((await vault.account(agentId)).locked).to.equal(1_000n);
    });
  });

  describe("votes of a forfeited ballot", () => {
    it("count for nothing", async () => {
      const { ask, contracts, panelists, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [late, ...rest] = panelists;
      const { id, voteEpoch } = await ask("two in time");
      await warpTo(voteEpoch);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: panelist === late ? 0 : 1 }] });
      await warpTo(voteEpoch + 1);
      for (const panelist of rest) await panelist.beat({ reveal: true });
      await warpTo(voteEpoch + 2);
      await consensus.connect(stranger).forfeit(late.agentId, await late.link());
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 2n]);
      expect((await vault.account(late.agentId)).balance).to.equal(STAKE - SEAT_BOND);
      expect((await consensus.unsweptDue()) + (await vault.creditOf(stranger))).to.equal(SEAT_BOND);
    });
  });
});
