import { expect } from "chai";

import {
  AGENT,
  ethers,
  networkHelpers,
  NO_CHANGE,
  nextBlockAt,
  NOW,
  observe,
  STAKE,
  UNBONDING_EPOCHS,
  UNESTIMATED,
  vaultFixture,
} from "./utils/vault.ts";

const DUE = NOW + UNBONDING_EPOCHS;

/** 400 of AGENT's stake are being withdrawn, requested in epoch NOW. */
async function requestedFixture() {
  const c = await vaultFixture();
  await c.asOwner.requestWithdrawal(AGENT, 400n);
  return c;
}

describe("StakeVault: withdrawals", function () {
  describe("requestWithdrawal", function () {
    it("should move free stake to withdrawing, for UNBONDING_EPOCHS", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.asOwner.requestWithdrawal(AGENT, 400n));

      expect(events).to.deep.equal([["WithdrawalRequested", AGENT, 400n, BigInt(DUE)]]);
      expect(changes).to.deep.equal({ "agent.free": -400n, "agent.allocatable": -400n, "agent.withdrawing": 400n });
      expect(await c.vault.withdrawalOf(AGENT)).to.deep.equal([400n, DUE]);
    });

    it("should take all that is free", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { changes } = await observe(c, () => c.asOwner.requestWithdrawal(AGENT, STAKE));

      expect(changes).to.deep.equal({ "agent.free": -STAKE, "agent.allocatable": -STAKE, "agent.withdrawing": STAKE });
    });

    it("should count from the first second of an epoch as from its last", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      await nextBlockAt(c, NOW + 1, -1);
      await c.asOwner.requestWithdrawal(AGENT, 1n);
      expect((await c.vault.withdrawalOf(AGENT)).availableFrom).to.equal(DUE);

      await nextBlockAt(c, NOW + 1);
      await c.asOwner.requestWithdrawal(AGENT, 1n);
      expect((await c.vault.withdrawalOf(AGENT)).availableFrom).to.equal(DUE + 1);
    });

    it("should add to a request that is waiting and start the wait of all of it again", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE - 1);

      const { events, changes } = await observe(c, () => c.asOwner.requestWithdrawal(AGENT, 100n));

      expect(events).to.deep.equal([["WithdrawalRequested", AGENT, 500n, BigInt(DUE - 1 + UNBONDING_EPOCHS)]]);
      expect(changes).to.deep.equal({ "agent.free": -100n, "agent.allocatable": -100n, "agent.withdrawing": 100n });
      await nextBlockAt(c, DUE);
      await expect(c.asOwner.withdraw(AGENT, c.owner, UNESTIMATED))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE - 1 + UNBONDING_EPOCHS, DUE);
    });

    it("should start again the wait even of what could have been withdrawn", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE);
      await c.asOwner.requestWithdrawal(AGENT, 1n);

      await expect(c.asOwner.withdraw(AGENT, c.owner))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE + UNBONDING_EPOCHS, DUE);
    });

    it("should revert when the amount is zero", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);

      await expect(c.asOwner.requestWithdrawal(AGENT, 0n))
        .to.be.revertedWithCustomError(c.vault, "ZeroAmount")
        .withArgs();
    });

    it("should revert when more is asked for than is neither locked, pledged nor withdrawing", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await c.asOwner.pledge(AGENT, 250n);
      await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 50n });

      await expect(c.asOwner.requestWithdrawal(AGENT, 301n))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, 301n, 300n);
      await expect(c.asOwner.requestWithdrawal(AGENT, ethers.MaxUint256))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, ethers.MaxUint256, 300n);
    });
  });

  describe("cancelWithdrawal", function () {
    it("should return all of it to free stake", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);

      const { events, changes } = await observe(c, () => c.asOwner.cancelWithdrawal(AGENT));

      expect(events).to.deep.equal([["WithdrawalCancelled", AGENT, 400n]]);
      expect(changes).to.deep.equal({ "agent.free": 400n, "agent.allocatable": 400n, "agent.withdrawing": -400n });
      expect(await c.vault.withdrawalOf(AGENT)).to.deep.equal([0n, 0n]);
    });

    it("should also return what could have been withdrawn", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE + 1);

      const { events } = await observe(c, () => c.asOwner.cancelWithdrawal(AGENT));

      expect(events).to.deep.equal([["WithdrawalCancelled", AGENT, 400n]]);
    });

    it("should make the next request wait in full", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE);
      await c.asOwner.cancelWithdrawal(AGENT);
      await c.asOwner.requestWithdrawal(AGENT, 400n);

      await expect(c.asOwner.withdraw(AGENT, c.owner))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE + UNBONDING_EPOCHS, DUE);
    });

    it("should revert when nothing is being withdrawn, or no longer", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const expectNothing = async () => {
        await expect(c.asOwner.cancelWithdrawal(AGENT))
          .to.be.revertedWithCustomError(c.vault, "NothingToWithdraw")
          .withArgs(AGENT);
      };

      await expectNothing();
      await c.asOwner.requestWithdrawal(AGENT, 400n);
      await c.asOwner.cancelWithdrawal(AGENT);
      await expectNothing();
    });
  });

  describe("withdraw", function () {
    it("should pay out in the first second of the epoch that it was promised for", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE);

      const { events, changes } = await observe(c, () => c.asOwner.withdraw(AGENT, c.owner));

      expect(events).to.deep.equal([["Withdrawn", AGENT, c.owner.address, 400n]]);
      expect(changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.owner": 400n,
        "tokens.vault": -400n,
      });
      expect(await c.vault.withdrawalOf(AGENT)).to.deep.equal([0n, 0n]);
    });

    it("should revert in the last second before", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE, -1);

      await expect(c.asOwner.withdraw(AGENT, c.owner, UNESTIMATED))
        .to.be.revertedWithCustomError(c.vault, "StillUnbonding")
        .withArgs(AGENT, DUE, DUE - 1);
    });

    it("should pay whom the owner names, and return the amount", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await nextBlockAt(c, DUE + 100);
      await networkHelpers.mine();
      expect(await c.asOwner.withdraw.staticCall(AGENT, c.buyer)).to.equal(400n);

      const { events, changes } = await observe(c, () => c.asOwner.withdraw(AGENT, c.buyer));

      expect(events).to.deep.equal([["Withdrawn", AGENT, c.buyer.address, 400n]]);
      expect(changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.buyer": 400n,
        "tokens.vault": -400n,
      });
    });

    it("should revert when the receiver is zero or the vault itself", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);

      for (const receiver of [ethers.ZeroAddress, await c.vault.getAddress()]) {
        await expect(c.asOwner.withdraw(AGENT, receiver))
          .to.be.revertedWithCustomError(c.vault, "InvalidReceiver")
          .withArgs(receiver);
      }
    });

    it("should revert when nothing is being withdrawn, or no longer", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const expectNothing = async () => {
        await expect(c.asOwner.withdraw(AGENT, c.owner))
          .to.be.revertedWithCustomError(c.vault, "NothingToWithdraw")
          .withArgs(AGENT);
      };

      await expectNothing();
      await c.asOwner.requestWithdrawal(AGENT, 400n);
      await nextBlockAt(c, DUE);
      await c.asOwner.withdraw(AGENT, c.owner);
      await expectNothing();
    });

    it("should not be touched by what the agent loses meanwhile", async function () {
      const c = await networkHelpers.loadFixture(requestedFixture);
      await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 600n });
      await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, unlock: 600n, loss: 600n });
      await nextBlockAt(c, DUE);

      const { changes } = await observe(c, () => c.asOwner.withdraw(AGENT, c.owner));

      expect(changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.owner": 400n,
        "tokens.vault": -400n,
      });
    });
  });

  describe("of an agent that has a new owner since", function () {
    async function soldFixture() {
      const c = await requestedFixture();
      await c.registry.connect(c.owner).transferFrom(c.owner, c.buyer, AGENT);
      return c;
    }

    it("should be the new owner's to take, without waiting again", async function () {
      const c = await networkHelpers.loadFixture(soldFixture);
      await nextBlockAt(c, DUE);

      const { events, changes } = await observe(c, () => c.vault.connect(c.buyer).withdraw(AGENT, c.buyer));

      expect(events).to.deep.equal([["Withdrawn", AGENT, c.buyer.address, 400n]]);
      expect(changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.buyer": 400n,
        "tokens.vault": -400n,
      });
    });

    it("should be the new owner's to cancel", async function () {
      const c = await networkHelpers.loadFixture(soldFixture);

      const { events } = await observe(c, () => c.vault.connect(c.buyer).cancelWithdrawal(AGENT));

      expect(events).to.deep.equal([["WithdrawalCancelled", AGENT, 400n]]);
    });

    it("should no longer be the old owner's, by any function", async function () {
      const c = await networkHelpers.loadFixture(soldFixture);
      await nextBlockAt(c, DUE);
      await networkHelpers.mine();

      for (const call of [
        () => c.asOwner.withdraw(AGENT, c.owner),
        () => c.asOwner.cancelWithdrawal(AGENT),
        () => c.asOwner.requestWithdrawal(AGENT, 1n),
        () => c.asOwner.pledge(AGENT, 1n),
        () => c.asOwner.lowerPledge(AGENT, 1n),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(c.vault, "NotAgentOwner").withArgs(AGENT, c.owner.address);
      }
    });
  });
});
