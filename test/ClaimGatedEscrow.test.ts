import type { Hex } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";

import { type Answers, BOND, createCommittee, DOMAIN_ID, SEAT_BOND } from "./kit/committee.ts";
import { EPOCH_LENGTH, TOKEN } from "./kit/world.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const CONTENT_HASH = ethers.id("the delivered translation meets the brief") as Hex;
const [NO, YES] = [0, 1];
const AMOUNT = 20n * TOKEN;
// Three newcomers of weight 1 in all nine seats: one seat of full weight would turn them over.
const STAKE_AT_RISK = SEAT_BOND;
const DAY = 24 * 3_600;
const RESOLVED = { status: 4n, outcome: YES, supportBps: 10_000, rounds: 1 };
/** `ClaimGatedEscrow.Status` */
const [AWAITING_DEPOSIT, FUNDED, RELEASED, REFUNDED] = [0n, 1n, 2n, 3n];
/** `IConsensus.VerdictStatus` */
const [UNKNOWN, PROVISIONAL, FINAL] = [0n, 3n, 4n];

type Changes = NonNullable<Parameters<typeof termsWith>[1]>;

/** The terms of the fixture's deal, parts of them replaced. */
function termsWith(
  deal: { payer: string; payee: string; token: string; claimId: string; deadline: number },
  changes: Partial<typeof deal & { amount: bigint; value: bigint; outcome: number }> = {},
) {
  return { ...deal, amount: AMOUNT, value: AMOUNT, outcome: YES, ...changes };
}

