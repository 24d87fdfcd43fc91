import { encodeReceipts, type Hex, LAST_GENERATION } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { entrySlot, slotOf } from "../differential/utils/storage.ts";
import { ALLOCATION, type Panel, panelLoader, STAKE, UNIT } from "../kit/panel.ts";
import { values } from "../kit/results.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection, { domains: [{ maxRounds: 1 }] });

const SEED = ethers.id("the buyer's chain") as Hex;
const PRIOR = [4_096n, 2_048n, 0n, 256n];

/** Sells the first panelist's agent to the stranger. */
async function sell(panel: Panel): Promise<void> {
  const [{ agentId, owner }] = panel.panelists;
  await panel.contracts.registry.connect(owner).transferFrom(owner, panel.stranger, agentId);
}

/** Three verdicts that all panelists agreed with, settled: their seats weigh more than a newcomer's. */
async function earnTrust(panel: Panel): Promise<bigint> {
  for (let i = 0; i < 3; i++) {
    const { voteEpoch } = await panel.decide(`verdict ${i}`, [1, 1, 1]);
    await panel.warpTo(voteEpoch + 3);
    for (const panelist of panel.panelists) await panelist.settle(voteEpoch);
  }
  const { weight } = await panel.contracts.consensus.trust(panel.panelists[0].agentId, 1);
  expect(weight).to.be.greaterThan(1_000n);
  return weight;
}

/** A trusted agent, committed to a vote, then sold; in the reveal epoch. */
async function inFlight() {
  const panel = await load();
  const weight = await earnTrust(panel);
  const { id, voteEpoch } = await panel.ask("in flight");
  await panel.warpTo(voteEpoch);
  for (const panelist of panel.panelists) await panelist.beat({ commit: [{ id, outcome: 1 }] });
  await sell(panel);
  await panel.warpTo(voteEpoch + 1);
  return { ...panel, id, voteEpoch, weight, sold: panel.panelists[0] };
}

