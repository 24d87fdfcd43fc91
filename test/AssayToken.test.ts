import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { Signature } from "ethers";
import { network } from "hardhat";

const { ethers, networkHelpers } = await network.create();
const { time } = networkHelpers;

const AMOUNT = 10_000n * 10n ** 18n;
const PERIOD = 24 * 60 * 60;

describe("AssayToken", function () {
  async function fixture() {
    const [alice, bob] = (await ethers.getSigners()) as [HardhatEthersSigner, HardhatEthersSigner];
    const token = await ethers.deployContract("AssayToken");
    return { token, alice, bob };
  }

  describe("deployment", function () {
    it("should carry its name, symbol and 18 decimals", async function () {
      const { token } = await networkHelpers.loadFixture(fixture);

      expect(await token.name()).to.equal("Assay Test Token");
      expect(await token.symbol()).to.equal("ASSAY");
      expect(await token.decimals()).to.equal(18n);
    });

    it("should start with no supply", async function () {
      const { token } = await networkHelpers.loadFixture(fixture);

      expect(await token.totalSupply()).to.equal(0n);
    });
  });

  describe("faucet", function () {
    describe("given an account that never asked", function () {
      it("should mint the amount to it and note when it may ask again", async function () {
        const { token, alice } = await networkHelpers.loadFixture(fixture);

        const tx = await token.connect(alice).faucet();

        await expect(tx).to.emit(token, "Transfer").withArgs(ethers.ZeroAddress, alice, AMOUNT);
        await expect(tx).to.changeTokenBalance(ethers, token, alice, AMOUNT);
        expect(await token.totalSupply()).to.equal(AMOUNT);
        expect(await token.faucetAvailableAt(alice)).to.equal((await time.latest()) + PERIOD);
      });
    });

    describe("given another account asked", function () {
      it("should mint the amount all the same", async function () {
        const { token, alice, bob } = await networkHelpers.loadFixture(fixture);
        await token.connect(alice).faucet();

        const tx = await token.connect(bob).faucet();

        await expect(tx).to.changeTokenBalances(ethers, token, [alice, bob], [0n, AMOUNT]);
      });
    });

    describe("when asked a second before the period is over", function () {
      it("should revert", async function () {
        const { token, alice } = await networkHelpers.loadFixture(fixture);
        await token.connect(alice).faucet();
        const availableAt = (await time.latest()) + PERIOD;

        await time.setNextBlockTimestamp(availableAt - 1);
        await expect(token.connect(alice).faucet())
          .to.be.revertedWithCustomError(token, "FaucetNotReady")
          .withArgs(alice, availableAt);

        expect(await token.balanceOf(alice)).to.equal(AMOUNT);
      });
    });

    describe("when asked as the period is over", function () {
      it("should mint the amount again", async function () {
        const { token, alice } = await networkHelpers.loadFixture(fixture);
        await token.connect(alice).faucet();
        const availableAt = (await time.latest()) + PERIOD;

        await time.setNextBlockTimestamp(availableAt);
        const tx = await token.connect(alice).faucet();

        await expect(tx).to.changeTokenBalance(ethers, token, alice, AMOUNT);
        expect(await token.faucetAvailableAt(alice)).to.equal(availableAt + PERIOD);
      });
    });
  });

  describe("permit", function () {
    const VALUE = 5n * 10n ** 18n;

    async function permitFixture() {
      const { token, alice, bob } = await fixture();
      await token.connect(alice).faucet();

      const domain = {
        name: "Assay Test Token",
        version: "1",
        chainId: (await ethers.provider.getNetwork()).chainId,
        verifyingContract: await token.getAddress(),
      };
      const types = {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      };
      const deadline = (await time.latest()) + 3600;
      const message = { owner: alice.address, spender: bob.address, value: VALUE, nonce: 0n, deadline };
      const sign = async (signer: HardhatEthersSigner) =>
        Signature.from(await signer.signTypedData(domain, types, message));
      const permit = ({ v, r, s }: Signature) => token.connect(bob).permit(alice, bob, VALUE, deadline, v, r, s);
      const digestSigner = (nonce: bigint, signature: Signature) =>
        ethers.verifyTypedData(domain, types, { ...message, nonce }, signature);
      return { token, alice, bob, deadline, sign, permit, digestSigner };
    }

    describe("when the owner signed", function () {
      it("should set the allowance, and the spender can use it", async function () {
        const { token, alice, bob, sign, permit } = await networkHelpers.loadFixture(permitFixture);

        await expect(permit(await sign(alice)))
          .to.emit(token, "Approval")
          .withArgs(alice, bob, VALUE);

        expect(await token.allowance(alice, bob)).to.equal(VALUE);
        const tx = await token.connect(bob).transferFrom(alice, bob, VALUE);
        await expect(tx).to.changeTokenBalances(ethers, token, [alice, bob], [-VALUE, VALUE]);
      });
    });

    describe("when the permit is used again", function () {
      it("should revert", async function () {
        const { token, alice, sign, permit, digestSigner } = await networkHelpers.loadFixture(permitFixture);
        const signature = await sign(alice);
        await permit(signature);

        // Under the next nonce the same signature recovers to some other address.
        await expect(permit(signature))
          .to.be.revertedWithCustomError(token, "ERC2612InvalidSigner")
          .withArgs(digestSigner(1n, signature), alice);
      });
    });

    describe("when the deadline has passed", function () {
      it("should revert", async function () {
        const { token, alice, deadline, sign, permit } = await networkHelpers.loadFixture(permitFixture);
        const signature = await sign(alice);

        await time.setNextBlockTimestamp(deadline + 1);
        await expect(permit(signature))
          .to.be.revertedWithCustomError(token, "ERC2612ExpiredSignature")
          .withArgs(deadline);
      });
    });

    describe("when someone else signed", function () {
      it("should revert", async function () {
        const { token, alice, bob, sign, permit } = await networkHelpers.loadFixture(permitFixture);

        await expect(permit(await sign(bob)))
          .to.be.revertedWithCustomError(token, "ERC2612InvalidSigner")
          .withArgs(bob, alice);
        expect(await token.allowance(alice, bob)).to.equal(0n);
      });
    });
  });
});
