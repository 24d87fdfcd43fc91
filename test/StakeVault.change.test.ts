import { expect } from "chai";

import {
  AGENT,
  ethers,
  networkHelpers,
  NO_CHANGE,
  observe,
  PANIC_ARITHMETIC,
  STAKE,
  type VaultContext,
  vaultFixture,
} from "./utils/vault.ts";

type Change = Partial<typeof NO_CHANGE>;

/** Of AGENT's 1,000: 300 pledged, 100 withdrawing, 200 locked, 400 free; 600 are allocatable. */
async function mixedFixture() {
  const c = await vaultFixture();
  await c.asOwner.pledge(AGENT, 300n);
  await c.asOwner.requestWithdrawal(AGENT, 100n);
  await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 200n });
  return c;
}

/** Applies `change`; also what the vault returns to Consensus. */
async function apply(c: VaultContext, change: Change) {
  const full = { ...NO_CHANGE, ...change };
  const { done, available, locked } = await c.asConsensus.applyChange.staticCall(AGENT, full);
  return { done, available, locked, ...(await observe(c, () => c.asConsensus.applyChange(AGENT, full))) };
}

describe("StakeVault: applyChange", function () {
  it("should do nothing when nothing is asked, and return the free stake", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, {})).to.deep.equal({
      done: true,
      available: 600n,
      locked: 200n,
      events: [["AccountChanged", AGENT, 600n, 200n]],
      changes: {},
    });
  });

  it("should add a gain to the free stake", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { gain: 50n })).to.deep.equal({
      done: true,
      available: 650n,
      locked: 200n,
      events: [["AccountChanged", AGENT, 650n, 200n]],
      changes: { "agent.balance": 50n, "agent.free": 50n, "agent.allocatable": 50n },
    });
  });

  it("should free what is unlocked", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 200n })).to.deep.equal({
      done: true,
      available: 600n,
      locked: 0n,
      events: [["AccountChanged", AGENT, 600n, 0n]],
      changes: { "agent.locked": -200n, "agent.free": 200n },
    });
  });

  it("should take a loss out of what is unlocked with it, and keep it in escrow", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 150n, loss: 90n })).to.deep.equal({
      done: true,
      available: 510n,
      locked: 50n,
      events: [["AccountChanged", AGENT, 510n, 50n]],
      changes: {
        "agent.balance": -90n,
        "agent.locked": -150n,
        "agent.free": 60n,
        "agent.allocatable": -90n,
      },
    });
  });

  it("should let a loss as large as the exposure leave free, pledged and withdrawing stake whole", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 200n, loss: 200n })).to.deep.equal({
      done: true,
      available: 400n,
      locked: 0n,
      events: [["AccountChanged", AGENT, 400n, 0n]],
      changes: { "agent.balance": -200n, "agent.locked": -200n, "agent.allocatable": -200n },
    });
  });

  it("should tell the stake besides what is pledged or withdrawing, and all that is locked", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);
    await c.asClaims.lockPledge(AGENT, 30n);

    const { events } = await apply(c, { gain: 5n });

    expect(events).to.deep.equal([["AccountChanged", AGENT, 635n, 230n]]);
  });

  describe("with a fee", function () {
    it("should take it out of free stake, and keep it in escrow", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { fee: 3n })).to.deep.equal({
        done: true,
        available: 597n,
        locked: 200n,
        events: [["AccountChanged", AGENT, 597n, 200n]],
        changes: { "agent.balance": -3n, "agent.free": -3n, "agent.allocatable": -3n },
      });
    });

    it("should take all that is free, and leave what is locked, pledged and withdrawing whole", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { fee: 400n })).to.deep.equal({
        done: true,
        available: 200n,
        locked: 200n,
        events: [["AccountChanged", AGENT, 200n, 200n]],
        changes: { "agent.balance": -400n, "agent.free": -400n, "agent.allocatable": -400n },
      });
    });

    it("should revert when it is more than is free, whatever is locked, pledged or withdrawing", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      for (const fee of [401n, 600n, STAKE, ethers.MaxUint256]) {
        await expect(c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, fee }))
          .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
          .withArgs(AGENT, fee, 400n);
      }
    });

    it("should cover it with what the same change gains and unlocks, after its loss", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);
      const change = { gain: 50n, loss: 20n, unlock: 200n };

      await expect(c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, ...change, fee: 631n }))
        .to.be.revertedWithCustomError(c.vault, "InsufficientFreeStake")
        .withArgs(AGENT, 631n, 630n);
      expect(await apply(c, { ...change, fee: 630n })).to.deep.equal({
        done: true,
        available: 0n,
        locked: 0n,
        events: [["AccountChanged", AGENT, 0n, 0n]],
        changes: { "agent.balance": -600n, "agent.locked": -200n, "agent.free": -400n, "agent.allocatable": -600n },
      });
    });

    it("should come before the lock, which gets what the fee leaves", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { fee: 3n, lock: 397n, backing: 597n })).to.deep.equal({
        done: true,
        available: 597n,
        locked: 597n,
        events: [],
        changes: { "agent.balance": -3n, "agent.locked": 397n, "agent.free": -400n, "agent.allocatable": -3n },
      });
    });

    it("should be taken all the same when the lock is refused for it", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      for (const [refused, taken] of [
        [{ lock: 398n }, 3n],
        [{ lock: 1n, backing: 595n }, 6n],
      ] as const) {
        expect(await apply(c, { fee: 3n, ...refused })).to.deep.equal({
          done: false,
          available: 600n - taken,
          locked: 200n,
          events: [["AccountChanged", AGENT, 600n - taken, 200n]],
          changes: { "agent.balance": -3n, "agent.free": -3n, "agent.allocatable": -3n },
        });
      }
    });
  });

  describe("with a lock", function () {
    it("should lock all that is free, and leave it to Consensus to tell", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 400n })).to.deep.equal({
        done: true,
        available: 600n,
        locked: 600n,
        events: [],
        changes: { "agent.locked": 400n, "agent.free": -400n },
      });
    });

    it("should refuse more than is free, and say what there is", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 401n })).to.deep.equal({
        done: false,
        available: 600n,
        locked: 200n,
        events: [["AccountChanged", AGENT, 600n, 200n]],
        changes: {},
      });
      expect(await apply(c, { lock: ethers.MaxUint256 })).to.deep.include({ done: false, changes: {} });
    });

    it("should take as backing all that is neither pledged nor withdrawing, locked or not", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 1n, backing: 600n })).to.deep.include({
        done: true,
        changes: { "agent.locked": 1n, "agent.free": -1n },
      });
    });

    it("should refuse for backing beyond that, though the lock itself is covered", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 1n, backing: 601n })).to.deep.equal({
        done: false,
        available: 600n,
        locked: 200n,
        events: [["AccountChanged", AGENT, 600n, 200n]],
        changes: {},
      });
    });

    it("should refuse for backing alone, with an exposure of nothing", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { backing: 601n })).to.deep.include({ done: false, changes: {} });
    });

    it("should cover it with what the same change gains and unlocks", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { gain: 50n, loss: 20n, unlock: 200n, lock: 630n, backing: 630n })).to.deep.equal({
        done: true,
        available: 630n,
        locked: 630n,
        events: [],
        changes: { "agent.balance": 30n, "agent.locked": 430n, "agent.free": -400n, "agent.allocatable": 30n },
      });
    });

    it("should apply all the rest when it refuses the lock", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { gain: 50n, loss: 20n, unlock: 200n, lock: 631n })).to.deep.equal({
        done: false,
        available: 630n,
        locked: 0n,
        events: [["AccountChanged", AGENT, 630n, 0n]],
        changes: {
          "agent.balance": 30n,
          "agent.locked": -200n,
          "agent.free": 230n,
          "agent.allocatable": 30n,
        },
      });
    });

    it("should measure the backing after the change's own loss", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { unlock: 200n, loss: 20n, backing: 581n })).to.deep.include({ done: false });
      expect(await apply(c, { backing: 580n })).to.deep.include({ done: true });
    });
  });

  describe("that does not add up", function () {
    it("should revert when more is unlocked than is locked", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      await expect(c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, unlock: 201n })).to.be.revertedWithPanic(
        PANIC_ARITHMETIC,
      );
    });

    it("should revert when a loss would reach what stays locked", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      await expect(c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, loss: 401n })).to.be.revertedWithPanic(
        PANIC_ARITHMETIC,
      );
    });

    it("should revert when a loss would reach pledged or withdrawing stake", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      const change = { ...NO_CHANGE, unlock: 200n, loss: 601n };
      await expect(c.asConsensus.applyChange(AGENT, change)).to.be.revertedWithPanic(PANIC_ARITHMETIC);
    });

    it("should revert when the stake would not fit 128 bits", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);
      const gain = 2n ** 128n - 600n;

      await expect(c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, gain }))
        .to.be.revertedWithCustomError(c.vault, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, 2n ** 128n);
    });
  });

  it("should work for an agent that never had stake", async function () {
    const c = await networkHelpers.loadFixture(vaultFixture);
    await c.registry.connect(c.stranger)["register()"]();
    await c.asConsensus.applyChange(2n, { ...NO_CHANGE, gain: 5n, lock: 5n, backing: 5n });

    expect(await c.vault.account(2n)).to.deep.equal([5n, 5n, 0n, 0n, 0n]);
    expect((await c.vault.account(AGENT)).balance).to.equal(STAKE);
  });
});
