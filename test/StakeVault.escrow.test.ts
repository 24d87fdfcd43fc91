import { expect } from "chai";

import { AGENT, ESCROW, ethers, networkHelpers, observe, STAKE, vaultFixture } from "./utils/vault.ts";

const DESKS = [
  ["Consensus", "asConsensus"],
  ["Claims", "asClaims"],
] as const;

/** 30 are credited to `payer`, 20 to the sink. */
async function creditedFixture() {
  const c = await vaultFixture();
  await c.asConsensus.credit(c.payer, 30n);
  await c.asConsensus.creditSink(20n);
  return c;
}

describe("StakeVault: escrow", function () {
  describe("pull", function () {
    for (const [name, desk] of DESKS) {
      it(`should take a payer's tokens and credit nobody, when called by ${name}`, async function () {
        const c = await networkHelpers.loadFixture(vaultFixture);

        const { events, changes } = await observe(c, () => c[desk].pull(c.payer, 7n));

        expect(events).to.deep.equal([["Pulled", c.payer.address, 7n]]);
        expect(changes).to.deep.equal({ "tokens.payer": -7n, "tokens.vault": 7n });
      });
    }

    it("should revert as the token does without an allowance", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asConsensus.pull(c.stranger, 7n))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientAllowance")
        .withArgs(await c.vault.getAddress(), 0n, 7n);
    });

    it("should not take the vault's own tokens for a payment", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const vault = await c.vault.getAddress();

      await expect(c.asClaims.pull(vault, 7n))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientAllowance")
        .withArgs(vault, 0n, 7n);
    });
  });

  describe("credit", function () {
    for (const [name, desk] of DESKS) {
      it(`should promise an account tokens of the escrow, when called by ${name}`, async function () {
        const c = await networkHelpers.loadFixture(creditedFixture);

        const { events, changes } = await observe(c, () => c[desk].credit(c.payer, 7n));

        expect(events).to.deep.equal([["Credited", c.payer.address, 7n]]);
        expect(changes).to.deep.equal({ "credits.payer": 7n });
      });
    }
  });

  describe("creditSink", function () {
    for (const [name, desk] of DESKS) {
      it(`should promise the sink tokens of the escrow, when called by ${name}`, async function () {
        const c = await networkHelpers.loadFixture(creditedFixture);

        const { events, changes } = await observe(c, () => c[desk].creditSink(7n));

        expect(events).to.deep.equal([["SinkCredited", 7n]]);
        expect(changes).to.deep.equal({ sinkDue: 7n });
      });
    }
  });

  describe("creditStake", function () {
    it("should add tokens of the escrow to an agent's free stake", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.asClaims.creditStake(AGENT, 7n));

      expect(events).to.deep.equal([["AccountChanged", AGENT, STAKE + 7n, 0n]]);
      expect(changes).to.deep.equal({ "agent.balance": 7n, "agent.free": 7n, "agent.allocatable": 7n });
    });

    it("should revert when the amount does not fit 128 bits", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asClaims.creditStake(AGENT, 2n ** 128n))
        .to.be.revertedWithCustomError(c.vault, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, 2n ** 128n);
    });
  });

  describe("collect", function () {
    it("should pay an account all its credit", async function () {
      const c = await networkHelpers.loadFixture(creditedFixture);
      await c.asClaims.credit(c.payer, 5n);
      expect(await c.vault.collect.staticCall(c.payer)).to.equal(35n);

      const { events, changes } = await observe(c, () => c.vault.connect(c.payer).collect(c.payer));

      expect(events).to.deep.equal([["CreditPaid", c.payer.address, 35n]]);
      expect(changes).to.deep.equal({ "credits.payer": -35n, "tokens.payer": 35n, "tokens.vault": -35n });
    });

    it("should pay the account and not the caller", async function () {
      const c = await networkHelpers.loadFixture(creditedFixture);

      const { changes } = await observe(c, () => c.vault.connect(c.stranger).collect(c.payer));

      expect(changes).to.deep.equal({ "credits.payer": -30n, "tokens.payer": 30n, "tokens.vault": -30n });
    });

    it("should pay a keeper what Consensus has credited it with, time and again", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      await c.asConsensus.credit(c.keeper, 3n);
      await c.asConsensus.credit(c.keeper, 3n);

      const { changes } = await observe(c, () => c.vault.collect(c.keeper));

      expect(changes).to.deep.equal({ "credits.keeper": -6n, "tokens.keeper": 6n, "tokens.vault": -6n });
    });

    it("should revert when the account has no credit, or no longer", async function () {
      const c = await networkHelpers.loadFixture(creditedFixture);

      await c.vault.collect(c.payer);

      for (const account of [c.payer.address, c.stranger.address, c.sink.address, ethers.ZeroAddress]) {
        await expect(c.vault.collect(account))
          .to.be.revertedWithCustomError(c.vault, "NothingToCollect")
          .withArgs(account);
      }
    });
  });

  describe("flush", function () {
    it("should pay the sink its due, whoever sends it", async function () {
      const c = await networkHelpers.loadFixture(creditedFixture);
      await c.asConsensus.creditSink(4n);
      expect(await c.vault.flush.staticCall()).to.equal(24n);

      const { events, changes } = await observe(c, () => c.vault.connect(c.stranger).flush());

      expect(events).to.deep.equal([["Flushed", c.sink.address, 24n]]);
      expect(changes).to.deep.equal({ sinkDue: -24n, "tokens.sink": 24n, "tokens.vault": -24n });
    });

    it("should keep apart what the sink is credited like any account", async function () {
      const c = await networkHelpers.loadFixture(creditedFixture);
      await c.asConsensus.credit(c.sink, 7n);

      expect((await observe(c, () => c.vault.flush())).changes).to.deep.equal({
        sinkDue: -20n,
        "tokens.sink": 20n,
        "tokens.vault": -20n,
      });
      expect((await observe(c, () => c.vault.collect(c.sink))).changes).to.deep.equal({
        "credits.sink": -7n,
        "tokens.sink": 7n,
        "tokens.vault": -7n,
      });
    });

    it("should revert when nothing is due, or no longer", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const expectNothing = async () => {
        await expect(c.vault.flush())
          .to.be.revertedWithCustomError(c.vault, "NothingToCollect")
          .withArgs(c.sink.address);
      };

      await expectNothing();
      await c.asConsensus.creditSink(1n);
      await c.vault.flush();
      await expectNothing();
    });
  });

  it("should pay out all of the escrow, to the last wei", async function () {
    const c = await networkHelpers.loadFixture(vaultFixture);
    await c.asConsensus.credit(c.payer, ESCROW - 1n);
    await c.asConsensus.creditSink(1n);

    await c.vault.collect(c.payer);
    const { changes } = await observe(c, () => c.vault.flush());

    expect(changes).to.deep.equal({ sinkDue: -1n, "tokens.sink": 1n, "tokens.vault": -1n });
  });
});
