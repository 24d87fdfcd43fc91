import { expect } from "chai";

import {
  AGENT,
  networkHelpers,
  nextBlockAt,
  NO_CHANGE,
  NOW,
  observe,
  PANIC_ARITHMETIC,
  pledgedFixture,
  STAKE,
  UNBONDING_EPOCHS,
  UNESTIMATED,
  vaultFixture,
} from "./utils/vault.ts";

const DUE = NOW + UNBONDING_EPOCHS;

/** Of the 300 pledged 120 are being lowered, begun in epoch NOW. */
async function loweringFixture() {
  const c = await pledgedFixture();
  await c.asOwner.lowerPledge(AGENT, 120n);
  return c;
}

describe("StakeVault: pledges", function () {
  describe("pledge", function () {
    it("should move free stake behind statements, at once", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.asOwner.pledge(AGENT, 300n));

      expect(events).to.deep.equal([["PledgeRaised", AGENT, 300n, 300n]]);
      expect(changes).to.deep.equal({ "agent.free": -300n, "agent.allocatable": -300n, "agent.pledged": 300n });
    });

    it("should add to the pledge and leave alone what is being lowered", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, NOW + 1);

      const { events, changes } = await observe(c, () => c.asOwner.pledge(AGENT, 700n));

      expect(events).to.deep.equal([["PledgeRaised", AGENT, 700n, STAKE]]);
      expect(changes).to.deep.equal({ "agent.free": -700n, "agent.allocatable": -700n, "agent.pledged": 700n });
      expect(await c.vault.loweringOf(AGENT)).to.deep.equal([120n, DUE]);
    });

    it("should revert when the amount is zero", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asOwner.pledge(AGENT, 0n)).to.be.revertedWithCustomError(c.vault, "ZeroAmount").withArgs();
    });

    it("should revert when more is pledged than is neither locked, pledged nor withdrawing", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asOwner.requestWithdrawal(AGENT, 250n);
      await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 50n });

      await expect(c.asOwner.pledge(AGENT, 401n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, 401n, 400n);
    });
  });

  describe("lowerPledge", function () {
    it("should begin the wait, and move nothing yet", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      const { events, changes } = await observe(c, () => c.asOwner.lowerPledge(AGENT, 120n));

      expect(events).to.deep.equal([["PledgeLowering", AGENT, 120n, BigInt(DUE)]]);
      expect(changes).to.deep.equal({ "agent.lowering": 120n });
      expect(await c.vault.loweringOf(AGENT)).to.deep.equal([120n, DUE]);
    });

    it("should add to a lowering that is waiting and start the wait of all of it again", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, DUE, -1);

      const { events, changes } = await observe(c, () => c.asOwner.lowerPledge(AGENT, 180n));

      expect(events).to.deep.equal([["PledgeLowering", AGENT, 300n, BigInt(DUE - 1 + UNBONDING_EPOCHS)]]);
      expect(changes).to.deep.equal({ "agent.lowering": 180n });
      await nextBlockAt(c, DUE);
      await expect(c.vault.completeLowering(AGENT, UNESTIMATED))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE - 1 + UNBONDING_EPOCHS, DUE);
    });

    it("should revert when the amount is zero", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      await expect(c.asOwner.lowerPledge(AGENT, 0n)).to.be.revertedWithCustomError(c.vault, "ZeroAmount").withArgs();
    });

    it("should revert when more would be lowered in all than is pledged", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);

      await expect(c.asOwner.lowerPledge(AGENT, 181n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientPledge")
        .withArgs(AGENT, 181n, 180n);
    });

    it("should revert when nothing is pledged", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asOwner.lowerPledge(AGENT, 1n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientPledge")
        .withArgs(AGENT, 1n, 0n);
    });
  });

  describe("completeLowering", function () {
    it("should free it in the first second of the epoch that it was promised for, whoever sends it", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, DUE);

      const { events, changes } = await observe(c, () => c.vault.connect(c.stranger).completeLowering(AGENT));

      expect(events).to.deep.equal([["PledgeLowered", AGENT, 120n, 180n]]);
      expect(changes).to.deep.equal({
        "agent.free": 120n,
        "agent.allocatable": 120n,
        "agent.pledged": -120n,
        "agent.lowering": -120n,
      });
      expect(await c.vault.loweringOf(AGENT)).to.deep.equal([0n, 0n]);
    });

    it("should return the amount", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, DUE);
      await networkHelpers.mine();

      expect(await c.vault.completeLowering.staticCall(AGENT)).to.equal(120n);
    });

    it("should revert in the last second before", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, DUE, -1);

      await expect(c.vault.completeLowering(AGENT, UNESTIMATED))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE, DUE - 1);
    });

    it("should revert when nothing is being lowered, or no longer", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const expectNothing = async () => {
        await expect(c.vault.completeLowering(AGENT))
          .to.be.revertedWithCustomError(c.vault, "NothingLowering")
          .withArgs(AGENT);
      };

      await expectNothing();
      await c.asOwner.lowerPledge(AGENT, 300n);
      await nextBlockAt(c, DUE);
      await c.vault.completeLowering(AGENT);
      await expectNothing();
    });
  });

  describe("lockPledge", function () {
    it("should move what is asked for from the pledge to locked", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      expect(await c.asClaims.lockPledge.staticCall(AGENT, 100n)).to.equal(100n);

      const { events, changes } = await observe(c, () => c.asClaims.lockPledge(AGENT, 100n));

      expect(events).to.deep.equal([["PledgeLocked", AGENT, 100n]]);
      expect(changes).to.deep.equal({ "agent.pledged": -100n, "agent.locked": 100n, "agent.allocatable": 100n });
    });

    it("should lock what is left when that is less, and never free stake", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      expect(await c.asClaims.lockPledge.staticCall(AGENT, 301n)).to.equal(300n);

      const { events, changes } = await observe(c, () => c.asClaims.lockPledge(AGENT, 301n));

      expect(events).to.deep.equal([["PledgeLocked", AGENT, 300n]]);
      expect(changes).to.deep.equal({ "agent.pledged": -300n, "agent.locked": 300n, "agent.allocatable": 300n });
    });

    it("should lock nothing when nothing is pledged", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      expect(await c.asClaims.lockPledge.staticCall(AGENT, 100n)).to.equal(0n);

      const { events, changes } = await observe(c, () => c.asClaims.lockPledge(AGENT, 100n));

      expect(events).to.deep.equal([["PledgeLocked", AGENT, 0n]]);
      expect(changes).to.deep.equal({});
    });

    it("should leave alone what is being lowered as long as the rest suffices", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);

      const { changes } = await observe(c, () => c.asClaims.lockPledge(AGENT, 180n));

      expect(changes).to.deep.equal({ "agent.pledged": -180n, "agent.locked": 180n, "agent.allocatable": 180n });
    });

    it("should shrink what is being lowered to what is left", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);

      const { changes } = await observe(c, () => c.asClaims.lockPledge(AGENT, 181n));

      expect(changes).to.deep.equal({
        "agent.pledged": -181n,
        "agent.locked": 181n,
        "agent.allocatable": 181n,
        "agent.lowering": -1n,
      });
      expect(await c.vault.loweringOf(AGENT)).to.deep.equal([119n, DUE]);
    });

    it("should end a lowering of which nothing is left, even after its wait", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, DUE);
      await c.asClaims.lockPledge(AGENT, 300n);

      await expect(c.vault.completeLowering(AGENT))
        .to.be.revertedWithCustomError(c.vault, "NothingLowering")
        .withArgs(AGENT);
    });

    it("should not be escaped by withdrawing or pledging again what it has locked", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asClaims.lockPledge(AGENT, 300n);

      await expect(c.asOwner.requestWithdrawal(AGENT, 701n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, 701n, 700n);
      await expect(c.asOwner.pledge(AGENT, 701n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, 701n, 700n);
    });
  });

  describe("releasePledge", function () {
    it("should move it back from locked to the pledge", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asClaims.lockPledge(AGENT, 100n);

      const { events, changes } = await observe(c, () => c.asClaims.releasePledge(AGENT, 100n));

      expect(events).to.deep.equal([["PledgeReleased", AGENT, 100n]]);
      expect(changes).to.deep.equal({ "agent.pledged": 100n, "agent.locked": -100n, "agent.allocatable": -100n });
    });

    it("should not make what it returns part of a lowering again", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await c.asClaims.lockPledge(AGENT, 300n);

      const { changes } = await observe(c, () => c.asClaims.releasePledge(AGENT, 300n));

      expect(changes).to.deep.equal({ "agent.pledged": 300n, "agent.locked": -300n, "agent.allocatable": -300n });
    });

    it("should release nothing of a challenge that found nothing to lock", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.asClaims.releasePledge(AGENT, 0n));

      expect(events).to.deep.equal([["PledgeReleased", AGENT, 0n]]);
      expect(changes).to.deep.equal({});
    });

    it("should revert when more is released than is locked", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asClaims.lockPledge(AGENT, 100n);

      await expect(c.asClaims.releasePledge(AGENT, 101n)).to.be.revertedWithPanic(PANIC_ARITHMETIC);
      await expect(c.asClaims.releasePledge(AGENT, 2n ** 128n))
        .to.be.revertedWithCustomError(c.vault, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, 2n ** 128n);
    });
  });

  describe("slashPledge", function () {
    it("should take it from the agent into escrow", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asClaims.lockPledge(AGENT, 100n);

      const { events, changes } = await observe(c, () => c.asClaims.slashPledge(AGENT, 100n));

      expect(events).to.deep.equal([["PledgeSlashed", AGENT, 100n]]);
      expect(changes).to.deep.equal({ "agent.balance": -100n, "agent.locked": -100n, "agent.allocatable": -100n });
    });

    it("should leave the rest of the pledge, and ballots' exposure, as they are", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 700n });
      await c.asClaims.lockPledge(AGENT, 300n);
      await c.asClaims.slashPledge(AGENT, 200n);
      await c.asClaims.releasePledge(AGENT, 100n);

      expect(await c.vault.account(AGENT)).to.deep.equal([800n, 700n, 100n, 0n, 0n]);
    });

    it("should revert when more is slashed than is locked", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asClaims.lockPledge(AGENT, 100n);

      await expect(c.asClaims.slashPledge(AGENT, 101n)).to.be.revertedWithPanic(PANIC_ARITHMETIC);
      await expect(c.asClaims.slashPledge(AGENT, 2n ** 128n))
        .to.be.revertedWithCustomError(c.vault, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, 2n ** 128n);
    });
  });
});
