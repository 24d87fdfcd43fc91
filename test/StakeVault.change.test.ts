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
  const { locked, free } = await c.asConsensus.applyChange.staticCall(AGENT, full);
  return { locked, free, ...(await observe(c, () => c.asConsensus.applyChange(AGENT, full))) };
}

describe("StakeVault: applyChange", function () {
  it("should do nothing when nothing is asked, and return the free stake", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, {})).to.deep.equal({
      locked: true,
      free: 400n,
      events: [["AccountChanged", AGENT, 0n, 0n, 0n, 0n, 0n]],
      changes: {},
    });
  });

  it("should add a gain to the free stake", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { gain: 50n })).to.deep.equal({
      locked: true,
      free: 450n,
      events: [["AccountChanged", AGENT, 50n, 0n, 0n, 0n, 0n]],
      changes: { "agent.balance": 50n, "agent.free": 50n, "agent.allocatable": 50n },
    });
  });

  it("should free what is unlocked", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 200n })).to.deep.equal({
      locked: true,
      free: 600n,
      events: [["AccountChanged", AGENT, 0n, 0n, 200n, 0n, 0n]],
      changes: { "agent.locked": -200n, "agent.free": 200n },
    });
  });

  it("should take a loss out of what is unlocked with it, and credit the sink with its part only", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 150n, loss: 90n, toSink: 9n })).to.deep.equal({
      locked: true,
      free: 460n,
      events: [["AccountChanged", AGENT, 0n, 90n, 150n, 0n, 9n]],
      changes: {
        "agent.balance": -90n,
        "agent.locked": -150n,
        "agent.free": 60n,
        "agent.allocatable": -90n,
        sinkDue: 9n,
      },
    });
  });

  it("should let a loss as large as the exposure leave free, pledged and withdrawing stake whole", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    expect(await apply(c, { unlock: 200n, loss: 200n, toSink: 200n })).to.deep.equal({
      locked: true,
      free: 400n,
      events: [["AccountChanged", AGENT, 0n, 200n, 200n, 0n, 200n]],
      changes: { "agent.balance": -200n, "agent.locked": -200n, "agent.allocatable": -200n, sinkDue: 200n },
    });
  });

  it("should credit a keeper besides the sink", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    const { events, changes } = await apply(c, {
      unlock: 200n,
      loss: 200n,
      toSink: 190n,
      keeper: c.keeper.address,
      toKeeper: 10n,
    });

    expect(events).to.deep.equal([
      ["AccountChanged", AGENT, 0n, 200n, 200n, 0n, 190n],
      ["Credited", c.keeper.address, 10n],
    ]);
    expect(changes).to.deep.equal({
      "agent.balance": -200n,
      "agent.locked": -200n,
      "agent.allocatable": -200n,
      sinkDue: 190n,
      "credits.keeper": 10n,
    });
  });

  it("should not mention a keeper who gets nothing", async function () {
    const c = await networkHelpers.loadFixture(mixedFixture);

    const { events, changes } = await apply(c, { unlock: 1n, keeper: c.keeper.address });

    expect(events).to.deep.equal([["AccountChanged", AGENT, 0n, 0n, 1n, 0n, 0n]]);
    expect(changes).to.deep.equal({ "agent.locked": -1n, "agent.free": 1n });
  });

  describe("with a lock", function () {
    it("should lock all that is free", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 400n })).to.deep.equal({
        locked: true,
        free: 400n,
        events: [["AccountChanged", AGENT, 0n, 0n, 0n, 400n, 0n]],
        changes: { "agent.locked": 400n, "agent.free": -400n },
      });
    });

    it("should refuse more than is free, and say how much that is", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 401n })).to.deep.equal({
        locked: false,
        free: 400n,
        events: [["AccountChanged", AGENT, 0n, 0n, 0n, 0n, 0n]],
        changes: {},
      });
      expect(await apply(c, { lock: ethers.MaxUint256 })).to.deep.include({ locked: false, changes: {} });
    });

    it("should take as backing all that is neither pledged nor withdrawing, locked or not", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 1n, backing: 600n })).to.deep.include({
        locked: true,
        changes: { "agent.locked": 1n, "agent.free": -1n },
      });
    });

    it("should refuse for backing beyond that, though the lock itself is covered", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { lock: 1n, backing: 601n })).to.deep.equal({
        locked: false,
        free: 400n,
        events: [["AccountChanged", AGENT, 0n, 0n, 0n, 0n, 0n]],
        changes: {},
      });
    });

    it("should refuse for backing alone, with an exposure of nothing", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { backing: 601n })).to.deep.include({ locked: false, changes: {} });
    });

    it("should cover it with what the same change gains and unlocks", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { gain: 50n, loss: 20n, unlock: 200n, lock: 630n, backing: 630n })).to.deep.equal({
        locked: true,
        free: 630n,
        events: [["AccountChanged", AGENT, 50n, 20n, 200n, 630n, 0n]],
        changes: { "agent.balance": 30n, "agent.locked": 430n, "agent.free": -400n, "agent.allocatable": 30n },
      });
    });

    it("should apply all the rest when it refuses the lock", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      const { locked, free, events, changes } = await apply(c, {
        gain: 50n,
        loss: 20n,
        unlock: 200n,
        lock: 631n,
        toSink: 5n,
        keeper: c.keeper.address,
        toKeeper: 3n,
      });

      expect({ locked, free }).to.deep.equal({ locked: false, free: 630n });
      expect(events).to.deep.equal([
        ["AccountChanged", AGENT, 50n, 20n, 200n, 0n, 5n],
        ["Credited", c.keeper.address, 3n],
      ]);
      expect(changes).to.deep.equal({
        "agent.balance": 30n,
        "agent.locked": -200n,
        "agent.free": 230n,
        "agent.allocatable": 30n,
        sinkDue: 5n,
        "credits.keeper": 3n,
      });
    });

    it("should measure the backing after the change's own loss", async function () {
      const c = await networkHelpers.loadFixture(mixedFixture);

      expect(await apply(c, { unlock: 200n, loss: 20n, backing: 581n })).to.deep.include({ locked: false });
      expect(await apply(c, { backing: 580n })).to.deep.include({ locked: true });
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
