import { canaryCommitment, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { NONE, panelLoader, STAKE } from "../kit/panel.ts";
import { values } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
// Domain 1: three rounds. Domain 2: two. Domain 3: one.
const load = panelLoader(connection, { domains: [{}, { maxRounds: 2 }, { maxRounds: 1 }] });

describe("Canary", () => {
  describe("openCanary", () => {
    it("returns the deposit where it agrees, and multiplies the evidence by eight", async () => {
      const { contracts, decide, deployer, panelists, sunk, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = await decide("agrees", [1, 1, 0], { canary: 1, domainId: 3 });
      expect((await consensus.question(id)).canary).to.equal(1n);
      await expect(consensus.openCanary(origin, 1, salt))
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, 1, false)
        .and.to.emit(vault, "Credited")
        .withArgs(deployer.address, 3n * TOKEN);
      expect((await consensus.question(id)).canary).to.equal(4n);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
      await warpTo(voteEpoch + 3);
      // W = 3, Wo = 2: 24 x 1/3 x 1/4 = 2, burn .2; (3 + 1.8) / 2.
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 1,
            supportBps: 6_666,
            rounds: 1,
            gain: (24n * TOKEN) / 10n,
            loss: 2n * TOKEN,
            evidence: 2_048,
          }),
        );
      expect(await sunk()).to.equal(0n);
      await panelists[0].settle(voteEpoch);
      await panelists[2].settle(voteEpoch);
      const [right, wrong] = await Promise.all([0, 2].map((i) => consensus.trust(panelists[i]!.agentId, 3)));
      expect(values(right!).slice(0, 3)).to.deep.equal([4_096n + 2_048n, 2_048n, 1n]);
      expect(values(wrong!).slice(0, 3)).to.deep.equal([4_096n, 2_048n + 2_048n, 1n]);
    });

    it("starts a round against a decisive verdict that disagrees, and takes the rest of its fee", async () => {
      const { contracts, deployer, asked } = await wrong();
      const { consensus, token, vault } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      const opened = consensus.openCanary(origin, 0, salt);
      await expect(opened)
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, 0, true)
        .and.to.emit(consensus, "RoundStarted")
        .withArgs(id, 2, voteEpoch + 3, 7n, deployer.address, 1);
      // Seven seats, of which the deposit pays three.
      await expect(opened).to.changeTokenBalances(ethers, token, [deployer, vault], [-4n * TOKEN, 4n * TOKEN]);
      expect(await vault.creditOf(deployer)).to.equal(0n);
      const { rounds, canary, voteEpoch: next } = await consensus.question(id);
      expect([rounds, canary, next]).to.deep.equal([2n, 3n, BigInt(voteEpoch + 3)]);
    });

    it("refunds the whole fee with the bonus, and is confirmed, where the round overturns the verdict", async () => {
      const { contracts, deployer, holdRound, panelists, asked, sunk, warpTo } = await wrong();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      await consensus.openCanary(origin, 0, salt);
      await holdRound(id, [
        [0, 2],
        [0, 2],
        [0, 2],
      ]);
      await warpTo(voteEpoch + 6);
      // As any successful appeal of 7 fees: 7 + 3.5. Evidence: the larger of 8 and 2.
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 0,
            supportBps: 6_666,
            rounds: 2,
            gain: (49n * TOKEN) / 60n,
            loss: 2n * TOKEN,
            evidence: 2_048,
          }),
        );
      expect(await vault.creditOf(deployer)).to.equal((105n * TOKEN) / 10n);
      let total = (await vault.creditOf(deployer)) - 10n * TOKEN;
      for (const panelist of panelists) {
        await panelist.settle(voteEpoch);
        await panelist.settle(voteEpoch + 3);
        total += (await vault.account(panelist.agentId)).balance - STAKE;
      }
      expect(total + (await sunk())).to.equal(0n);
    });

    it("pays the asker nothing, and confirms nothing, where the round upholds the verdict", async () => {
      const { contracts, deployer, holdRound, asked, warpTo } = await wrong();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      await consensus.openCanary(origin, 0, salt);
      await holdRound(id, [[1, 2], [1, 2], null]);
      await warpTo(voteEpoch + 6);
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 1,
            supportBps: 10_000,
            rounds: 2,
            gain: (10n * TOKEN) / 7n,
            loss: 6n * TOKEN,
            evidence: 512,
          }),
        );
      expect(await vault.creditOf(deployer)).to.equal(0n);
    });

    it("returns the deposit and starts nothing where the verdict is undecided", async () => {
      const { contracts, decide, deployer } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, salt } = await decide("undecided", [1, 1, 0], { canary: 0 });
      await expect(consensus.openCanary(origin, 0, salt))
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, 0, false);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
      expect((await consensus.question(id)).rounds).to.equal(1n);
      // Undecided as it still is, it can be taken further.
      await consensus.appeal(id);
      expect((await consensus.question(id)).canary).to.equal(3n);
    });

    it("returns the deposit and starts nothing in the last round", async () => {
      const { contracts, decide, deployer, sunk, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = await decide("last", [1, 1, 1], { canary: 0, domainId: 3 });
      await expect(consensus.openCanary(origin, 0, salt))
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, 0, false);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
      await warpTo(voteEpoch + 3);
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 1,
            supportBps: 10_000,
            rounds: 1,
            gain: TOKEN,
            loss: 6n * TOKEN,
            evidence: 256,
          }),
        );
      expect(await sunk()).to.equal(0n);
    });

    it("returns the deposit and leaves the round as it is where somebody else has appealed", async () => {
      const { contracts, deployer, holdRound, stranger, asked, warpTo } = await wrong();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      await consensus.connect(stranger).appeal(id);
      await expect(consensus.openCanary(origin, 0, salt))
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, 0, false);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
      const { rounds, voteEpoch: next } = await consensus.question(id);
      expect([rounds, next]).to.deep.equal([2n, BigInt(voteEpoch + 3)]);
      await holdRound(id, [
        [0, 2],
        [0, 2],
        [0, 2],
      ]);
      await warpTo(voteEpoch + 6);
      await consensus.finalize(id);
      expect((await consensus.question(id)).evidence).to.equal(2_048n);
      expect(await vault.creditOf(stranger)).to.equal((105n * TOKEN) / 10n);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
    });

    it("returns the deposit, starts nothing and multiplies nothing where it was none", async () => {
      const { contracts, decide, deployer, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = await decide("no canary", [1, 1, 1], { canary: NONE });
      expect((await consensus.question(id)).canary).to.equal(1n);
      await expect(consensus.openCanary(origin, NONE, salt))
        .to.emit(consensus, "CanaryOpened")
        .withArgs(id, NONE, false);
      expect(await vault.creditOf(deployer)).to.equal(3n * TOKEN);
      const { rounds, canary } = await consensus.question(id);
      expect([rounds, canary]).to.deep.equal([1n, 2n]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect((await consensus.question(id)).evidence).to.equal(256n);
    });

    it("goes to the sink at the finalization where nobody opens it", async () => {
      const { contracts, decide, deployer, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, voteEpoch } = await decide("unopened", [1, 1, 1], { canary: 1 });
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect(await consensus.unsweptDue()).to.equal(3n * TOKEN);
      await expect(consensus.sweep())
        .to.emit(vault, "SinkCredited")
        .withArgs(3n * TOKEN);
      expect(await vault.sinkDue()).to.equal(3n * TOKEN);
      expect(await vault.creditOf(deployer)).to.equal(0n);
      // Unopened, it confirms nothing.
      expect((await consensus.question(id)).evidence).to.equal(256n);
    });

    it("goes to the sink with the fees' burn where nobody voted", async () => {
      const { ask, contracts, deployer, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, origin, salt, voteEpoch } = await ask("silence", { canary: 1 });
      await warpTo(voteEpoch + 3);
      await expect(consensus.openCanary(origin, 1, salt))
        .to.be.revertedWithCustomError(consensus, "NotAppealable")
        .withArgs(id, voteEpoch + 2, voteEpoch + 3);
      await consensus.reclaim(origin);
      expect(await consensus.unsweptDue()).to.equal((33n * TOKEN) / 10n);
      expect(await vault.creditOf(deployer)).to.equal((27n * TOKEN) / 10n);
    });

    it("reverts where the caller is not the asker", async () => {
      const { contracts, deployer, stranger, asked } = await wrong();
      const { consensus } = contracts;
      const { origin, salt } = asked;
      await expect(consensus.connect(stranger).openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(consensus, "NotAsker")
        .withArgs(deployer.address, stranger.address);
    });

    it("reverts where no canary was entered", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const { id, origin, salt } = await decide("not entered", [1, 1, 1]);
      await expect(consensus.openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(consensus, "NoCanary")
        .withArgs(id);
    });

    it("reverts where it was opened already", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      for (const [content, answer] of [
        ["agrees", 1],
        ["none", NONE],
      ] as const) {
        const { id, origin, salt } = await decide(content, [1, 1, 1], { canary: answer });
        await consensus.openCanary(origin, answer, salt);
        await expect(consensus.openCanary(origin, answer, salt))
          .to.be.revertedWithCustomError(consensus, "NoCanary")
          .withArgs(id);
      }
    });

    it("reverts where answer or salt are not what was committed to", async () => {
      const { contracts, deployer, asked } = await wrong();
      const { consensus } = contracts;
      const { id, origin, salt } = asked;
      const asker = deployer.address as Hex;
      const at = (await consensus.getAddress()) as Hex;
      const other = ethers.id("another salt") as Hex;
      for (const [answer, shown] of [
        [1, salt],
        [NONE, salt],
        [0, other],
      ] as const) {
        const found = canaryCommitment({ consensus: at, asker, answer: answer === NONE ? null : answer, salt: shown });
        await expect(consensus.openCanary(origin, answer, shown))
          .to.be.revertedWithCustomError(consensus, "CanaryMismatch")
          .withArgs(id, found);
      }
      expect((await consensus.question(id)).canary).to.equal(1n);
    });

    it("reverts where the commitment was copied from another asker", async () => {
      const { contracts, holdRound, stranger, asked } = await copied();
      const { consensus } = contracts;
      const { id, origin, salt } = asked;
      await holdRound(id, [1, 1, 1]);
      const parts = { consensus: (await consensus.getAddress()) as Hex, asker: stranger.address as Hex, salt };
      await expect(consensus.connect(stranger).openCanary(origin, 1, salt))
        .to.be.revertedWithCustomError(consensus, "CanaryMismatch")
        .withArgs(id, canaryCommitment({ ...parts, answer: 1 }));
    });

    it("reverts where the answer is none of the domain's outcomes", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const { origin, salt } = await decide("a third outcome of two", [1, 1, 1], { canary: 2 });
      await expect(consensus.openCanary(origin, 2, salt))
        .to.be.revertedWithCustomError(consensus, "OutcomeOutOfRange")
        .withArgs(2, 2);
    });

    it("reverts where it is too early or too late", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      const { id, origin, salt, voteEpoch } = await ask("in time", { canary: 1 });
      for (const epoch of [voteEpoch - 1, voteEpoch, voteEpoch + 1, voteEpoch + 3]) {
        if (epoch >= voteEpoch) await warpTo(epoch);
        await expect(consensus.openCanary(origin, 1, salt))
          .to.be.revertedWithCustomError(consensus, "NotAppealable")
          .withArgs(id, voteEpoch + 2, epoch);
      }
    });

    it("reverts after the first round's appeal epoch where further rounds follow", async () => {
      const { contracts, holdRound, asked } = await wrong();
      const { consensus } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      await consensus.appeal(id);
      await holdRound(id, [[1, 2], null, null]);
      // The appeal epoch of the second round is not the canary's.
      await expect(consensus.openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(consensus, "NotAppealable")
        .withArgs(id, voteEpoch + 2, voteEpoch + 5);
    });

    it("reverts in the freeze, whatever it opens", async () => {
      const { contracts, asked, warpTo } = await wrong();
      const { consensus } = contracts;
      const { origin, salt, voteEpoch } = asked;
      await warpTo(voteEpoch + 2, 59);
      await expect(consensus.openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(consensus, "InFreeze")
        .withArgs(voteEpoch + 2);
    });

    it("reverts where the question is not open", async () => {
      const { contracts, asked, warpTo } = await wrong();
      const { consensus } = contracts;
      const { id, origin, salt, voteEpoch } = asked;
      const never = { ...origin, contentHash: ethers.id("never asked") };
      await expect(consensus.openCanary(never, 0, salt))
        .to.be.revertedWithCustomError(consensus, "QuestionNotOpen")
        .withArgs(await consensus.questionIdOf(never));
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      await expect(consensus.openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(consensus, "QuestionNotOpen")
        .withArgs(id);
    });

    it("reverts where the asker cannot pay the rest of the round, and opens nothing", async () => {
      const { contracts, asked } = await wrong();
      const { consensus, token, vault } = contracts;
      const { id, origin, salt } = asked;
      await token.approve(vault, 4n * TOKEN - 1n);
      await expect(consensus.openCanary(origin, 0, salt))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(vault, 4n * TOKEN - 1n, 4n * TOKEN);
      const { rounds, canary } = await consensus.question(id);
      expect([rounds, canary]).to.deep.equal([1n, 1n]);
    });
  });
});

/** A decisive 1 on a question whose canary says 0, in a domain of two rounds, in the appeal epoch. */
async function wrong() {
  const panel = await load();
  return { ...panel, asked: await panel.decide("wrong", [1, 1, 1], { canary: 0, domainId: 2 }) };
}

/** A question whose asker has copied the commitment of another's question. */
async function copied() {
  const panel = await load();
  const { ask, contracts, stranger } = panel;
  const source = await ask("source", { canary: 1 });
  const origin = { ...source.origin, asker: stranger.address, salt: ZERO_HASH };
  await contracts.consensus.connect(stranger).ask(origin, 0, "");
  const id = (await contracts.consensus.questionIdOf(origin)) as Hex;
  return { ...panel, asked: { id, origin, salt: source.salt } };
}
