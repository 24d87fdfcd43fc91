import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { agentLink, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, panelLoader, STAKE, UNIT } from "../kit/panel.ts";
import { fields } from "../kit/results.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection);

const UNITS = ALLOCATION / UNIT;

describe("Commit", () => {
  describe("beat that commits", () => {
    it("returns true, emits BallotCommitted, locks the exposure and keeps the link", async () => {
      const { contracts, epoch, panelists } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      const beat = await panelist.prepare({ commit: [], exposure: 100n, backing: 77n });
      expect(await consensus.connect(owner).beat.staticCall(beat)).to.equal(true);
      const tip = panelist.tip;
      const now = await epoch();
      await expect(panelist.beat({ commit: [], exposure: 100n, backing: 77n }))
        .to.emit(consensus, "BallotCommitted")
        .withArgs(agentId, now, beat.commitment, 100n, 77n, STAKE, 100n);
      const { ballotOpen, lastEpoch, link } = await consensus.agent(agentId);
      expect([ballotOpen, lastEpoch]).to.deep.equal([true, BigInt(now)]);
      expect(link).to.equal(
        agentLink(
          { tip, commitment: beat.commitment as `0x${string}`, exposure: 100n, backing: 77n },
          panelist.owner.address as `0x${string}`,
        ),
      );
      const { free, locked } = await vault.account(agentId);
      expect([locked, free]).to.deep.equal([100n, STAKE - 100n]);
    });

    it("reverts for anyone but the agentWallet", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      await expect(panelist.beat({ commit: [], from: stranger }))
        .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
        .withArgs(agentId, stranger.address);
      await rotateWallet(connection, contracts, agentId, owner, stranger);
      await expect(panelist.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
        .withArgs(agentId, owner.address);
      await expect(panelist.beat({ commit: [], from: stranger })).to.emit(consensus, "BallotCommitted");
    });

    it("reverts for an agent that is not enrolled", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus, registry } = contracts;
      await registry.connect(stranger)["register()"]();
      const beat = await panelists[0].prepare({ commit: [] });
      await expect(consensus.connect(stranger).beat({ ...beat, agentId: 3 }))
        .to.be.revertedWithCustomError(consensus, "NotEnrolled")
        .withArgs(3);
    });

    it("reverts where a ballot of this epoch, or an unrevealed one of the last, is open", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      const { link } = await consensus.agent(panelist.agentId);
      for (const after of [0, 1]) {
        if (after > 0) await warpTo(now + after);
        await expect(panelist.beat({ commit: [], exposure: 1n }))
          .to.be.revertedWithCustomError(consensus, "BallotStillOpen")
          .withArgs(panelist.agentId, now);
      }
      expect((await consensus.agent(panelist.agentId)).link).to.equal(link);
    });

    it("reverts where the shown tip is not the last revealed secret", async () => {
      const { contracts, epoch, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      const beat = await panelist.prepare({ commit: [] });
      const tip = panelist.secret(await epoch());
      await expect(consensus.connect(owner).beat({ ...beat, previous: { ...beat.previous, tip } }))
        .to.be.revertedWithCustomError(consensus, "LinkMismatch")
        .withArgs(agentId);
      // A secret shown without a ballot to reveal stands for the tip.
      await expect(consensus.connect(owner).beat({ ...beat, secret: tip }))
        .to.be.revertedWithCustomError(consensus, "LinkMismatch")
        .withArgs(agentId);
    });

    it("reverts where the tip is not shown at all", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const beat = await panelist.prepare({ commit: [] });
      await expect(consensus.connect(panelist.owner).beat({ ...beat, previous: { ...beat.previous, tip: ZERO_HASH } }))
        .to.be.revertedWithCustomError(consensus, "LinkMismatch")
        .withArgs(panelist.agentId);
    });

    it("reverts where it is mined in another epoch than it is for", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      const late = await panelist.prepare({ commit: [] });
      await warpTo(now + 1);
      for (const commitEpoch of [now, now + 2]) {
        await expect(consensus.connect(panelist.owner).beat({ ...late, commitEpoch }))
          .to.be.revertedWithCustomError(consensus, "CommitOutOfEpoch")
          .withArgs(panelist.agentId, commitEpoch, now + 1);
      }
      expect((await consensus.agent(panelist.agentId)).ballotOpen).to.equal(false);
    });

    it("reverts while receipts of sixteen epochs ago take its slot, unless the same beat settles them", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("slow to settle", [1, 1, 1]);
      await warpTo(voteEpoch + 15);
      await panelist.beat({ commit: [] });
      await warpTo(voteEpoch + 16);
      await panelist.beat({ reveal: true });
      await expect(panelist.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "RingSlotTaken")
        .withArgs(panelist.agentId, voteEpoch + 16);
      await expect(panelist.beat({ settle: voteEpoch, commit: [] }))
        .to.emit(consensus, "BallotSettled")
        .and.to.emit(consensus, "BallotCommitted");
      expect((await consensus.agent(panelist.agentId)).ring).to.equal(0n);
    });

    it("reverts where the exposure exceeds the free stake, and not at it", async () => {
      const { contracts, panelists } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      await vault.connect(owner).pledge(agentId, 300n * TOKEN);
      await vault.connect(owner).requestWithdrawal(agentId, 200n * TOKEN);
      const free = STAKE - 500n * TOKEN;
      await expect(panelist.beat({ commit: [], exposure: free + 1n, backing: 5n }))
        .to.be.revertedWithCustomError(consensus, "InsufficientFreeStake")
        .withArgs(agentId, free + 1n, 5n * UNIT, free);
      await panelist.beat({ commit: [], exposure: free });
      expect((await vault.account(agentId)).free).to.equal(0n);
    });

    it("reverts where the backing exceeds what is neither pledged nor being withdrawn, and not at it", async () => {
      const { contracts, panelists } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      await vault.connect(owner).pledge(agentId, STAKE - 1_000n * TOKEN);
      await vault.connect(owner).requestWithdrawal(agentId, 400n * TOKEN);
      const available = 600n * TOKEN;
      await expect(panelist.beat({ commit: [], exposure: 0n, backing: 600_001n }))
        .to.be.revertedWithCustomError(consensus, "InsufficientFreeStake")
        .withArgs(agentId, 0n, available + UNIT, available);
      await panelist.beat({ commit: [], exposure: 0n, backing: 600_000n });
      expect((await consensus.agent(agentId)).ballotOpen).to.equal(true);
    });

    it("lets stake that is locked for one ballot back the seats of the next", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { id, voteEpoch } = await ask("locked");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }], backing: STAKE / UNIT });
      await warpTo(voteEpoch + 1);
      await panelist.beat({ reveal: true, commit: [], exposure: STAKE - 24n * TOKEN, backing: STAKE / UNIT });
      expect((await vault.account(panelist.agentId)).free).to.equal(0n);
      expect((await consensus.agent(panelist.agentId)).ballotOpen).to.equal(true);
    });

    it("forfeits the agent's own overdue ballot and commits the next", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [], exposure: 100n });
      await warpTo(now + 1);
      await consensus.roll();
      await warpTo(now + 2);
      await expect(panelist.beat({ commit: [], exposure: 7n }))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(panelist.agentId, now, 100n, ethers.ZeroAddress)
        .and.to.emit(consensus, "BallotCommitted")
        .withArgs(panelist.agentId, now + 2, anyValue, 7n, anyValue, STAKE - 100n, 7n);
      const { balance, locked } = await vault.account(panelist.agentId);
      expect([balance, locked]).to.deep.equal([STAKE - 100n, 7n]);
      expect(await consensus.unsweptDue()).to.equal(100n);
      await warpTo(now + 3);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });

    it("releases the agent's own ballot whose reveal epoch got no seed and commits the next", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [], exposure: 100n });
      await warpTo(now + 2);
      await expect(panelist.beat({ commit: [], exposure: 7n }))
        .to.emit(consensus, "BallotReleased")
        .withArgs(panelist.agentId, now, 100n)
        .and.to.emit(consensus, "BallotCommitted");
      const { balance, locked } = await vault.account(panelist.agentId);
      expect([balance, locked]).to.deep.equal([STAKE, 7n]);
      expect(await consensus.unsweptDue()).to.equal(0n);
    });

    it("forfeits the agent's own overdue ballot without committing another", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [], exposure: 100n });
      await warpTo(now + 1);
      await consensus.roll();
      await warpTo(now + 2);
      // Anyone may send it, and earns nothing: it is the beat, not `forfeit`, that pays keepers.
      await expect(panelist.beat({ from: stranger }))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(panelist.agentId, now, 100n, ethers.ZeroAddress);
      expect(await vault.creditOf(stranger)).to.equal(0n);
      expect((await consensus.agent(panelist.agentId)).ballotOpen).to.equal(false);
    });
  });

  describe("beat whose commit cannot be made after an earlier part took effect", () => {
    it("emits CommitSkipped with the reason, keeps the reveal and locks nothing", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId } = panelist;
      const now = await epoch();
      await panelist.beat({ commit: [], exposure: 100n });
      await warpTo(now + 1);
      const reason = consensus.interface.encodeErrorResult("InsufficientFreeStake", [
        agentId,
        STAKE + 1n,
        UNITS * UNIT,
        STAKE,
      ]);
      const parts = { reveal: true, commit: [], exposure: STAKE + 1n };
      expect(await consensus.connect(panelist.owner).beat.staticCall(await panelist.prepare(parts))).to.equal(false);
      const sent = await panelist.beat(parts);
      await expect(sent)
        .to.emit(consensus, "CommitSkipped")
        .withArgs(agentId, now + 1, reason)
        .and.to.emit(consensus, "BallotRevealed")
        .withArgs(agentId, now, panelist.secret(now), "0x");
      await expect(sent).to.not.emit(consensus, "BallotCommitted");
      expect((await vault.account(agentId)).locked).to.equal(0n);
      const { ballotOpen, link } = await consensus.agent(agentId);
      expect(ballotOpen).to.equal(false);
      const closed = { tip: panelist.secret(now), commitment: ZERO_HASH, exposure: 0n, backing: 0n };
      expect(link).to.equal(agentLink(closed, panelist.owner.address as `0x${string}`));
      // Alone it would have reverted; cured, it is accepted in the same epoch.
      await expect(panelist.beat({ commit: [], exposure: STAKE + 1n })).to.be.revertedWithCustomError(
        consensus,
        "InsufficientFreeStake",
      );
      await expect(panelist.beat({ commit: [], exposure: STAKE })).to.emit(consensus, "BallotCommitted");
    });

    it("tells in the reason what is free beside what an older ballot locks", async () => {
      const { contracts, decide, panelists } = await load();
      const { consensus, vault } = contracts;
      await decide("locks its bond until it is settled", [1, 1, 1]);
      const [panelist] = panelists;
      const { free, locked } = await vault.account(panelist.agentId);
      expect(locked).to.be.greaterThan(0n);
      await expect(panelist.beat({ commit: [], exposure: free + 1n }))
        .to.be.revertedWithCustomError(consensus, "InsufficientFreeStake")
        .withArgs(panelist.agentId, free + 1n, UNITS * UNIT, free);
    });

    it("skips a stranger's commit but keeps the reveal it carries", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      await warpTo(now + 1);
      const reason = consensus.interface.encodeErrorResult("NotAgentWallet", [panelist.agentId, stranger.address]);
      await expect(panelist.beat({ reveal: true, commit: [], from: stranger }))
        .to.emit(consensus, "CommitSkipped")
        .withArgs(panelist.agentId, now + 1, reason)
        .and.to.emit(consensus, "BallotRevealed");
      expect((await consensus.agent(panelist.agentId)).ballotOpen).to.equal(false);
    });

    it("skips the commit but keeps the settlement", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("settled", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await panelist.beat({ commit: [] });
      await warpTo(voteEpoch + 4);
      // The ballot of the last epoch is open and not revealed: nothing can be committed, but settled.
      const reason = consensus.interface.encodeErrorResult("BallotStillOpen", [panelist.agentId, voteEpoch + 3]);
      await expect(panelist.beat({ settle: voteEpoch, commit: [] }))
        .to.emit(consensus, "CommitSkipped")
        .withArgs(panelist.agentId, voteEpoch + 4, reason)
        .and.to.emit(consensus, "BallotSettled");
      expect((await vault.account(panelist.agentId)).balance).to.equal(STAKE + TOKEN);
    });
  });

  describe("empty beat", () => {
    it("is the sign of life of the agentWallet, and changes nothing else", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = (await epoch()) + 3;
      await warpTo(now);
      const before = fields(await consensus.agent(panelist.agentId));
      expect(before["lastEpoch"]).to.be.lessThan(BigInt(now));
      const beat = await panelist.prepare({});
      expect(await consensus.connect(panelist.owner).beat.staticCall(beat)).to.equal(false);
      await panelist.beat({});
      const after = fields(await consensus.agent(panelist.agentId));
      expect(after).to.deep.equal({ ...before, lastEpoch: BigInt(now) });
    });

    it("does not move the epoch of an open ballot", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      await warpTo(now + 1);
      await panelist.beat({});
      expect((await consensus.agent(panelist.agentId)).lastEpoch).to.equal(BigInt(now));
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });

    it("reverts for anyone but the agentWallet", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      await expect(panelist.beat({ from: stranger }))
        .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
        .withArgs(panelist.agentId, stranger.address);
    });

    it("reverts where it shows a secret and no ballot is open", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      await expect(panelist.beat({ replace: { secret: ethers.id("secret") } }))
        .to.be.revertedWithCustomError(consensus, "NoOpenBallot")
        .withArgs(panelist.agentId);
    });

    it("reverts where it shows receipts of which nothing is final", async () => {
      const { contracts, decide, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("in its appeal epoch", [1, 1, 1]);
      await expect(panelist.beat({ settle: voteEpoch }))
        .to.be.revertedWithCustomError(consensus, "NothingFinal")
        .withArgs(panelist.agentId, voteEpoch);
    });

    it("reverts where it shows receipts that do not match", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      await expect(panelist.beat({ replace: { settleEpoch: 5, receipts: "0x0000" } }))
        .to.be.revertedWithCustomError(consensus, "ReceiptsMismatch")
        .withArgs(panelist.agentId, 5);
    });
  });
});