describe("Ownership", () => {
  describe("an agent sold with a ballot in flight", () => {
    it("is revealed with a newcomer's weight, noticed, and void for new commits", async () => {
      const { contracts, id, panelists, sold, voteEpoch, weight } = await inFlight();
      const { consensus } = contracts;
      const { agentId } = sold;
      const votes = [{ questionId: id, outcome: 1, seats: 1 }];
      const receipts = encodeReceipts({ generation: LAST_GENERATION, receipts: votes });
      await expect(sold.beat({ reveal: true }))
        .to.emit(consensus, "GenerationChanged")
        .withArgs(agentId, 1)
        .and.to.emit(consensus, "BallotRevealed")
        .withArgs(agentId, voteEpoch, sold.secret(voteEpoch), receipts);
      expect([...(await consensus.tally(id)).weights]).to.deep.equal([0n, 256n]);
      await panelists[1].beat({ reveal: true });
      expect([...(await consensus.tally(id)).weights]).to.deep.equal([0n, 256n + weight]);
      const { generation, owner } = await consensus.agent(agentId);
      expect([generation, owner]).to.deep.equal([1n, ethers.ZeroAddress]);
      expect(values(await consensus.trust(agentId, 1))).to.deep.equal(PRIOR);
    });

    it("is settled for the agent's account, and moves no trust", async () => {
      const { contracts, panelists, sold, voteEpoch, warpTo } = await inFlight();
      const { consensus, vault } = contracts;
      const before = (await vault.account(sold.agentId)).balance;
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      await warpTo(voteEpoch + 3);
      const settled = await sold.settle(voteEpoch);
      await expect(settled).to.emit(consensus, "BallotSettled");
      expect(values(await consensus.trust(sold.agentId, 1))).to.deep.equal(PRIOR);
      const { balance, locked } = await vault.account(sold.agentId);
      expect([balance, locked]).to.deep.equal([before + TOKEN, 0n]);
      await panelists[1].settle(voteEpoch);
      expect((await consensus.trust(panelists[1].agentId, 1)).verdicts).to.equal(4n);
    });

    it("lets neither the old nor the new owner commit", async () => {
      const { contracts, sold, stranger, voteEpoch } = await inFlight();
      const { consensus } = contracts;
      const { agentId, owner } = sold;
      const refusal = (error: "NotAgentWallet" | "NotEnrolled", args: unknown[]) =>
        consensus.interface.encodeErrorResult(error, args as [bigint]);
      await expect(sold.beat({ reveal: true, commit: [] }))
        .to.emit(consensus, "CommitSkipped")
        .withArgs(agentId, voteEpoch + 1, refusal("NotAgentWallet", [agentId, owner.address]));
      await rotateWallet(connection, contracts, agentId, stranger, stranger);
      await expect(sold.beat({ commit: [], from: stranger }))
        .to.be.revertedWithCustomError(consensus, "NotEnrolled")
        .withArgs(agentId);
      await expect(sold.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
        .withArgs(agentId, owner.address);
    });

    it("skips the commit of the buyer's wallet in the beat that reveals", async () => {
      const { contracts, sold, stranger, voteEpoch } = await inFlight();
      const { consensus } = contracts;
      const { agentId } = sold;
      await rotateWallet(connection, contracts, agentId, stranger, stranger);
      await expect(sold.beat({ reveal: true, commit: [], from: stranger }))
        .to.emit(consensus, "CommitSkipped")
        .withArgs(agentId, voteEpoch + 1, consensus.interface.encodeErrorResult("NotEnrolled", [agentId]))
        .and.to.emit(consensus, "BallotRevealed");
    });

    it("pays the old owner as any keeper once the sale was noticed", async () => {
      const panel = await load();
      const { ask, contracts, panelists, warpTo } = panel;
      const { vault } = contracts;
      const [sold] = panelists;
      const { id, voteEpoch } = await ask("lost");
      await warpTo(voteEpoch);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: panelist === sold ? 0 : 1 }] });
      await sell(panel);
      await warpTo(voteEpoch + 1);
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      await warpTo(voteEpoch + 3);
      await sold.settle(voteEpoch, sold.owner);
      // A loss of two tokens, a burn of a fifth, of which a twentieth.
      expect(await vault.creditOf(sold.owner)).to.equal(TOKEN / 100n);
    });
  });

  describe("an agent sold with receipts waiting", () => {
    it("settles them, and carries no trust across once the sale was noticed", async () => {
      for (const noticed of [false, true]) {
        const panel = await load();
        const { contracts, decide, panelists, stranger, warpTo } = panel;
        const { consensus, vault } = contracts;
        const [sold] = panelists;
        const { voteEpoch } = await decide("waiting", [1, 1, 1]);
        await sell(panel);
        await rotateWallet(connection, contracts, sold.agentId, stranger, stranger);
        await warpTo(voteEpoch + 3);
        if (noticed) await sold.beat({ from: stranger });
        expect((await consensus.agent(sold.agentId)).generation).to.equal(noticed ? 1n : 0n);
        const settled = await sold.settle(voteEpoch);
        await expect(settled).to.emit(consensus, "BallotSettled");
        expect((await consensus.trust(sold.agentId, 1)).verdicts).to.equal(noticed ? 0n : 1n);
        expect((await vault.account(sold.agentId)).balance).to.equal(STAKE + TOKEN);
        // Whatever was earned under the seller ends with the buyer's enrolment at the latest.
        await sold.enroll(SEED, 64, stranger);
        expect(values(await consensus.trust(sold.agentId, 1))).to.deep.equal(PRIOR);
      }
    });
  });

  describe("an agent enrolled by its buyer", () => {
    it("begins with the trust of a newcomer, keeps its allocations and earns trust of its own", async () => {
      const panel = await load();
      const { contracts, epoch, panelists, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      await earnTrust(panel);
      const [sold] = panelists;
      const { agentId } = sold;
      await sell(panel);
      const enrolled = await sold.enroll(SEED, 64, stranger);
      const now = await epoch();
      const [event] = await consensus.queryFilter(consensus.filters.Enrolled, enrolled.blockNumber ?? 0);
      const { owner, firstEpoch, generation } = event!.args;
      expect([owner, firstEpoch, generation]).to.deep.equal([stranger.address, BigInt(now + 2), 1n]);
      await expect(enrolled).to.emit(consensus, "GenerationChanged").withArgs(agentId, 1);
      expect(values(await consensus.trust(agentId, 1))).to.deep.equal(PRIOR);
      expect(await consensus.allocation(agentId, 1, now + 2)).to.equal(ALLOCATION / UNIT);
      await rotateWallet(connection, contracts, agentId, stranger, stranger);
      await warpTo(now + 1);
      const { id, voteEpoch } = await panel.ask("under the buyer");
      await warpTo(voteEpoch);
      for (const p of panelists) {
        await p.beat({ commit: [{ id, outcome: 1 }], from: p === sold ? stranger : p.owner });
      }
      await warpTo(voteEpoch + 1);
      for (const p of panelists) await p.beat({ reveal: true });
      await warpTo(voteEpoch + 3);
      await sold.settle(voteEpoch, stranger);
      const { alpha, beta, verdicts } = await consensus.trust(agentId, 1);
      expect(alpha).to.be.greaterThan(4_096n);
      expect([beta, verdicts]).to.deep.equal([2_048n, 1n]);
      // The stake went with the agent.
      await vault.connect(stranger).requestWithdrawal(agentId, STAKE);
    });

    it("reverts for the seller", async () => {
      const panel = await load();
      const { consensus } = panel.contracts;
      const [sold] = panel.panelists;
      await sell(panel);
      await expect(sold.enroll(SEED))
        .to.be.revertedWithCustomError(consensus, "NotAgentOwner")
        .withArgs(sold.agentId, sold.owner.address);
    });
  });

  describe("an agent sold and bought back", () => {
    it("is as if nothing had happened where nobody noticed", async () => {
      const panel = await load();
      const { contracts, stranger } = panel;
      const { consensus, registry } = contracts;
      const weight = await earnTrust(panel);
      const [{ agentId, owner }] = panel.panelists;
      await sell(panel);
      await registry.connect(stranger).transferFrom(stranger, owner, agentId);
      await rotateWallet(connection, contracts, agentId, owner, owner);
      await expect(panel.panelists[0].beat({ commit: [] })).to.emit(consensus, "BallotCommitted");
      expect((await consensus.trust(agentId, 1)).weight).to.equal(weight);
    });

    it("has lost its chain and its trust where a beat noticed", async () => {
      const { contracts, sold, stranger } = await inFlight();
      const { consensus, registry } = contracts;
      const { agentId, owner } = sold;
      await sold.beat({ reveal: true });
      await registry.connect(stranger).transferFrom(stranger, owner, agentId);
      await rotateWallet(connection, contracts, agentId, owner, owner);
      await expect(sold.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "NotEnrolled")
        .withArgs(agentId);
      expect(values(await consensus.trust(agentId, 1))).to.deep.equal(PRIOR);
    });
  });

  describe("an agent that has changed hands 4,095 times", () => {
    it("stays at that generation, and is never trusted again", async () => {
      const panel = await load();
      const { ask, contracts, epoch, panelists, stranger, warpTo } = panel;
      const { consensus, registry, vault } = contracts;
      const [sold] = panelists;
      const { agentId, owner } = sold;
      await setGeneration(panel, agentId, LAST_GENERATION - 1);
      await sell(panel);
      await expect(sold.enroll(SEED, 64, stranger))
        .to.emit(consensus, "GenerationChanged")
        .withArgs(agentId, LAST_GENERATION);
      await registry.connect(stranger).transferFrom(stranger, owner, agentId);
      await expect(sold.enroll(SEED, 64, owner))
        .to.emit(consensus, "GenerationChanged")
        .withArgs(agentId, LAST_GENERATION);
      expect((await consensus.agent(agentId)).generation).to.equal(BigInt(LAST_GENERATION));
      await rotateWallet(connection, contracts, agentId, owner, owner);
      await warpTo((await epoch()) + 1);
      const { id, voteEpoch } = await ask("never trusted");
      await warpTo(voteEpoch);
      for (const p of panelists) await p.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      for (const p of panelists) await p.beat({ reveal: true });
      await warpTo(voteEpoch + 3);
      await sold.settle(voteEpoch);
      expect(values(await consensus.trust(agentId, 1))).to.deep.equal(PRIOR);
      // It still votes for money, with a newcomer's weight.
      expect((await vault.account(agentId)).balance).to.equal(STAKE + TOKEN);
    });
  });
});

/** Writes an agent's generation: 16 bits from bit 64 of its slot (see ConsensusState). */
async function setGeneration({ contracts }: Panel, agentId: bigint, generation: number): Promise<void> {
  const address = await contracts.consensus.getAddress();
  const agents = await slotOf("contracts/Consensus.sol", "Consensus", "_state", "agents");
  const slot = entrySlot(agents, "uint256", agentId);
  const word = BigInt(await networkHelpers.getStorageAt(address, slot));
  await networkHelpers.setStorageAt(address, slot, (word & ~(0xffffn << 64n)) | (BigInt(generation) << 64n));
  expect((await contracts.consensus.agent(agentId)).generation).to.equal(BigInt(generation));
}
