import { expect } from "chai";
import { network } from "hardhat";
import { NONE, panelLoader } from "../kit/panel.ts";
import { fields } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
// Domain 1: three rounds. Domain 2: two. Domain 3: burns a third of a fee that does not divide by anything.
const load = panelLoader(connection, {
  domains: [{}, { maxRounds: 2 }, { seatFee: 7n, seatBond: 100n, burnBps: 3_333 }],
});

describe("Budget", () => {
  describe("spendBudget", () => {
    it("starts the next round with no payer, against no outcome, at no cost, off the budget", async () => {
      const { contracts, id, stranger, voteEpoch } = await undecided(2);
      const { consensus, token, vault } = contracts;
      const spent = consensus.connect(stranger).spendBudget(id);
      await expect(spent)
        .to.emit(consensus, "RoundStarted")
        .withArgs(id, 2, voteEpoch + 3, 7n, ethers.ZeroAddress, NONE);
      await expect(spent).to.changeTokenBalances(ethers, token, [stranger, vault], [0n, 0n]);
      const { rounds, budgetSeats, voteEpoch: next } = await consensus.question(id);
      expect([rounds, budgetSeats, next]).to.deep.equal([2n, 15n, BigInt(voteEpoch + 3)]);
    });

    it("starts round after round until the budget is spent", async () => {
      const { contracts, holdRound, id } = await undecided(2);
      const { consensus } = contracts;
      await consensus.spendBudget(id);
      await holdRound(id, [[1, 2], [0, 2], null]);
      await consensus.spendBudget(id);
      const { rounds, budgetSeats, offeredSeats } = await consensus.question(id);
      expect([rounds, budgetSeats, offeredSeats]).to.deep.equal([3n, 0n, 15n]);
    });

    it("reverts where the verdict is decisive", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const { id } = await decide("clear", [1, 1, 1], { budgetRounds: 1 });
      await expect(consensus.spendBudget(id))
        .to.be.revertedWithCustomError(consensus, "VerdictIsDecisive")
        .withArgs(id);
    });

    it("reverts where there is no budget", async () => {
      const { contracts, id } = await undecided(0);
      const { consensus } = contracts;
      await expect(consensus.spendBudget(id))
        .to.be.revertedWithCustomError(consensus, "BudgetTooSmall")
        .withArgs(id, 7, 0);
    });

    it("reverts where the budget of an earlier round does not pay a later one", async () => {
      const { contracts, holdRound, id } = await undecided(1);
      const { consensus } = contracts;
      // Somebody else paid for the second round; seven prepaid seats are left, the third round has fifteen.
      await consensus.appeal(id);
      await holdRound(id, [[1, 2], [0, 2], null]);
      await expect(consensus.spendBudget(id))
        .to.be.revertedWithCustomError(consensus, "BudgetTooSmall")
        .withArgs(id, 15, 7);
    });

    it("reverts where it is too early, too late or another round was started", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("in time", { budgetRounds: 1 });
      for (const epoch of [voteEpoch - 1, voteEpoch, voteEpoch + 1, voteEpoch + 3]) {
        if (epoch >= voteEpoch) await warpTo(epoch);
        await expect(consensus.spendBudget(id))
          .to.be.revertedWithCustomError(consensus, "NotAppealable")
          .withArgs(id, voteEpoch + 2, epoch);
      }
      const other = await ask("once", { budgetRounds: 1 });
      await warpTo(other.voteEpoch + 2);
      await consensus.spendBudget(other.id);
      await expect(consensus.spendBudget(other.id))
        .to.be.revertedWithCustomError(consensus, "NotAppealable")
        .withArgs(other.id, other.voteEpoch + 5, other.voteEpoch + 2);
    });

    it("reverts in the freeze", async () => {
      const { contracts, id, voteEpoch, warpTo } = await undecided(1);
      const { consensus } = contracts;
      await warpTo(voteEpoch + 2, 59);
      await expect(consensus.spendBudget(id))
        .to.be.revertedWithCustomError(consensus, "InFreeze")
        .withArgs(voteEpoch + 2);
    });

    it("reverts where the last round was held", async () => {
      const { contracts, decide, holdRound } = await load();
      const { consensus } = contracts;
      const { id } = await decide("two rounds", [1, 1, 0], { budgetRounds: 1, domainId: 2 });
      await consensus.spendBudget(id);
      await holdRound(id, [[1, 1], [0, 2], null]);
      await expect(consensus.spendBudget(id))
        .to.be.revertedWithCustomError(consensus, "TooManyRounds")
        .withArgs(id, 3, 2);
    });

    it("reverts where the question is not open", async () => {
      const { contracts, id, voteEpoch, warpTo } = await undecided(1);
      const { consensus } = contracts;
      const unknown = ethers.dataSlice(ethers.id("never asked"), 0, 24);
      await expect(consensus.spendBudget(unknown))
        .to.be.revertedWithCustomError(consensus, "QuestionNotOpen")
        .withArgs(unknown);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      await expect(consensus.spendBudget(id)).to.be.revertedWithCustomError(consensus, "QuestionNotOpen").withArgs(id);
    });
  });

  describe("reclaim", () => {
    it("credits the budget not spent to the asker, whoever calls", async () => {
      const { contracts, decide, deployer, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, voteEpoch } = await decide("clear", [1, 1, 1], { budgetRounds: 2 });
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect(await consensus.connect(stranger).reclaim.staticCall(origin)).to.equal(22n * TOKEN);
      await expect(consensus.connect(stranger).reclaim(origin))
        .to.emit(consensus, "Reclaimed")
        .withArgs(id, deployer.address, 22n * TOKEN)
        .and.to.emit(vault, "Credited")
        .withArgs(deployer.address, 22n * TOKEN);
      expect(await vault.creditOf(deployer)).to.equal(22n * TOKEN);
      expect(await vault.creditOf(stranger)).to.equal(0n);
      expect((await consensus.question(id)).budgetSeats).to.equal(0n);
      await expect(consensus.reclaim(origin)).to.be.revertedWithCustomError(consensus, "NothingToReclaim").withArgs(id);
    });

    it("finalizes the question first where nobody has", async () => {
      const { contracts, id, origin, voteEpoch, warpTo } = await undecided(1);
      const { consensus, vault } = contracts;
      await warpTo(voteEpoch + 3);
      // Unresolved: a tenth of three fees burns, two seats share the rest; the budget comes back whole.
      await expect(consensus.reclaim(origin))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "unresolved",
            outcome: 1,
            supportBps: 6_666,
            rounds: 1,
            gain: (135n * TOKEN) / 100n,
            loss: 0n,
            evidence: 0,
            budget: 7,
          }),
        )
        .and.to.emit(consensus, "Reclaimed")
        .withArgs(id, origin.asker, 7n * TOKEN);
      expect(await vault.creditOf(origin.asker)).to.equal(7n * TOKEN);
      expect(await consensus.unsweptDue()).to.equal((3n * TOKEN) / 10n);
    });

    it("leaves the outcome and the terms of settlement as they were", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, voteEpoch } = await decide("kept", [1, 1, 1], { budgetRounds: 1 });
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      const [terms, verdict, risk] = await Promise.all([
        consensus.question(id),
        consensus.verdict(id),
        consensus.stakeAtRisk(id),
      ]);
      await consensus.reclaim(origin);
      expect(terms.budgetSeats).to.equal(7n);
      expect(fields(await consensus.question(id))).to.deep.equal({ ...fields(terms), budgetSeats: 0n });
      expect(await consensus.verdict(id)).to.deep.equal(verdict);
      expect(await consensus.stakeAtRisk(id)).to.equal(risk);
      await panelists[0].settle(voteEpoch);
      expect((await vault.account(panelists[0].agentId)).balance).to.equal(3_001n * TOKEN);
    });

    it("credits the asker of a question nobody voted on its fees less the burn, and the budget in full", async () => {
      const { ask, contracts, deployer, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, voteEpoch } = await ask("silence", { budgetRounds: 1 });
      await warpTo(voteEpoch + 3);
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "unresolved",
            outcome: null,
            supportBps: 0,
            rounds: 1,
            gain: 0n,
            loss: 0n,
            evidence: 0,
            budget: 7,
            refundable: true,
          }),
        );
      expect(await consensus.unsweptDue()).to.equal((3n * TOKEN) / 10n);
      await expect(consensus.reclaim(origin))
        .to.emit(consensus, "Reclaimed")
        .withArgs(id, deployer.address, (97n * TOKEN) / 10n);
      expect(await vault.creditOf(deployer)).to.equal((97n * TOKEN) / 10n);
      await expect(consensus.reclaim(origin)).to.be.revertedWithCustomError(consensus, "NothingToReclaim").withArgs(id);
    });

    it("has credited every appellant of a question nobody voted on its fee less the burn", async () => {
      const { ask, contracts, deployer, stranger, sunk, warpTo } = await load();
      const { consensus, token, vault } = contracts;
      const before = await token.balanceOf(vault);
      const { id, origin, voteEpoch } = await ask("silence", { domainId: 3, budgetRounds: 2 });
      await warpTo(voteEpoch + 2);
      await consensus.connect(stranger).appeal(id);
      await warpTo(voteEpoch + 5);
      await consensus.spendBudget(id);
      await warpTo(voteEpoch + 9);
      await expect(consensus.finalize(id)).to.emit(vault, "Credited").withArgs(stranger.address, 32n);
      // The appellant: 49, less a third rounded up, 17. The asker: 3 + 15 seats are 126, less 42; 7 seats of budget left.
      expect(await vault.creditOf(stranger)).to.equal(49n - 17n);
      expect(await sunk()).to.equal(17n + 42n);
      await expect(consensus.reclaim(origin))
        .to.emit(consensus, "Reclaimed")
        .withArgs(id, deployer.address, 126n - 42n + 49n);
      const owed = (await vault.creditOf(stranger)) + (await vault.creditOf(deployer)) + (await sunk());
      expect((await token.balanceOf(vault)) - before).to.equal(owed);
    });

    it("reverts for an unresolved question with votes and no budget", async () => {
      const { contracts, id, origin, voteEpoch, warpTo } = await undecided(0);
      const { consensus } = contracts;
      await warpTo(voteEpoch + 3);
      await expect(consensus.reclaim(origin)).to.be.revertedWithCustomError(consensus, "NothingToReclaim").withArgs(id);
      // The finalization on the way was undone with it.
      expect((await consensus.question(id)).status).to.equal(1n);
    });

    it("reverts where the question is not final", async () => {
      const { contracts, id, origin, voteEpoch } = await undecided(1);
      const { consensus } = contracts;
      await expect(consensus.reclaim(origin))
        .to.be.revertedWithCustomError(consensus, "NotFinal")
        .withArgs(id, voteEpoch + 3, voteEpoch + 2);
      await consensus.spendBudget(id);
      await expect(consensus.reclaim(origin))
        .to.be.revertedWithCustomError(consensus, "NotFinal")
        .withArgs(id, voteEpoch + 6, voteEpoch + 2);
    });

    it("reverts for an origin that was never asked", async () => {
      const { contracts, origin, stranger } = await undecided(1);
      const { consensus } = contracts;
      for (const other of [{ asker: stranger.address }, { salt: ethers.id("other") }, { domainId: 2 }]) {
        const changed = { ...origin, ...other };
        const unknown = await consensus.questionIdOf(changed);
        await expect(consensus.reclaim(changed))
          .to.be.revertedWithCustomError(consensus, "UnknownQuestion")
          .withArgs(unknown);
      }
    });
  });
});

/** A question of two votes to one, which is less than the supermajority, in its appeal epoch. */
async function undecided(budgetRounds: number) {
  const panel = await load();
  const asked = await panel.decide("two to one", [1, 1, 0], { budgetRounds });
  return { ...panel, ...asked };
}
