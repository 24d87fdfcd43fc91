import { createSecretChain, type Hex, PRIOR } from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdTogether } from "../kit/draw.ts";
import { ALLOCATION, type Panel, Panelist, panelLoader, SEAT_BOND, STAKE, UNIT } from "../kit/panel.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers } = connection;
// Three seats, one round, answers that count alike.
const load = panelLoader(connection, { domains: [{ maxRounds: 1, openAnswers: true }] });

const LAST_GENERATION = 4_095n;
/** Estimating would run each of these transactions twice. */
const UNESTIMATED = { gasLimit: 16_000_000 };
const ANCHOR = ethers.id("any anchor");
const WHITE = ethers.id("white") as Hex;
const NEWCOMER = [BigInt(PRIOR.alpha), BigInt(PRIOR.beta), 0n, 256n];

const trustOf = async ({ contracts }: Panel, agentId: bigint) => [...(await contracts.consensus.trust(agentId, 1))];

/** Everybody votes on `count` questions with known answers, all rightly but for the first panelist, if `errs`; not settled yet. */
async function voteOnCanaries(panel: Panel, count: number, errs: boolean): Promise<void> {
  await panel.warpTo((await panel.epoch()) + 1);
  const asked = [];
  for (let i = 0; i < count; i++) asked.push(await panel.ask(`canary ${i}`, { canary: 1 }));
  await holdTogether(panel, asked, (member) => (errs && member === 0 ? 0 : 1));
  for (const { origin, salt } of asked) await panel.contracts.consensus.openCanary(origin, 1, salt);
  await panel.warpTo((await panel.epoch()) + 1);
}

/** One more vote of a single right voter and two more, settled. */
async function voteOnce(panel: Panel): Promise<void> {
  await panel.warpTo((await panel.epoch()) + 1);
  await panel.decide("one more", [1, 1, 1]);
  await panel.warpTo((await panel.epoch()) + 1);
  await settleAll(panel.panelists);
}

