import { expect } from "chai";

import {
  AGENT,
  deployVault,
  ESCROW,
  ethers,
  networkHelpers,
  nextBlockAt,
  NOW,
  observe,
  OTHER,
  snapshot,
  STAKE,
  stake,
  UNBONDING_EPOCHS,
} from "./utils/vault.ts";

const DUE = NOW + UNBONDING_EPOCHS;

type TokenName = "NoReturnToken" | "FalseReturningToken" | "FeeOnTransferToken";

/** Deploys the vault on a token that anybody can mint, and stakes. */
async function fixture(name: TokenName) {
  // The three have one interface as far as it is used here.
  const token = await ethers.deployContract(name as "FalseReturningToken");
  const c = await deployVault(token);
  for (const signer of [c.owner, c.bystander, c.payer]) {
    await token.mint(signer, ESCROW);
    await token.connect(signer).approve(c.vault, ethers.MaxUint256);
  }
  await stake(c);
  return c;
}

const noReturnFixture = () => fixture("NoReturnToken");
const falseReturningFixture = () => fixture("FalseReturningToken");
const feeFixture = () => fixture("FeeOnTransferToken");

describe("StakeVault: unusual tokens", function () {
  describe("whose transfers return nothing", function () {
    it("should be taken and paid out like any other", async function () {
      const c = await networkHelpers.loadFixture(noReturnFixture);
      await c.asConsensus.credit(c.payer, 30n);
      await c.asConsensus.creditSink(20n);
      await c.asOwner.requestWithdrawal(AGENT, 400n);
      await nextBlockAt(c, DUE);

      expect((await observe(c, () => c.asOwner.withdraw(AGENT, c.buyer))).changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.buyer": 400n,
        "tokens.vault": -400n,
      });
      expect((await observe(c, () => c.vault.collect(c.payer))).changes).to.deep.equal({
        "credits.payer": -30n,
        "tokens.payer": 30n,
        "tokens.vault": -30n,
      });
      expect((await observe(c, () => c.vault.flush())).changes).to.deep.equal({
        sinkDue: -20n,
        "tokens.sink": 20n,
        "tokens.vault": -20n,
      });
    });

    it("should be deposited from the allowance by depositWithPermit, for want of a permit", async function () {
      const c = await networkHelpers.loadFixture(noReturnFixture);

      const { changes } = await observe(c, () =>
        c.asOwner.depositWithPermit(AGENT, 7n, 0n, 27, ethers.ZeroHash, ethers.ZeroHash),
      );

      expect(changes).to.deep.equal({
        "agent.balance": 7n,
        "agent.free": 7n,
        "agent.allocatable": 7n,
        "tokens.owner": -7n,
        "tokens.vault": 7n,
      });
    });
  });

  describe("that answers false instead of reverting", function () {
    it("should fail every payment in and out, and leave all claims on it as they were", async function () {
      const c = await networkHelpers.loadFixture(falseReturningFixture);
      await c.asConsensus.credit(c.payer, 30n);
      await c.asConsensus.creditSink(20n);
      await c.asOwner.requestWithdrawal(AGENT, 400n);
      await nextBlockAt(c, DUE);
      await c.token.setBroken(true);
      const before = await snapshot(c);

      for (const call of [
        () => c.asOwner.deposit(AGENT, 7n),
        () => c.asConsensus.pull(c.payer, 7n),
        () => c.asOwner.withdraw(AGENT, c.owner),
        () => c.vault.collect(c.payer),
        () => c.vault.flush(),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(c.vault, "SafeERC20FailedOperation")
          .withArgs(await c.token.getAddress());
      }
      expect(await snapshot(c)).to.deep.equal(before);
    });
  });

  describe("that keeps a fee of transfers", function () {
    it("should leave the vault short by the fees: such tokens are not supported", async function () {
      const c = await networkHelpers.loadFixture(feeFixture);
      // Nine tenths came in, all of it was credited.
      expect(await c.token.balanceOf(c.vault)).to.equal(((2n * STAKE + ESCROW) * 9n) / 10n);
      expect((await c.vault.account(AGENT)).balance).to.equal(STAKE);

      await c.asConsensus.credit(c.payer, ESCROW);

      await expect(c.vault.collect(c.payer))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientBalance")
        .withArgs(await c.vault.getAddress(), ((2n * STAKE + ESCROW) * 9n) / 10n, ESCROW);
    });
  });

  describe("that calls the sender and the receiver of transfers", function () {
    /** AGENT is owned by a contract that makes calls of the vault from within transfers; it is the sink, too. */
    async function hookFixture() {
      const token = await ethers.deployContract("CallbackToken");
      const holder = await ethers.deployContract("ReentrantHolder", [token]);
      const deployed = await deployVault(token, holder);
      for (const signer of [deployed.owner, deployed.bystander, deployed.payer]) {
        await token.mint(signer, ESCROW);
        await token.connect(signer).approve(deployed.vault, ethers.MaxUint256);
      }
      await stake(deployed);
      await deployed.registry.connect(deployed.owner).transferFrom(deployed.owner, holder, AGENT);
      await token.mint(holder, 100n);
      const spender = await deployed.vault.getAddress();
      await holder.execute(token, token.interface.encodeFunctionData("approve", [spender, ethers.MaxUint256]));

      const c = { ...deployed, signers: { ...deployed.signers, holder }, holder };
      const { interface: abi } = c.vault;
      const receiver = await holder.getAddress();
      const calls = {
        withdraw: abi.encodeFunctionData("withdraw", [AGENT, receiver]),
        cancel: abi.encodeFunctionData("cancelWithdrawal", [AGENT]),
        request: (amount: bigint) => abi.encodeFunctionData("requestWithdrawal", [AGENT, amount]),
        pledge: (amount: bigint) => abi.encodeFunctionData("pledge", [AGENT, amount]),
        deposit: (amount: bigint) => abi.encodeFunctionData("deposit", [AGENT, amount]),
        collect: abi.encodeFunctionData("collect", [receiver]),
        flush: abi.encodeFunctionData("flush"),
      };
      const arm = (...data: string[]) => holder.arm(c.vault, data);
      /** What became of each call made from within: "done", or the error. */
      const outcomes = async () =>
        (await holder.attempts()).map(({ success, result }) => (success ? "done" : abi.parseError(result)?.name));
      return { c, calls, arm, outcomes };
    }

    it("should not withdraw, cancel or claim twice within a withdrawal", async function () {
      const { c, calls, arm, outcomes } = await networkHelpers.loadFixture(hookFixture);
      await c.holder.execute(c.vault, calls.request(400n));
      await arm(calls.withdraw, calls.cancel, calls.request(601n), calls.collect, calls.flush);
      await nextBlockAt(c, DUE);

      const { events, changes } = await observe(c, () => c.holder.execute(c.vault, calls.withdraw));

      expect(events).to.deep.equal([["Withdrawn", AGENT, await c.holder.getAddress(), 400n]]);
      expect(changes).to.deep.equal({
        "agent.balance": -400n,
        "agent.withdrawing": -400n,
        "tokens.holder": 400n,
        "tokens.vault": -400n,
      });
      expect(await outcomes()).to.deep.equal([
        "NothingToWithdraw",
        "NothingToWithdraw",
        "InsufficientFreeStake",
        "NothingToCollect",
        "NothingToCollect",
      ]);
    });

    it("should not collect twice, and flush only once, within a collection", async function () {
      const { c, calls, arm, outcomes } = await networkHelpers.loadFixture(hookFixture);
      await c.asConsensus.credit(c.holder, 30n);
      await c.asConsensus.creditSink(20n);
      await arm(calls.collect, calls.flush, calls.flush);

      const { changes } = await observe(c, () => c.vault.collect(c.holder));

      expect(changes).to.deep.equal({
        "credits.holder": -30n,
        sinkDue: -20n,
        "tokens.holder": 50n,
        "tokens.vault": -50n,
      });
      expect(await outcomes()).to.deep.equal(["NothingToCollect", "done", "NothingToCollect"]);
    });

    it("should not flush twice within a flush", async function () {
      const { c, calls, arm, outcomes } = await networkHelpers.loadFixture(hookFixture);
      await c.asConsensus.creditSink(20n);
      await arm(calls.flush);

      const { changes } = await observe(c, () => c.vault.flush());

      expect(changes).to.deep.equal({ sinkDue: -20n, "tokens.holder": 20n, "tokens.vault": -20n });
      expect(await outcomes()).to.deep.equal(["NothingToCollect"]);
    });

    it("should not take out what is on its way in within a deposit", async function () {
      const { c, calls, arm, outcomes } = await networkHelpers.loadFixture(hookFixture);
      await arm(calls.request(STAKE + 7n), calls.withdraw, calls.pledge(1n));

      const { changes } = await observe(c, () => c.holder.execute(c.vault, calls.deposit(7n)));

      expect(changes).to.deep.equal({
        "agent.balance": 7n,
        "agent.withdrawing": STAKE + 7n,
        "agent.free": -STAKE,
        "agent.allocatable": -STAKE,
        "tokens.holder": -7n,
        "tokens.vault": 7n,
      });
      expect(await outcomes()).to.deep.equal(["done", "StillUnbonding", "InsufficientFreeStake"]);
    });

    it("should count each deposit once when one is made within another, or within a payment", async function () {
      const { c, calls, arm, outcomes } = await networkHelpers.loadFixture(hookFixture);
      await arm(calls.deposit(5n));

      const deposited = await observe(c, () => c.holder.execute(c.vault, calls.deposit(7n)));
      await arm(calls.deposit(5n));
      const pulled = await observe(c, () => c.asConsensus.pull(c.holder, 7n));

      const twelve = { "tokens.holder": -12n, "tokens.vault": 12n };
      const staked = (amount: bigint) => ({
        "agent.balance": amount,
        "agent.free": amount,
        "agent.allocatable": amount,
      });
      expect(deposited.changes).to.deep.equal({ ...staked(12n), ...twelve });
      expect(pulled.changes).to.deep.equal({ ...staked(5n), ...twelve });
      expect(await outcomes()).to.deep.equal(["done", "done"]);
    });

    it("should credit nothing when the tokens are spent while they are being deposited", async function () {
      const { c, calls } = await networkHelpers.loadFixture(hookFixture);
      await c.holder.arm(c.token, [c.token.interface.encodeFunctionData("transfer", [c.buyer.address, 100n])]);
      const before = await snapshot(c);

      await expect(c.holder.execute(c.vault, calls.deposit(7n)))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientBalance")
        .withArgs(await c.holder.getAddress(), 0n, 7n);

      expect(await snapshot(c)).to.deep.equal(before);
    });

    it("should pay others in full when a receiver reverts", async function () {
      const { c } = await networkHelpers.loadFixture(hookFixture);
      await c.asConsensus.credit(c.driver, 5n);
      await c.asConsensus.credit(c.payer, 30n);
      // The driver has no hooks to call, so that every transfer to it reverts.
      const driver = await c.driver.getAddress();
      await networkHelpers.impersonateAccount(driver);
      await networkHelpers.setBalance(driver, ethers.parseEther("1"));
      await c.token.connect(await ethers.getSigner(driver)).hook();

      await expect(c.vault.collect(driver)).to.revert(ethers);
      expect((await observe(c, () => c.vault.collect(c.payer))).changes).to.deep.equal({
        "credits.payer": -30n,
        "tokens.payer": 30n,
        "tokens.vault": -30n,
      });
      expect(await c.vault.creditOf(driver)).to.equal(5n);
      expect((await c.vault.account(OTHER)).free).to.equal(STAKE);
    });
  });
});