describe("ClaimGatedEscrow", function () {
  async function fixture() {
    const committee = await createCommittee(connection);
    const { token, claims, payer, payee } = committee;
    const claimId = committee.claimIdOf(payee.address, CONTENT_HASH);
    const deadline = (await time.latest()) + DAY;
    const deal = {
      payer: payer.address,
      payee: payee.address,
      token: await token.getAddress(),
      claimId,
      deadline,
    };
    /** An escrow whose terms differ in parts from the usual ones. */
    const create = async (changes: Changes = {}) => {
      return await ethers.deployContract("ClaimGatedEscrow", [claims, termsWith(deal, changes)]);
    };
    /** The same, with the payment in it. */
    const fund = async (changes: Changes = {}) => {
      const escrow = await create(changes);
      await token.connect(payer).approve(escrow, changes.amount ?? AMOUNT);
      await escrow.connect(payer).deposit();
      return escrow;
    };
    /** Asks the claim and has it voted; final one epoch later. */
    const decide = async (...answers: Answers) => {
      await committee.ask(payee, CONTENT_HASH);
      await committee.vote(answers);
    };
    return { ...committee, claimId, deadline, deal, create, fund, decide };
  }

  /** The usual escrow, funded, and its claim decided as required. */
  async function decidedFixture() {
    const context = await fixture();
    const escrow = await context.fund();
    await context.decide(YES, YES, YES);
    await context.skipEpochs(1);
    return { ...context, escrow };
  }

  describe("constructor", function () {
    it("should fix the terms and register the callback", async function () {
      const { create, claims, deal } = await networkHelpers.loadFixture(fixture);
      const escrow = await create();
      expect({
        payer: await escrow.payer(),
        payee: await escrow.payee(),
        token: await escrow.token(),
        claimId: await escrow.claimId(),
        deadline: Number(await escrow.deadline()),
        amount: await escrow.amount(),
        value: await escrow.value(),
        outcome: Number(await escrow.outcome()),
      }).to.deep.equal(termsWith(deal));
      expect(await escrow.claims()).to.equal(await claims.getAddress());
      expect(await escrow.status()).to.equal(AWAITING_DEPOSIT);
      await expect(escrow.deploymentTransaction())
        .to.emit(claims, "CallbackRegistered")
        .withArgs(deal.claimId, escrow, await escrow.CALLBACK_GAS());
    });

    for (const party of ["payer", "payee"] as const) {
      describe(`when the ${party} is zero`, function () {
        it("should revert", async function () {
          const { create } = await networkHelpers.loadFixture(fixture);
          const factory = await ethers.getContractFactory("ClaimGatedEscrow");
          await expect(create({ [party]: ethers.ZeroAddress })).to.be.revertedWithCustomError(factory, "ZeroAddress");
        });
      });
    }

    for (const number of ["amount", "value"] as const) {
      describe(`when the ${number} is zero`, function () {
        it("should revert", async function () {
          const { create } = await networkHelpers.loadFixture(fixture);
          const factory = await ethers.getContractFactory("ClaimGatedEscrow");
          await expect(create({ [number]: 0n })).to.be.revertedWithCustomError(factory, "ZeroAmount");
        });
      });
    }

    describe("when the deadline is not ahead", function () {
      it("should revert", async function () {
        const { create } = await networkHelpers.loadFixture(fixture);
        const factory = await ethers.getContractFactory("ClaimGatedEscrow");
        const now = (await time.latest()) + 10;
        await time.setNextBlockTimestamp(now);
        await expect(create({ deadline: now }))
          .to.be.revertedWithCustomError(factory, "DeadlinePassed")
          .withArgs(now, now);
      });
    });
  });

  describe("deposit", function () {
    it("should take the amount from the payer", async function () {
      const { create, token, payer } = await networkHelpers.loadFixture(fixture);
      const escrow = await create();
      await token.connect(payer).approve(escrow, AMOUNT);
      const deposit = escrow.connect(payer).deposit();
      await expect(deposit).to.emit(escrow, "Deposited").withArgs(payer, AMOUNT);
      await expect(deposit).to.changeTokenBalances(ethers, token, [payer, escrow], [-AMOUNT, AMOUNT]);
      expect(await escrow.status()).to.equal(FUNDED);
    });

    describe("when not called by the payer", function () {
      it("should revert", async function () {
        const { create, payee } = await networkHelpers.loadFixture(fixture);
        const escrow = await create();
        await expect(escrow.connect(payee).deposit()).to.be.revertedWithCustomError(escrow, "NotPayer").withArgs(payee);
      });
    });

    describe("when called twice", function () {
      it("should revert", async function () {
        const { fund, payer } = await networkHelpers.loadFixture(fixture);
        const escrow = await fund();
        await expect(escrow.connect(payer).deposit())
          .to.be.revertedWithCustomError(escrow, "UnexpectedStatus")
          .withArgs(FUNDED, AWAITING_DEPOSIT);
      });
    });

    describe("when the deadline has passed", function () {
      it("should revert", async function () {
        const { create, payer, deadline } = await networkHelpers.loadFixture(fixture);
        const escrow = await create();
        await time.setNextBlockTimestamp(deadline);
        await expect(escrow.connect(payer).deposit())
          .to.be.revertedWithCustomError(escrow, "DeadlinePassed")
          .withArgs(deadline, deadline);
      });
    });

    describe("when the token keeps a fee", function () {
      it("should revert", async function () {
        const { create, payer } = await networkHelpers.loadFixture(fixture);
        const token = await ethers.deployContract("ReentrantToken");
        const escrow = await create({ token: await token.getAddress() });
        await token.mint(payer, AMOUNT);
        await token.setFee(1);
        await token.connect(payer).approve(escrow, AMOUNT);
        await expect(escrow.connect(payer).deposit())
          .to.be.revertedWithCustomError(escrow, "UnexpectedAmount")
          .withArgs(AMOUNT - 1n, AMOUNT);
      });
    });
  });

  describe("release", function () {
    describe("given no deposit", function () {
      it("should revert", async function () {
        const { create } = await networkHelpers.loadFixture(fixture);
        const escrow = await create();
        await expect(escrow.release())
          .to.be.revertedWithCustomError(escrow, "UnexpectedStatus")
          .withArgs(AWAITING_DEPOSIT, FUNDED);
      });
    });

    describe("given a verdict that can still be appealed", function () {
      it("should revert, and so should a delivery", async function () {
        const { fund, decide, claims, claimId } = await fixture();
        const escrow = await fund();
        await decide(YES, YES, YES);
        for (const early of [escrow.release(), claims.deliver(claimId, escrow)]) {
          await expect(early).to.be.revertedWithCustomError(claims, "NotFinal").withArgs(claimId, PROVISIONAL);
        }
        expect(await escrow.status()).to.equal(FUNDED);
      });
    });

    describe("given the required outcome", function () {
      it("should pay the payee", async function () {
        const { escrow, token, payee, stranger } = await networkHelpers.loadFixture(decidedFixture);
        const release = escrow.connect(stranger).release();
        await expect(release).to.emit(escrow, "Released").withArgs(payee, AMOUNT);
        await expect(release).to.changeTokenBalances(ethers, token, [escrow, payee, stranger], [-AMOUNT, AMOUNT, 0n]);
        expect(await escrow.status()).to.equal(RELEASED);
      });

      it("should pay the payee after the deadline too", async function () {
        const { escrow, token, payee, deadline } = await networkHelpers.loadFixture(decidedFixture);
        await time.increaseTo(deadline + DAY);
        await expect(escrow.release()).to.changeTokenBalances(ethers, token, [escrow, payee], [-AMOUNT, AMOUNT]);
      });

      describe("when called twice", function () {
        it("should revert", async function () {
          const { escrow } = await networkHelpers.loadFixture(decidedFixture);
          await escrow.release();
          await expect(escrow.release())
            .to.be.revertedWithCustomError(escrow, "UnexpectedStatus")
            .withArgs(RELEASED, FUNDED);
        });
      });

      describe("when less stake is at risk than the value", function () {
        it("should revert until the deadline gives the payment back", async function () {
          const { fund, decide, skipEpochs, token, payer, deadline } = await fixture();
          const value = STAKE_AT_RISK + 1n;
          const [covered, escrow] = [await fund({ value: STAKE_AT_RISK }), await fund({ value })];
          await decide(YES, YES, YES);
          await skipEpochs(1);
          await expect(escrow.release())
            .to.be.revertedWithCustomError(escrow, "InsufficientStakeAtRisk")
            .withArgs(STAKE_AT_RISK, value);
          await covered.release();
          await time.increaseTo(deadline);
          await expect(escrow.refund()).to.changeTokenBalances(ethers, token, [escrow, payer], [-AMOUNT, AMOUNT]);
        });
      });

      describe("when the token re-enters", function () {
        it("should pay once", async function () {
          const { create, decide, skipEpochs, payer, payee } = await fixture();
          const token = await ethers.deployContract("ReentrantToken");
          const escrow = await create({ token: await token.getAddress() });
          await token.mint(payer, AMOUNT);
          await token.mint(escrow, AMOUNT); // so that a second payment would find something
          await token.connect(payer).approve(escrow, AMOUNT);
          await escrow.connect(payer).deposit();
          await decide(YES, YES, YES);
          await skipEpochs(1);
          await token.setCall(escrow, escrow.interface.encodeFunctionData("release"));
          await expect(escrow.release()).to.changeTokenBalances(ethers, token, [escrow, payee], [-AMOUNT, AMOUNT]);
          expect(await token.result()).to.equal(
            escrow.interface.encodeErrorResult("UnexpectedStatus", [RELEASED, FUNDED]),
          );
        });
      });
    });

    describe("given another outcome", function () {
      it("should pay the payer back", async function () {
        const { fund, decide, skipEpochs, token, payer, payee } = await fixture();
        const escrow = await fund();
        await decide(NO, NO, NO);
        await skipEpochs(1);
        const release = escrow.connect(payee).release();
        await expect(release).to.emit(escrow, "Refunded").withArgs(payer, AMOUNT);
        await expect(release).to.changeTokenBalances(ethers, token, [escrow, payer, payee], [-AMOUNT, AMOUNT, 0n]);
        expect(await escrow.status()).to.equal(REFUNDED);
      });
    });

    describe("given a verdict without an outcome", function () {
      it("should pay the payer back", async function () {
        const { fund, decide, skipEpochs, claims, claimId, token, payer } = await fixture();
        // Required is the very outcome that an undecided tally of one vote each names as leading.
        const escrow = await fund({ outcome: NO });
        await decide(NO, YES, null);
        await skipEpochs(1);
        expect((await claims.finalVerdict(claimId)).outcome).to.equal(NO);
        await expect(escrow.release()).to.changeTokenBalances(ethers, token, [escrow, payer], [-AMOUNT, AMOUNT]);
        expect(await escrow.status()).to.equal(REFUNDED);
      });
    });

    describe("given an assertion that nobody disputed", function () {
      it("should revert, because no stake stands behind it", async function () {
        const { fund, claims, payee, skipEpochs } = await networkHelpers.loadFixture(fixture);
        const assertion = {
          domainId: DOMAIN_ID,
          outcome: YES,
          contentHash: CONTENT_HASH,
          asserter: payee.address,
          bond: BOND,
          salt: ethers.ZeroHash,
        };
        const claimId = await claims.claimIdOf(assertion);
        const escrow = await fund({ claimId });
        await claims.connect(payee).assertClaim(DOMAIN_ID, YES, CONTENT_HASH, "", BOND, ethers.ZeroHash);
        await skipEpochs(3);
        expect((await claims.finalVerdict(claimId)).status).to.equal(FINAL);
        await expect(escrow.release())
          .to.be.revertedWithCustomError(escrow, "InsufficientStakeAtRisk")
          .withArgs(0, AMOUNT);
      });
    });
  });

  describe("onVerdict", function () {
    it("should pay the payee when Claims delivers the required outcome", async function () {
      const { escrow, claims, claimId, token, payee, stranger } = await networkHelpers.loadFixture(decidedFixture);
      const delivery = claims.connect(stranger).deliver(claimId, escrow);
      await expect(delivery).to.emit(claims, "CallbackDelivered").withArgs(claimId, escrow);
      await expect(delivery).to.emit(escrow, "Released").withArgs(payee, AMOUNT);
      await expect(delivery).to.changeTokenBalances(ethers, token, [escrow, payee, stranger], [-AMOUNT, AMOUNT, 0n]);
      expect(await escrow.status()).to.equal(RELEASED);
    });

    it("should pay the payer back when Claims delivers another outcome", async function () {
      const { fund, decide, skipEpochs, claims, claimId, token, payer } = await fixture();
      const escrow = await fund();
      await decide(NO, NO, NO);
      await skipEpochs(1);
      const delivery = claims.deliver(claimId, escrow);
      await expect(delivery).to.emit(claims, "CallbackDelivered").withArgs(claimId, escrow);
      await expect(delivery).to.changeTokenBalances(ethers, token, [escrow, payer], [-AMOUNT, AMOUNT]);
    });

    describe("given a delivery that failed", function () {
      it("should pay when it is delivered again", async function () {
        const { create, decide, skipEpochs, claims, claimId, token, payer, payee } = await fixture();
        const escrow = await create();
        await decide(YES, YES, YES);
        await skipEpochs(1);
        await expect(claims.deliver(claimId, escrow)).to.emit(claims, "CallbackFailed").withArgs(claimId, escrow);
        expect(await escrow.status()).to.equal(AWAITING_DEPOSIT);

        await token.connect(payer).approve(escrow, AMOUNT);
        await escrow.connect(payer).deposit();
        const delivery = claims.deliver(claimId, escrow);
        await expect(delivery).to.emit(claims, "CallbackDelivered").withArgs(claimId, escrow);
        await expect(delivery).to.changeTokenBalances(ethers, token, [escrow, payee], [-AMOUNT, AMOUNT]);
        await expect(claims.deliver(claimId, escrow))
          .to.be.revertedWithCustomError(claims, "CallbackAlreadyDelivered")
          .withArgs(claimId, escrow);
      });
    });

    describe("when less stake is at risk than the value", function () {
      it("should fail and move nothing", async function () {
        const { fund, decide, skipEpochs, claims, claimId, token, payee } = await fixture();
        const escrow = await fund({ value: STAKE_AT_RISK + 1n });
        await decide(YES, YES, YES);
        await skipEpochs(1);
        const delivery = claims.deliver(claimId, escrow);
        await expect(delivery).to.emit(claims, "CallbackFailed").withArgs(claimId, escrow);
        await expect(delivery).to.changeTokenBalances(ethers, token, [escrow, payee], [0n, 0n]);
        expect(await escrow.status()).to.equal(FUNDED);
      });
    });

    describe("when not called by Claims", function () {
      it("should revert", async function () {
        const { escrow, claimId, payee } = await networkHelpers.loadFixture(decidedFixture);
        await expect(escrow.connect(payee).onVerdict(claimId, RESOLVED))
          .to.be.revertedWithCustomError(escrow, "NotClaims")
          .withArgs(payee);
      });
    });

    describe("when called with another claim", function () {
      it("should revert", async function () {
        const { escrow, claims, claimId } = await networkHelpers.loadFixture(decidedFixture);
        const other = ethers.id("another claim");
        const address = await claims.getAddress();
        await networkHelpers.impersonateAccount(address);
        await networkHelpers.setBalance(address, TOKEN);
        const asClaims = await ethers.getSigner(address);
        await expect(escrow.connect(asClaims).onVerdict(other, RESOLVED))
          .to.be.revertedWithCustomError(escrow, "UnexpectedClaim")
          .withArgs(other, claimId);
      });
    });

    describe("given a payment already released", function () {
      it("should fail and move nothing", async function () {
        const { escrow, claims, claimId, token, payee } = await networkHelpers.loadFixture(decidedFixture);
        await escrow.release();
        const delivery = claims.deliver(claimId, escrow);
        await expect(delivery).to.emit(claims, "CallbackFailed").withArgs(claimId, escrow);
        await expect(delivery).to.changeTokenBalances(ethers, token, [escrow, payee], [0n, 0n]);
      });
    });
  });

  describe("refund", function () {
    describe("given no deposit", function () {
      it("should revert", async function () {
        const { create } = await networkHelpers.loadFixture(fixture);
        const escrow = await create();
        await expect(escrow.refund())
          .to.be.revertedWithCustomError(escrow, "UnexpectedStatus")
          .withArgs(AWAITING_DEPOSIT, FUNDED);
      });
    });

    describe("given a claim that nobody asked", function () {
      describe("when before the deadline", function () {
        it("should revert", async function () {
          const { fund, payer, deadline } = await networkHelpers.loadFixture(fixture);
          const escrow = await fund();
          await time.setNextBlockTimestamp(deadline - 1);
          await expect(escrow.connect(payer).refund())
            .to.be.revertedWithCustomError(escrow, "DeadlineNotReached")
            .withArgs(deadline, deadline - 1);
        });
      });

      describe("when at the deadline", function () {
        it("should pay the payer back, once", async function () {
          const { fund, claims, claimId, token, payer, stranger, deadline } = await networkHelpers.loadFixture(fixture);
          const escrow = await fund();
          expect((await claims.verdict(claimId)).status).to.equal(UNKNOWN);
          await time.setNextBlockTimestamp(deadline);
          const refund = escrow.connect(stranger).refund();
          await expect(refund).to.emit(escrow, "Refunded").withArgs(payer, AMOUNT);
          await expect(refund).to.changeTokenBalances(ethers, token, [escrow, payer, stranger], [-AMOUNT, AMOUNT, 0n]);
          await expect(escrow.refund())
            .to.be.revertedWithCustomError(escrow, "UnexpectedStatus")
            .withArgs(REFUNDED, FUNDED);
        });
      });
    });

    describe("given a verdict that can still be appealed", function () {
      it("should pay the payer back", async function () {
        const { fund, decide, claims, claimId, token, payer } = await fixture();
        const deadline = (await time.latest()) + 3 * EPOCH_LENGTH; // within the epoch of the appeal
        const escrow = await fund({ deadline });
        await decide(YES, YES, YES);
        await time.increaseTo(deadline);
        expect((await claims.verdict(claimId)).status).to.equal(PROVISIONAL);
        await expect(escrow.refund()).to.changeTokenBalances(ethers, token, [escrow, payer], [-AMOUNT, AMOUNT]);
      });
    });

    describe("given a verdict that release would act on", function () {
      it("should revert", async function () {
        const { escrow, claimId, payer, deadline } = await networkHelpers.loadFixture(decidedFixture);
        await time.increaseTo(deadline);
        await expect(escrow.connect(payer).refund())
          .to.be.revertedWithCustomError(escrow, "VerdictAcceptable")
          .withArgs(claimId, FINAL, YES);
      });
    });
  });
});
