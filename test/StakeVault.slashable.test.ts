import { expect } from "chai";

import {
  AGENT,
  EPOCH_LENGTH,
  ethers,
  mineAt,
  networkHelpers,
  nextBlockAt,
  NO_AGENT,
  NO_CHANGE,
  NOW,
  pledgedFixture,
  UNBONDING_EPOCHS,
  type VaultContext,
  vaultFixture,
} from "./utils/vault.ts";

const PLEDGE = 300n;
const LOWERING = 120n;
const DUE = NOW + UNBONDING_EPOCHS;

async function loweringFixture() {
  const c = await pledgedFixture();
  await c.asOwner.lowerPledge(AGENT, LOWERING);
  return c;
}

/** What is slashable in the first and in the last second of `epoch`, which must agree. */
async function slashableIn(c: VaultContext, epoch: number): Promise<bigint> {
  const first = await c.vault.slashable(AGENT, c.startOf(epoch));
  expect(await c.vault.slashable(AGENT, c.startOf(epoch + 1) - 1)).to.equal(first);
  return first;
}

describe("StakeVault: slashable", function () {
  describe("of a pledge that is not being lowered", function () {
    it("should be the pledge from now until UNBONDING_EPOCHS ahead, and then 0", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      expect(await slashableIn(c, NOW)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE - 1)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE)).to.equal(0n);
      expect(await c.vault.slashable(AGENT, ethers.MaxUint256)).to.equal(0n);
    });

    it("should reach an epoch further with the first second of each epoch", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      await mineAt(c, NOW + 1, -1);
      expect(await slashableIn(c, DUE)).to.equal(0n);
      await mineAt(c, NOW + 1);
      expect(await slashableIn(c, DUE)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE + 1)).to.equal(0n);
    });

    it("should be the pledge at genesis, and before it", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      expect(await c.vault.slashable(AGENT, c.genesis)).to.equal(PLEDGE);
      expect(await c.vault.slashable(AGENT, c.genesis - 1)).to.equal(PLEDGE);
      expect(await c.vault.slashable(AGENT, 0n)).to.equal(PLEDGE);
    });

    it("should be 0 without a pledge, or without an agent", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      expect(await slashableIn(c, NOW)).to.equal(0n);
      expect(await c.vault.slashable(NO_AGENT, c.startOf(NOW))).to.equal(0n);
    });

    it("should keep its promise against a lowering begun at once", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const until = c.startOf(DUE) - 1;
      const promised = await c.vault.slashable(AGENT, until);
      await c.asOwner.lowerPledge(AGENT, PLEDGE);
      await nextBlockAt(c, DUE, -1);
      await c.asClaims.lockPledge(AGENT, PLEDGE);

      expect(promised).to.equal(PLEDGE);
      expect((await c.vault.account(AGENT)).locked).to.equal(promised);
    });
  });

  describe("of a pledge of which a part is being lowered", function () {
    it("should be all of it until the lowering is through, and then the rest", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await mineAt(c, NOW + 3);

      expect(await slashableIn(c, NOW + 3)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE - 1)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE)).to.equal(PLEDGE - LOWERING);
      expect(await slashableIn(c, DUE + 2)).to.equal(PLEDGE - LOWERING);
      expect(await slashableIn(c, DUE + 3)).to.equal(0n);
    });

    it("should be the rest once the lowering is through, completed or not", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await mineAt(c, DUE);

      expect(await slashableIn(c, DUE)).to.equal(PLEDGE - LOWERING);
      await c.vault.completeLowering(AGENT);
      expect(await slashableIn(c, DUE)).to.equal(PLEDGE - LOWERING);
      expect(await slashableIn(c, DUE + UNBONDING_EPOCHS - 1)).to.equal(PLEDGE - LOWERING);
      expect(await slashableIn(c, DUE + UNBONDING_EPOCHS)).to.equal(0n);
    });

    it("should be all of it for longer when a second lowering starts the wait again", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await nextBlockAt(c, NOW + 2);
      await c.asOwner.lowerPledge(AGENT, 1n);
      await mineAt(c, NOW + 3);

      expect(await slashableIn(c, DUE)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE + 1)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE + 2)).to.equal(PLEDGE - LOWERING - 1n);
    });

    it("should be less by a single unit where no more is being lowered", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asOwner.lowerPledge(AGENT, 1n);
      await mineAt(c, NOW + 1);

      expect(await slashableIn(c, DUE - 1)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE)).to.equal(PLEDGE - 1n);
    });

    it("should be 0 in the end when all of it is being lowered", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.asOwner.lowerPledge(AGENT, PLEDGE);
      await mineAt(c, NOW + 1);

      expect(await slashableIn(c, DUE - 1)).to.equal(PLEDGE);
      expect(await slashableIn(c, DUE)).to.equal(0n);
    });

    it("should shrink with what a challenge locks, the lowered part last", async function () {
      const c = await networkHelpers.loadFixture(loweringFixture);
      await c.asClaims.lockPledge(AGENT, 200n);
      await mineAt(c, NOW + 1);

      expect(await slashableIn(c, DUE - 1)).to.equal(PLEDGE - 200n);
      expect(await slashableIn(c, DUE)).to.equal(0n);
      await c.asClaims.releasePledge(AGENT, 200n);
      expect(await slashableIn(c, DUE)).to.equal(200n);
    });
  });

  describe("in epoch 0", function () {
    it("should be the pledge until UNBONDING_EPOCHS after genesis", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const genesis = (await networkHelpers.time.latest()) + 1;
      await networkHelpers.time.setNextBlockTimestamp(genesis);
      const driver = await ethers.deployContract("VaultDriver", [
        c.token,
        c.registry,
        c.claims,
        c.sink,
        genesis,
        EPOCH_LENGTH,
      ]);
      const vault = await ethers.getContractAt("StakeVault", await driver.vault());
      await c.token.connect(c.owner).approve(vault, PLEDGE);
      await vault.connect(c.owner).deposit(AGENT, PLEDGE);
      await vault.connect(c.owner).pledge(AGENT, PLEDGE);

      expect(await vault.slashable(AGENT, genesis - 1)).to.equal(PLEDGE);
      expect(await vault.slashable(AGENT, genesis)).to.equal(PLEDGE);
      expect(await vault.slashable(AGENT, genesis + UNBONDING_EPOCHS * EPOCH_LENGTH - 1)).to.equal(PLEDGE);
      expect(await vault.slashable(AGENT, genesis + UNBONDING_EPOCHS * EPOCH_LENGTH)).to.equal(0n);
    });
  });

  it("should not count what is free, locked or withdrawing", async function () {
    const c = await networkHelpers.loadFixture(pledgedFixture);
    await c.asOwner.requestWithdrawal(AGENT, 100n);
    await c.asConsensus.applyChange(AGENT, { ...NO_CHANGE, lock: 200n });

    expect(await slashableIn(c, NOW)).to.equal(PLEDGE);
  });
});