describe("Attacks by changing hands", () => {
  describe("of an agent with a good record", () => {
    it("reviving sold trust by wrapping the generation counter", async () => {
      const panel = await load();
      const { consensus, registry } = panel.contracts;
      const [sold] = panel.panelists;
      const { agentId, owner } = sold;
      await voteOnCanaries(panel, 3, false);
      await settleAll(panel.panelists);
      expect(await trustOf(panel, agentId)).to.deep.equal([10_240n, 2_048n, 3n, 4_096n]);

      // The buyer hands it round 4,096 times, and takes it into its own hands again: with 12 bits the counter would be back at 0.
      const deploy = async () => ethers.deployContract("AgentCarousel", [registry, consensus]);
      const [carousel, twin] = [await deploy(), await deploy()];
      await registry.connect(owner).transferFrom(owner, carousel, agentId);
      await carousel.enroll(agentId, ANCHOR);
      expect((await consensus.agent(agentId)).generation).to.equal(1n);
      for (let handovers = 0; handovers < 4_094; handovers += 178) {
        await carousel.spin(twin, agentId, 178, ANCHOR, UNESTIMATED);
      }
      expect((await consensus.agent(agentId)).generation).to.equal(LAST_GENERATION);
      await carousel.giveTo(owner, agentId);
      await expect(sold.enroll(ethers.id("again") as Hex, 64))
        .to.emit(consensus, "GenerationChanged")
        .withArgs(agentId, LAST_GENERATION);
      expect(await trustOf(panel, agentId)).to.deep.equal(NEWCOMER);

      // It votes for a fee, with a newcomer's weight, and learns nothing any more.
      await rotateWallet(connection, panel.contracts, agentId, owner, owner);
      const parties = {
        sold: { agents: [sold] },
        rest: { accounts: [panel.deployer], agents: panel.panelists.slice(1) },
      };
      const { sold: gain } = await gainsOf(panel, parties, () => voteOnce(panel));
      expect(gain).to.equal(parseEther("1"));
      expect(await trustOf(panel, agentId)).to.deep.equal(NEWCOMER);
      // Nor does the old record come back under the generation that it was earned in, at any further sale.
      await registry.connect(owner).transferFrom(owner, panel.stranger, agentId);
      await sold.enroll(ethers.id("and again") as Hex, 64, panel.stranger);
      expect(await trustOf(panel, agentId)).to.deep.equal(NEWCOMER);
    }).timeout(600_000);
  });

  describe("of an agent with a bad record", () => {
    it("whitewashing by transfer", async () => {
      const panel = await load();
      const { consensus, registry } = panel.contracts;
      const [bad] = panel.panelists;
      const { agentId, owner } = bad;
      const party = { accounts: [panel.stranger], agents: [bad] };
      const rest = { accounts: [panel.deployer], agents: panel.panelists.slice(1) };
      await voteOnCanaries(panel, 4, true);
      await settleAll(panel.panelists);
      // Wrong four times where the answer was known: a sixteenth of a voice.
      expect(await trustOf(panel, agentId)).to.deep.equal([4_096n, 10_240n, 4n, 40n]);
      // One more loss is not settled when it is sold.
      await panel.warpTo((await panel.epoch()) + 1);
      await panel.decide("unsettled", [0, 1, 1]);
      await panel.warpTo((await panel.epoch()) + 1);
      const sold = await panel.epoch();

      const gains = await gainsOf(panel, { bad: party, rest }, async () => {
        await registry.connect(owner).transferFrom(owner, panel.stranger, agentId);
        // Enrolling under the new owner waits for the settlement.
        await expect(bad.enroll(WHITE, 64, panel.stranger)).to.be.revertedWithCustomError(consensus, "BallotsPending");
        await settleAll(panel.panelists, panel.stranger);
        await expect(bad.enroll(WHITE, 64, panel.stranger))
          .to.emit(consensus, "Enrolled")
          .withArgs(agentId, panel.stranger, createSecretChain({ seed: WHITE, length: 64 }).anchor, sold + 2, 1);
      });

      expect(await trustOf(panel, agentId)).to.deep.equal(NEWCOMER);
      // 40 / 256 of a voice against two of 16: nearly unanimous. The whole loss, less the keeper's part for settling for the old owner.
      const loss = ceilDiv(parseEther("6") * BigInt(2 * 4_096 - 40), BigInt(2 * 4_096 + 40));
      const burn = ceilDiv(loss, 10n);
      expect(gains.bad).to.equal(-loss + burn / 20n);
      // Allocations stay, so it sits again two epochs later, with six times the voice: a newcomer's.
      expect(await consensus.allocation(agentId, 1, sold + 2)).to.equal(ALLOCATION / UNIT);
    });

    it("whitewashing by re-registration", async () => {
      const panel = await load();
      const { consensus, registry, vault } = panel.contracts;
      const [bad] = panel.panelists;
      const { agentId, owner } = bad;
      await voteOnCanaries(panel, 4, true);
      // Four lost seats of 6 x 1/3 each are locked until they are settled, and cannot leave.
      await expect(vault.connect(owner).requestWithdrawal(agentId, STAKE))
        .to.be.revertedWithCustomError(vault, "InsufficientFreeStake")
        .withArgs(agentId, STAKE, STAKE - 4n * SEAT_BOND);
      await settleAll(panel.panelists);
      const left = STAKE - 4n * parseEther("2");
      const epoch = await panel.epoch();

      const parties = {
        bad: { agents: [bad] },
        rest: { accounts: [panel.deployer], agents: panel.panelists.slice(1) },
      };
      await consensus.connect(owner).allocate(agentId, 1, 0);
      await vault.connect(owner).requestWithdrawal(agentId, left);
      await panel.warpTo(epoch + 17);
      await expect(vault.connect(owner).withdraw(agentId, owner))
        .to.be.revertedWithCustomError(vault, "StillUnbonding")
        .withArgs(agentId, epoch + 18, epoch + 17);
      // Meanwhile every question that the others answer would have paid it a third of the fee.
      const missed = await gainsOf(panel, parties, async () => {
        await panel.decide("missed", [null, 1, 1]);
        await panel.warpTo((await panel.epoch()) + 1);
        await settleAll(panel.panelists);
      });
      expect(missed.bad).to.equal(0n);
      await vault.connect(owner).withdraw(agentId, owner);

      const fresh = await registry.connect(owner)["register()"].staticCall();
      await registry.connect(owner)["register()"]();
      await vault.connect(owner).deposit(fresh, left);
      const chain = createSecretChain({ seed: ethers.id("fresh") as Hex, length: 64 });
      await consensus.connect(owner).enroll(fresh, chain.anchor);
      await consensus.connect(owner).allocate(fresh, 1, ALLOCATION);
      const tipEpoch = Number((await consensus.agent(fresh)).tipEpoch);
      const again = new Panelist(panel, {
        agentId: fresh,
        owner,
        allocation: ALLOCATION / UNIT,
        first: { chain, tipEpoch },
      });
      // A newcomer's weight, and the record stays with the old id.
      expect(await trustOf(panel, fresh)).to.deep.equal(NEWCOMER);
      expect(await trustOf(panel, agentId)).to.deep.equal([4_096n, 10_240n, 4n, 40n]);
      expect((await vault.account(again.agentId)).balance).to.equal(left);
      expect(tipEpoch).to.equal((await panel.epoch()) + 1);
    });
  });
});

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
