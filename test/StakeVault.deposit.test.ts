import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { Signature } from "ethers";

import { AGENT, NO_AGENT, OTHER, networkHelpers, observe, type VaultContext, vaultFixture } from "./utils/vault.ts";

const { time } = networkHelpers;

describe("StakeVault: deposits", function () {
  describe("deposit", function () {
    it("should take the caller's tokens into the agent's free stake", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.asOwner.deposit(AGENT, 7n));

      expect(events).to.deep.equal([["Deposited", AGENT, c.owner.address, 7n]]);
      expect(changes).to.deep.equal({
        "agent.balance": 7n,
        "agent.free": 7n,
        "agent.allocatable": 7n,
        "tokens.owner": -7n,
        "tokens.vault": 7n,
      });
    });

    it("should let anybody deposit for an agent of another, which then owns it", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { events, changes } = await observe(c, () => c.vault.connect(c.payer).deposit(AGENT, 7n));

      expect(events).to.deep.equal([["Deposited", AGENT, c.payer.address, 7n]]);
      expect(changes).to.deep.equal({
        "agent.balance": 7n,
        "agent.free": 7n,
        "agent.allocatable": 7n,
        "tokens.payer": -7n,
        "tokens.vault": 7n,
      });
      await expect(c.vault.connect(c.payer).requestWithdrawal(AGENT, 7n))
        .to.be.revertedWithCustomError(c.vault, "NotAgentOwner")
        .withArgs(AGENT, c.payer.address);
    });

    it("should revert when the amount is zero", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asOwner.deposit(AGENT, 0n)).to.be.revertedWithCustomError(c.vault, "ZeroAmount").withArgs();
    });

    it("should revert as the registry does when the agent does not exist", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asOwner.deposit(NO_AGENT, 7n))
        .to.be.revertedWithCustomError(c.registry, "ERC721NonexistentToken")
        .withArgs(NO_AGENT);
    });

    it("should revert as the token does when the allowance is too small", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      await c.token.connect(c.owner).approve(c.vault, 6n);

      await expect(c.asOwner.deposit(AGENT, 7n))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientAllowance")
        .withArgs(await c.vault.getAddress(), 6n, 7n);
    });

    it("should revert as the token does when the caller has too few tokens", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const balance = await c.token.balanceOf(c.owner);

      await expect(c.asOwner.deposit(AGENT, balance + 1n))
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientBalance")
        .withArgs(c.owner.address, balance, balance + 1n);
    });

    it("should revert when the amount does not fit 128 bits", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.asOwner.deposit(AGENT, 2n ** 128n))
        .to.be.revertedWithCustomError(c.vault, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, 2n ** 128n);
    });

    it("should credit nobody with tokens that are sent to the vault without it", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      const { changes } = await observe(c, () => c.token.connect(c.owner).transfer(c.vault, 7n));

      expect(changes).to.deep.equal({ "tokens.owner": -7n, "tokens.vault": 7n });
    });
  });

  describe("depositWithPermit", function () {
    const AMOUNT = 7n;

    /** The owner has allowed the vault nothing yet. */
    async function permitFixture() {
      const c = await vaultFixture();
      await c.token.connect(c.owner).approve(c.vault, 0n);
      return { c, deadline: BigInt(await time.latest()) + 3_600n };
    }

    async function sign(c: VaultContext, signer: HardhatEthersSigner, value: bigint, deadline: bigint) {
      const { name, version, chainId, verifyingContract } = await c.token.eip712Domain();
      const message = {
        owner: signer.address,
        spender: await c.vault.getAddress(),
        value,
        nonce: await c.token.nonces(signer),
        deadline,
      };
      const fields = Object.keys(message).map((key) => ({
        name: key,
        type: key === "owner" || key === "spender" ? "address" : "uint256",
      }));
      const domain = { name, version, chainId, verifyingContract };
      return Signature.from(await signer.signTypedData(domain, { Permit: fields }, message));
    }

    const send = (c: VaultContext, signer: HardhatEthersSigner, amount: bigint, deadline: bigint, s: Signature) =>
      c.vault.connect(signer).depositWithPermit(AGENT, amount, deadline, s.v, s.r, s.s);

    const expectNoAllowance = async (c: VaultContext, sent: Promise<unknown>, amount = AMOUNT) => {
      await expect(sent)
        .to.be.revertedWithCustomError(c.token, "ERC20InsufficientAllowance")
        .withArgs(await c.vault.getAddress(), 0n, amount);
    };

    it("should deposit by the permit and leave no allowance behind", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.owner, AMOUNT, deadline);

      const { events, changes } = await observe(c, () => send(c, c.owner, AMOUNT, deadline, signature));

      expect(events).to.deep.equal([["Deposited", AGENT, c.owner.address, AMOUNT]]);
      expect(changes).to.deep.equal({
        "agent.balance": AMOUNT,
        "agent.free": AMOUNT,
        "agent.allocatable": AMOUNT,
        "tokens.owner": -AMOUNT,
        "tokens.vault": AMOUNT,
      });
      expect(await c.token.allowance(c.owner, c.vault)).to.equal(0n);
    });

    it("should deposit all the same when somebody else has used the permit first", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.owner, AMOUNT, deadline);
      const { v, r, s } = signature;
      await c.token.connect(c.stranger).permit(c.owner, c.vault, AMOUNT, deadline, v, r, s);

      const { events } = await observe(c, () => send(c, c.owner, AMOUNT, deadline, signature));

      expect(events).to.deep.equal([["Deposited", AGENT, c.owner.address, AMOUNT]]);
    });

    it("should take nothing from the signer when another sends its permit", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.owner, AMOUNT, deadline);

      await expectNoAllowance(c, send(c, c.stranger, AMOUNT, deadline, signature));
    });

    it("should revert when the permit is for another amount", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.owner, AMOUNT, deadline);

      await expectNoAllowance(c, send(c, c.owner, AMOUNT + 1n, deadline, signature), AMOUNT + 1n);
    });

    it("should revert when the permit is signed by another", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.stranger, AMOUNT, deadline);

      await expectNoAllowance(c, send(c, c.owner, AMOUNT, deadline, signature));
    });

    it("should revert when the permit has expired", async function () {
      const { c } = await networkHelpers.loadFixture(permitFixture);
      const deadline = BigInt(await time.latest()) - 1n;
      const signature = await sign(c, c.owner, AMOUNT, deadline);

      await expectNoAllowance(c, send(c, c.owner, AMOUNT, deadline, signature));
    });

    it("should revert when the permit has been used for an earlier deposit", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.owner, AMOUNT, deadline);
      await send(c, c.owner, AMOUNT, deadline, signature);

      await expectNoAllowance(c, send(c, c.owner, AMOUNT, deadline, signature));
    });

    it("should revert when the amount is zero, or the agent does not exist", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const { v, r, s } = await sign(c, c.owner, 0n, deadline);

      await expect(c.asOwner.depositWithPermit(AGENT, 0n, deadline, v, r, s))
        .to.be.revertedWithCustomError(c.vault, "ZeroAmount")
        .withArgs();
      await expect(c.asOwner.depositWithPermit(NO_AGENT, 1n, deadline, v, r, s))
        .to.be.revertedWithCustomError(c.registry, "ERC721NonexistentToken")
        .withArgs(NO_AGENT);
    });

    it("should deposit from an allowance that is there, whatever the permit", async function () {
      const { c, deadline } = await networkHelpers.loadFixture(permitFixture);
      const signature = await sign(c, c.stranger, AMOUNT, deadline);
      const bystander = c.vault.connect(c.bystander);

      const { events } = await observe(c, () =>
        bystander.depositWithPermit(OTHER, AMOUNT, deadline, signature.v, signature.r, signature.s),
      );

      expect(events).to.deep.equal([["Deposited", OTHER, c.bystander.address, AMOUNT]]);
    });
  });
});
