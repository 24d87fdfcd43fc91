import { expect } from "chai";
import { network } from "hardhat";
import { NONE, type Panel, panelLoader, STAKE } from "../kit/panel.ts";
import { values } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
// Domain 1: three rounds. Domain 2: two, so that more than half decides the second. Domain 3: one.
const load = panelLoader(connection, { domains: [{}, { maxRounds: 2 }, { maxRounds: 1 }] });

/** Settles the ballots of `epochs` of every panelist, by their owners. */
async function settleAll(panel: Panel, epochs: readonly number[]): Promise<void> {
  for (const panelist of panel.panelists) {
    for (const epoch of epochs) {
      if ((panelist.receipts.get(epoch) ?? "0x") !== "0x") await panelist.settle(epoch);
    }
  }
}

/** What each panelist has gained, wei. */
async function gains(panel: Panel): Promise<bigint[]> {
  const accounts = await Promise.all(panel.panelists.map((p) => panel.contracts.vault.account(p.agentId)));
  for (const { locked } of accounts) expect(locked).to.equal(0n);
  return accounts.map(({ balance }) => balance - STAKE);
}

const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);

describe("Appeal", () => {
  describe("appeal", () => {
    it("emits RoundStarted with the outcome appealed against, and starts the next round", async () => {
      const { contracts, decide, stranger } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("decisive", [1, 1, 1]);
      expect((await consensus.verdict(id)).status).to.equal(3n);
      await expect(consensus.connect(stranger).appeal(id))
        .to.emit(consensus, "RoundStarted")
        .withArgs(id, 2, voteEpoch + 3, 7n, stranger.address, 1);
      const { rounds, voteEpoch: next, offeredSeats } = await consensus.question(id);
      expect([rounds, next, offeredSeats]).to.deep.equal([2n, BigInt(voteEpoch + 3), 7n]);
      expect(values(await consensus.verdict(id))).to.deep.equal([1n, 255n, 0n, 2n]);
    });

    it("takes the fees of the round's seats from the appellant", async () => {
      const { contracts, decide, holdRound, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const { id } = await decide("decisive", [1, 1, 1]);
      await expect(consensus.connect(stranger).appeal(id)).to.changeTokenBalances(
        ethers,
        token,
        [stranger, vault],
        [-7n * TOKEN, 7n * TOKEN],
      );
      await holdRound(id, [1, 1, 1]);
      await expect(consensus.connect(stranger).appeal(id)).to.changeTokenBalances(
        ethers,
        token,
        [stranger, vault],
        [-15n * TOKEN, 15n * TOKEN],
      );
    });

    it("keeps the tally, to which the next round adds", async () => {
      const { contracts, decide, holdRound } = await load();
      const { consensus } = contracts;
      const { id } = await decide("added", [1, 1, 0]);
      await consensus.appeal(id);
      await holdRound(id, [
        [1, 2],
        [0, 1],
        [0, 2],
      ]);
      const { seats, weights } = await consensus.tally(id);
      expect([...seats]).to.deep.equal([4n, 4n]);
      expect([...weights]).to.deep.equal([4n * 256n, 4n * 256n]);
    });

    it("emits RoundStarted against no outcome where the round before was undecided", async () => {
      const { contracts, decide, stranger } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("two to one is below the supermajority", [1, 1, 0]);
      expect(values(await consensus.verdict(id))).to.deep.equal([2n, 1n, 6_666n, 1n]);
      await expect(consensus.connect(stranger).appeal(id))
        .to.emit(consensus, "RoundStarted")
        .withArgs(id, 2, voteEpoch + 3, 7n, stranger.address, NONE);
    });

    it("reverts where it was appealed already", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("twice", [1, 1, 1]);
      await consensus.appeal(id);
      await expect(consensus.appeal(id))
        .to.be.revertedWithCustomError(consensus, "NotAppealable")
        .withArgs(id, voteEpoch + 5, voteEpoch + 2);
    });

    it("reverts where it is too early or too late", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("in time");
      for (const epoch of [voteEpoch - 1, voteEpoch, voteEpoch + 1, voteEpoch + 3]) {
        if (epoch >= voteEpoch) await warpTo(epoch);
        await expect(consensus.appeal(id))
          .to.be.revertedWithCustomError(consensus, "NotAppealable")
          .withArgs(id, voteEpoch + 2, epoch);
      }
    });

    it("reverts in the freeze, and not a second before", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const first = await decide("at the last moment", [1, 1, 1]);
      const epoch = first.voteEpoch + 2;
      await warpTo(epoch, 59);
      await expect(consensus.appeal(first.id)).to.be.revertedWithCustomError(consensus, "InFreeze").withArgs(epoch);
    });

    it("starts a round in the last second before the freeze", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("at the last moment", [1, 1, 1]);
      await warpTo(voteEpoch + 2, 58);
      await expect(consensus.appeal(id)).to.emit(consensus, "RoundStarted");
    });

    it("reverts where the last round was held", async () => {
      const { contracts, decide, holdRound } = await load();
      const { consensus } = contracts;
      const single = await decide("one round", [1, 1, 1], { domainId: 3 });
      await expect(consensus.appeal(single.id))
        .to.be.revertedWithCustomError(consensus, "TooManyRounds")
        .withArgs(single.id, 2, 1);
      const double = await decide("two rounds", [1, 1, 1], { domainId: 2 });
      await consensus.appeal(double.id);
      await holdRound(double.id, [1, 1, 1]);
      await expect(consensus.appeal(double.id))
        .to.be.revertedWithCustomError(consensus, "TooManyRounds")
        .withArgs(double.id, 3, 2);
    });

    it("reverts where the question does not exist or is finalized", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const unknown = ethers.dataSlice(ethers.id("never asked"), 0, 24);
      await expect(consensus.appeal(unknown))
        .to.be.revertedWithCustomError(consensus, "QuestionNotOpen")
        .withArgs(unknown);
      const { id, voteEpoch } = await decide("final", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      await expect(consensus.appeal(id)).to.be.revertedWithCustomError(consensus, "QuestionNotOpen").withArgs(id);
    });

    it("reverts where the appellant cannot pay, and starts nothing", async () => {
      const { contracts, decide, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const { id } = await decide("for nothing", [1, 1, 1]);
      await token.connect(stranger).approve(vault, 7n * TOKEN - 1n);
      await expect(consensus.connect(stranger).appeal(id))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(vault, 7n * TOKEN - 1n, 7n * TOKEN);
      expect((await consensus.question(id)).rounds).to.equal(1n);
    });
  });

  describe("who is paid what", () => {
    it("credits a successful appellant its fee and half as much again, out of the losses", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const asked = await decide("wrong at first", [1, 1, 1], { domainId: 2 });
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [
        [0, 2],
        [0, 2],
        [0, 2],
      ]);
      await warpTo(asked.voteEpoch + 6);
      // W = 9, Wo = 6, g = 1: a losing seat pays 24 x 3/9 x 1/4 = 2, burns .2; net losses 3 x 1.8 = 5.4.
      // The fee of 7 comes back with a bonus of 3.5; 10 + 5.4 - 10.5 = 4.9 for six seats.
      const gain = (49n * TOKEN) / 60n;
      await expect(consensus.finalize(asked.id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          asked.id,
          termsWord({
            status: "resolved",
            outcome: 0,
            supportBps: 6_666,
            rounds: 2,
            gain: gain,
            loss: 2n * TOKEN,
            evidence: 512,
          }),
        );
      expect(await vault.creditOf(stranger)).to.equal((105n * TOKEN) / 10n);
      const remainder = (49n * TOKEN) / 10n - 6n * gain;
      expect(await panel.sunk()).to.equal(remainder);
      await settleAll(panel, [asked.voteEpoch, asked.voteEpoch + 3]);
      expect(await gains(panel)).to.deep.equal(Array(3).fill(2n * gain - 2n * TOKEN));
      expect(await panel.sunk()).to.equal(remainder + (6n * TOKEN) / 10n);
      const paid = sum(await gains(panel)) + (await vault.creditOf(stranger)) + (await panel.sunk());
      expect(paid).to.equal(10n * TOKEN);
    });

    it("credits the appellant of a failed appeal nothing", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const asked = await decide("right at first", [1, 1, 1], { domainId: 2 });
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [[1, 2], [1, 2], null]);
      await warpTo(asked.voteEpoch + 6);
      // Nobody lost: ten fees for seven seats.
      const gain = (10n * TOKEN) / 7n;
      await expect(consensus.finalize(asked.id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          asked.id,
          termsWord({
            status: "resolved",
            outcome: 1,
            supportBps: 10_000,
            rounds: 2,
            gain: gain,
            loss: 6n * TOKEN,
            evidence: 512,
          }),
        );
      expect(await vault.creditOf(stranger)).to.equal(0n);
      await settleAll(panel, [asked.voteEpoch, asked.voteEpoch + 3]);
      expect(await gains(panel)).to.deep.equal([3n * gain, 3n * gain, gain]);
      expect(await panel.sunk()).to.equal(10n * TOKEN - 7n * gain);
    });

    it("credits a bonus of all losses less the burn where they come to less than half the fee", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      // A decisive 0 of two seats, overturned by five: the margin is 3/7.
      const asked = await decide("narrow", [0, 0, null], { domainId: 2 });
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [
        [1, 1],
        [1, 1],
        [1, 1],
      ]);
      await warpTo(asked.voteEpoch + 6);
      // W = 5, Wo = 3: 24 x 1/5 x 1/4 = 1.2 a seat, burn .12; net losses 2.16, all of them the bonus.
      await consensus.finalize(asked.id);
      const terms = await consensus.question(asked.id);
      expect(terms.loss).to.equal((12n * TOKEN) / 10n);
      expect(await vault.creditOf(stranger)).to.equal((916n * TOKEN) / 100n);
      // Three fees of the first round are left for three seats.
      expect(terms.gain).to.equal(TOKEN);
      await settleAll(panel, [asked.voteEpoch, asked.voteEpoch + 3]);
      expect(await gains(panel)).to.deep.equal([-TOKEN / 5n, -TOKEN / 5n, TOKEN]);
      expect(await panel.sunk()).to.equal((24n * TOKEN) / 100n);
    });

    it("shares nothing with the second appeal, which failed, and the bonus with the first, which succeeded", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, owners, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const second = owners[6]!;
      const asked = await decide("back and forth", [1, 1, 1]);
      await consensus.connect(stranger).appeal(asked.id);
      // 6 of 9 are not decisive in a second of three rounds: appealed for, against no outcome.
      await holdRound(asked.id, [
        [0, 2],
        [0, 2],
        [0, 2],
      ]);
      await consensus.connect(second).appeal(asked.id);
      await holdRound(asked.id, [
        [0, 5],
        [0, 5],
        [0, 5],
      ]);
      await warpTo(asked.voteEpoch + 9);
      await consensus.finalize(asked.id);
      // W = 24, Wo = 21: 24 x 18/24 x 1/4 = 4.5 a seat, burn .45; net 12.15; fees 25, refund 7, bonus 3.5.
      const { gain, loss } = await consensus.question(asked.id);
      expect(loss).to.equal((45n * TOKEN) / 10n);
      expect(gain).to.equal((2_665n * TOKEN) / 2_100n);
      expect(await vault.creditOf(stranger)).to.equal((105n * TOKEN) / 10n);
      expect(await vault.creditOf(second)).to.equal(0n);
      await settleAll(
        panel,
        [0, 3, 6].map((after) => asked.voteEpoch + after),
      );
      expect(sum(await gains(panel)) + (await vault.creditOf(stranger)) + (await panel.sunk())).to.equal(25n * TOKEN);
    });

    it("shares the bonus of two successful appeals pro rata of their fees", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, owners, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const second = owners[6]!;
      const asked = await decide("wrong twice", [1, 1, 1]);
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [[1, 1], null, null]);
      await consensus.connect(second).appeal(asked.id);
      await holdRound(asked.id, [
        [0, 5],
        [0, 5],
        [0, 1],
      ]);
      await warpTo(asked.voteEpoch + 9);
      await consensus.finalize(asked.id);
      // W = 15, Wo = 11: 24 x 7/15 x 1/4 = 2.8 a seat, burn .28; net losses 4 x 2.52 = 10.08, below half of 22.
      const bonus = (1_008n * TOKEN) / 100n;
      const paid = [7n * TOKEN + (bonus * 7n) / 22n, 15n * TOKEN + (bonus * 15n) / 22n] as const;
      expect(await vault.creditOf(stranger)).to.equal(paid[0]);
      expect(await vault.creditOf(second)).to.equal(paid[1]);
      const { gain, loss } = await consensus.question(asked.id);
      expect(loss).to.equal((28n * TOKEN) / 10n);
      expect(gain).to.equal((25n * TOKEN + bonus - paid[0] - paid[1]) / 11n);
      await settleAll(
        panel,
        [0, 3, 6].map((after) => asked.voteEpoch + after),
      );
      expect(sum(await gains(panel)) + paid[0] + paid[1] + (await panel.sunk())).to.equal(25n * TOKEN);
    });

    it("credits nothing for an appeal of an undecided round, whatever the outcome", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const asked = await decide("undecided", [1, 1, 0], { domainId: 2 });
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [
        [0, 2],
        [0, 2],
        [0, 2],
      ]);
      await warpTo(asked.voteEpoch + 6);
      await consensus.finalize(asked.id);
      // W = 9, Wo = 7: 24 x 5/9 x 1/4, rounded up; two losing seats.
      const { gain, loss } = await consensus.question(asked.id);
      expect(loss).to.equal((30n * TOKEN + 8n) / 9n);
      expect(gain).to.equal((10n * TOKEN + 2n * (loss - (loss + 9n) / 10n)) / 7n);
      expect(await vault.creditOf(stranger)).to.equal(0n);
    });

    it("credits nothing for an appeal against a decisive verdict that ends unresolved", async () => {
      const panel = await load();
      const { contracts, decide, holdRound, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const asked = await decide("in the end a tie", [1, 1, 1], { domainId: 2 });
      await consensus.connect(stranger).appeal(asked.id);
      await holdRound(asked.id, [[0, 2], [0, 1], null]);
      await warpTo(asked.voteEpoch + 6);
      // A tie of three seats each: the lower number leads. A tenth of ten fees burns, nine for three seats.
      await expect(consensus.finalize(asked.id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          asked.id,
          termsWord({
            status: "unresolved",
            outcome: 0,
            supportBps: 5_000,
            rounds: 2,
            gain: 3n * TOKEN,
            loss: 0n,
            evidence: 0,
          }),
        );
      expect(await vault.creditOf(stranger)).to.equal(0n);
      expect(await panel.sunk()).to.equal(TOKEN);
      await settleAll(panel, [asked.voteEpoch, asked.voteEpoch + 3]);
      expect(await gains(panel)).to.deep.equal([6n * TOKEN, 3n * TOKEN, 0n]);
    });
  });
});
