import { type Address, agentLink, createSecretChain, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, panelLoader, STAKE, UNIT } from "../kit/panel.ts";
import { fields } from "../kit/results.ts";
import { rotateWallet } from "../kit/wallet.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection, { chainLength: 4_200 });

const ANCHOR = ethers.id("anchor") as Hex;
const SEED = ethers.id("another chain") as Hex;
const emptyLink = (tip: Hex, owner: { readonly address: string }) =>
  agentLink({ tip, commitment: ZERO_HASH, exposure: 0n, backing: 0n }, owner.address as Address);

describe("Enrolment", () => {
  describe("enroll", () => {
    it("emits Enrolled with the first epoch of the chain and binds owner, tip and link", async () => {
      const { contracts, epoch, stranger } = await load();
      const { consensus, registry } = contracts;
      await registry.connect(stranger)["register()"]();
      const now = await epoch();
      await expect(consensus.connect(stranger).enroll(3, ANCHOR))
        .to.emit(consensus, "Enrolled")
        .withArgs(3, stranger.address, ANCHOR, now + 2, 0);
      expect(fields(await consensus.agent(3))).to.deep.equal({
        owner: stranger.address,
        tipEpoch: BigInt(now + 1),
        lastEpoch: BigInt(now),
        ring: 0n,
        generation: 0n,
        ballotOpen: false,
        link: emptyLink(ANCHOR, stranger),
        nextAnchor: ZERO_HASH,
        nextFrom: 0n,
      });
    });

    it("enrolls the agent under its owner when called by the agentWallet", async () => {
      const { contracts, epoch, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await rotateWallet(connection, contracts, agentId, owner, stranger);
      await expect(consensus.connect(stranger).enroll(agentId, ANCHOR))
        .to.emit(consensus, "Enrolled")
        .withArgs(agentId, owner.address, ANCHOR, (await epoch()) + 2, 0);
      // The owner may still, too.
      await consensus.connect(owner).enroll(agentId, SEED);
      expect((await consensus.agent(agentId)).link).to.equal(emptyLink(SEED, owner));
    });

    it("reverts for anyone else, before anything else is looked at", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId }] = panelists;
      await expect(consensus.connect(stranger).enroll(agentId, ZERO_HASH))
        .to.be.revertedWithCustomError(consensus, "NotAgentOwner")
        .withArgs(agentId, stranger.address);
    });

    it("reverts on a zero anchor", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await expect(consensus.connect(owner).enroll(agentId, ZERO_HASH)).to.be.revertedWithCustomError(
        consensus,
        "ZeroAnchor",
      );
    });

    it("reverts as the registry does for an agent that does not exist", async () => {
      const { contracts } = await load();
      const { consensus, registry } = contracts;
      await expect(consensus.enroll(99, ANCHOR))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(99);
    });

    it("reverts while a ballot is open, overdue or not", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      for (const after of [0, 1, 2, 40]) {
        if (after > 0) await warpTo(now + after);
        await expect(panelist.enroll(SEED))
          .to.be.revertedWithCustomError(consensus, "BallotStillOpen")
          .withArgs(panelist.agentId, now);
      }
    });

    it("reverts while receipts wait to be settled", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("pending", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await expect(panelist.enroll(SEED))
        .to.be.revertedWithCustomError(consensus, "BallotsPending")
        .withArgs(panelist.agentId, 1 << (voteEpoch % 16));
      await panelist.settle(voteEpoch);
      await panelist.enroll(SEED);
    });

    it("replaces the chain, voids the old one at once and keeps generation and trust", async () => {
      const { contracts, decide, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("trusted", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await panelist.settle(voteEpoch);
      const trust = await consensus.trust(panelist.agentId, 1);
      expect(trust.verdicts).to.equal(1n);
      const now = await epoch();
      await expect(panelist.enroll(SEED)).to.not.emit(consensus, "GenerationChanged");
      expect(await consensus.trust(panelist.agentId, 1)).to.deep.equal(trust);
      for (const epoch of [now, now + 1]) {
        if (epoch > now) await warpTo(epoch);
        await expect(panelist.beat({ commit: [] }))
          .to.be.revertedWithCustomError(consensus, "ChainNotValid")
          .withArgs(panelist.agentId, epoch, now + 1);
      }
      await warpTo(now + 2);
      await panelist.beat({ commit: [] });
      await warpTo(now + 3);
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, now + 2, panelist.secret(now + 2), "0x");
    });

    it("voids an announced chain", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      await panelist.announceAnchor(ANCHOR);
      await panelist.enroll(SEED);
      const { nextAnchor, nextFrom } = await consensus.agent(panelist.agentId);
      expect([nextAnchor, nextFrom]).to.deep.equal([ZERO_HASH, 0n]);
      const now = await epoch();
      await warpTo(now + 2);
      await panelist.beat({ commit: [] });
      await warpTo(now + 3);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });
  });

  describe("announceAnchor", () => {
    it("emits AnchorAnnounced and shows the next chain", async () => {
      const { contracts, epoch, panelists } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { anchor } = createSecretChain({ seed: SEED, length: 64 });
      const now = await epoch();
      await expect(panelist.announceAnchor(SEED))
        .to.emit(consensus, "AnchorAnnounced")
        .withArgs(panelist.agentId, anchor, now + 2);
      const { nextAnchor, nextFrom } = await consensus.agent(panelist.agentId);
      expect([nextAnchor, nextFrom]).to.deep.equal([anchor, BigInt(now + 2)]);
    });

    it("announces when called by the agentWallet as well", async () => {
      const { contracts, epoch, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await rotateWallet(connection, contracts, agentId, owner, stranger);
      await expect(consensus.connect(stranger).announceAnchor(agentId, ANCHOR))
        .to.emit(consensus, "AnchorAnnounced")
        .withArgs(agentId, ANCHOR, (await epoch()) + 2);
    });

    it("reverts for anyone else, and on a zero anchor", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await expect(consensus.connect(stranger).announceAnchor(agentId, ANCHOR))
        .to.be.revertedWithCustomError(consensus, "NotAgentOwner")
        .withArgs(agentId, stranger.address);
      await expect(consensus.connect(owner).announceAnchor(agentId, ZERO_HASH)).to.be.revertedWithCustomError(
        consensus,
        "ZeroAnchor",
      );
    });

    it("reverts for an agent that is not enrolled, or not under this owner", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus, registry } = contracts;
      const [{ agentId, owner }] = panelists;
      await registry.connect(stranger)["register()"]();
      await registry.connect(owner).transferFrom(owner, stranger, agentId);
      for (const id of [3n, agentId]) {
        await expect(consensus.connect(stranger).announceAnchor(id, ANCHOR))
          .to.be.revertedWithCustomError(consensus, "NotEnrolled")
          .withArgs(id);
      }
    });

    it("reverts where a chain is announced already", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      for (const after of [0, 1, 2, 9]) {
        if (after > 0) await warpTo(now + after);
        await expect(panelist.announceAnchor(ANCHOR))
          .to.be.revertedWithCustomError(consensus, "AnchorAlreadyAnnounced")
          .withArgs(panelist.agentId, now + 2);
      }
    });

    it("switches without a gap, and only once", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      await panelist.beat({ commit: [] });
      for (let at = now + 1; at < now + 7; at++) {
        await warpTo(at);
        await expect(panelist.beat({ reveal: true, commit: [] }))
          .to.emit(consensus, "BallotRevealed")
          .withArgs(panelist.agentId, at - 1, panelist.secret(at - 1), "0x")
          .and.to.emit(consensus, "BallotCommitted");
        const { link, nextFrom, tipEpoch } = await consensus.agent(panelist.agentId);
        expect(tipEpoch).to.equal(BigInt(at - 1));
        expect(nextFrom).to.equal(at < now + 2 ? BigInt(now + 2) : 0n);
        const preimage = await panelist.link();
        expect(link).to.equal(
          agentLink(preimage as Parameters<typeof agentLink>[0], panelist.owner.address as `0x${string}`),
        );
        // The anchor is the tip in the epoch of the switch only, the last secret before and after.
        const anchor = createSecretChain({ seed: SEED, length: 64 }).anchor;
        expect(preimage.tip).to.equal(at === now + 2 ? anchor : panelist.secret(at - 1));
      }
    });

    it("lets another chain be announced after the switch, and switches to it as well", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      await panelist.beat({ commit: [] });
      for (let at = now + 1; at <= now + 8; at++) {
        await warpTo(at);
        if (at === now + 2)
          await expect(panelist.announceAnchor(ANCHOR)).to.be.revertedWithCustomError(
            consensus,
            "AnchorAlreadyAnnounced",
          );
        if (at === now + 4) await panelist.announceAnchor(ANCHOR);
        await expect(panelist.beat({ reveal: true, commit: [] })).to.emit(consensus, "BallotCommitted");
      }
      expect((await consensus.agent(panelist.agentId)).nextFrom).to.equal(0n);
    });

    it("forfeits with the last revealed secret after the switch", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      await panelist.beat({ commit: [] });
      for (let at = now + 1; at <= now + 3; at++) {
        await warpTo(at);
        await panelist.beat({ reveal: true, commit: [], exposure: 5n });
      }
      await warpTo(now + 4);
      await consensus.roll();
      await warpTo(now + 5);
      const link = await panelist.link();
      expect(link.tip).to.equal(panelist.secret(now + 2));
      await expect(consensus.connect(stranger).forfeit(panelist.agentId, link))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(panelist.agentId, now + 3, 5n, stranger.address);
      // And goes on in the same chain.
      await panelist.beat({ commit: [] });
      await warpTo(now + 6);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });

    it("switches at the first commit after the switch where there was none at it", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      await panelist.beat({ commit: [] });
      await warpTo(now + 1);
      await panelist.beat({ reveal: true });
      await warpTo(now + 9);
      await panelist.beat({ commit: [] });
      const { nextFrom, tipEpoch } = await consensus.agent(panelist.agentId);
      expect([nextFrom, tipEpoch]).to.deep.equal([0n, BigInt(now + 1)]);
      await warpTo(now + 10);
      await expect(panelist.beat({ reveal: true, commit: [] }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, now + 9, panelist.secret(now + 9), "0x");
    });

    it("forfeits the first ballot of the new chain with the new anchor", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.announceAnchor(SEED);
      await warpTo(now + 2);
      await panelist.beat({ commit: [], exposure: 7n });
      await warpTo(now + 3);
      await consensus.roll();
      await warpTo(now + 4);
      const { anchor } = createSecretChain({ seed: SEED, length: 64 });
      const link = await panelist.link();
      expect(link.tip).to.equal(anchor);
      await expect(consensus.connect(stranger).forfeit(panelist.agentId, link))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(panelist.agentId, now + 2, 7n, stranger.address);
      await panelist.beat({ commit: [] });
      await warpTo(now + 5);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });
  });

  describe("the reach of a chain", () => {
    it("commits and reveals 4096 epochs after the last secret", async () => {
      const { contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const tipEpoch = Number((await consensus.agent(panelist.agentId)).tipEpoch);
      await warpTo(tipEpoch + 4_096);
      await panelist.beat({ commit: [], exposure: 5n });
      await warpTo(tipEpoch + 4_097);
      const revealed = await panelist.beat({ reveal: true });
      await expect(revealed).to.emit(consensus, "BallotRevealed");
      // About a hundred gas an epoch.
      expect((await revealed.wait())?.gasUsed).to.be.lessThan(700_000n);
      expect((await vault.account(panelist.agentId)).locked).to.equal(0n);
    });

    it("reverts an epoch later, and is cured by a new chain", async () => {
      const { contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const tipEpoch = Number((await consensus.agent(panelist.agentId)).tipEpoch);
      await warpTo(tipEpoch + 4_097);
      await expect(panelist.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "ChainNotValid")
        .withArgs(panelist.agentId, tipEpoch + 4_097, tipEpoch);
      await panelist.announceAnchor(SEED);
      await warpTo(tipEpoch + 4_099);
      await panelist.beat({ commit: [] });
      await warpTo(tipEpoch + 4_100);
      await expect(panelist.beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
    });

    it("leaves stake and allocation of an agent that lost its chain as they are", async () => {
      const { contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [{ agentId }] = panelists;
      await warpTo(5_000);
      expect((await vault.account(agentId)).free).to.equal(STAKE);
      expect(await consensus.allocation(agentId, 1, 5_000)).to.equal(ALLOCATION / UNIT);
    });
  });
});
