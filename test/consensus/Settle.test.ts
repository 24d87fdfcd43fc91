import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { encodeReceipts, type Hex, seatWeight, updateEvidence } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { panelLoader, SEAT_BOND, STAKE } from "../kit/panel.ts";
import { values } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
// Domains 1 and 3: one round, decided by more than half. Domain 2: three rounds.
const load = panelLoader(connection, { domains: [{ maxRounds: 1 }, {}, { maxRounds: 1 }] });

/** Two to one in domain 1: a loss of 24 x 1/3 x 1/4 = 2 tokens, a burn of .2, a gain of (3 + 1.8) / 2. */
const LOSS = 2n * TOKEN;
const BURN = TOKEN / 5n;
const GAIN = (24n * TOKEN) / 10n;

async function twoToOne(options: { canary?: number } = {}) {
  const panel = await load();
  const asked = await panel.decide("two to one", [1, 1, 0], options);
  await panel.warpTo(asked.voteEpoch + 3);
  const [winner, , loser] = panel.panelists;
  return { ...panel, ...asked, winner, loser };
}

const receiptsOf = (votes: readonly (readonly [Hex, number, number])[]) =>
  encodeReceipts({
    generation: 0,
    receipts: votes.map(([questionId, outcome, seats]) => ({ questionId, outcome, seats })),
  });

describe("Settle", () => {
  describe("settle", () => {
    it("pays a coherent seat its gain and frees its bond, in one change of the account", async () => {
      const { contracts, voteEpoch, winner } = await twoToOne();
      const { consensus, vault } = contracts;
      const { agentId, owner } = winner;
      const settled = await winner.settle(voteEpoch);
      await expect(settled)
        .to.emit(consensus, "BallotSettled")
        .withArgs(agentId, voteEpoch, GAIN, 0n, owner.address, "0x")
        .and.to.emit(vault, "AccountChanged")
        .withArgs(agentId, STAKE + GAIN, 0n);
      const changes = await vault.queryFilter(vault.filters.AccountChanged, settled.blockNumber ?? 0);
      expect(changes).to.have.length(1);
      const { balance, free, locked } = await vault.account(agentId);
      expect([balance, free, locked]).to.deep.equal([STAKE + GAIN, STAKE + GAIN, 0n]);
      expect((await consensus.agent(agentId)).ring).to.equal(0n);
    });

    it("takes the loss of an incoherent seat, keeps its burn for the sink, and a twentieth of it to the keeper", async () => {
      const { contracts, loser, stranger, voteEpoch } = await twoToOne();
      const { consensus, vault } = contracts;
      const { agentId } = loser;
      const toSink = BURN - BURN / 20n;
      await expect(loser.settle(voteEpoch, stranger))
        .to.emit(consensus, "BallotSettled")
        .withArgs(agentId, voteEpoch, 0n, LOSS, stranger.address, "0x")
        .and.to.emit(vault, "AccountChanged")
        .withArgs(agentId, STAKE - LOSS, 0n)
        .and.to.emit(vault, "Credited")
        .withArgs(stranger.address, BURN / 20n);
      const { balance, locked } = await vault.account(agentId);
      expect([balance, locked]).to.deep.equal([STAKE - LOSS, 0n]);
      expect(await vault.creditOf(stranger)).to.equal(BURN / 20n);
      expect(await consensus.unsweptDue()).to.equal(toSink);
    });

    it("conserves what fees and losses come to, whoever settles", async () => {
      const { contracts, panelists, stranger, sunk, token, voteEpoch } = await (async () => {
        const panel = await twoToOne();
        return { ...panel, token: panel.contracts.token };
      })();
      const { vault } = contracts;
      for (const panelist of panelists) await panelist.settle(voteEpoch, stranger);
      const balances = await Promise.all(panelists.map(async (p) => (await vault.account(p.agentId)).balance));
      const owed = balances.reduce((a, b) => a + b, 0n) + (await vault.creditOf(stranger)) + (await sunk());
      expect(await token.balanceOf(vault)).to.equal(owed);
      expect(owed).to.equal(3n * STAKE + 3n * TOKEN);
    });

    it("credits the keeper of a winning ballot nothing", async () => {
      const { contracts, stranger, voteEpoch, winner } = await twoToOne();
      const { vault } = contracts;
      const settled = await winner.settle(voteEpoch, stranger);
      await expect(settled).to.not.emit(vault, "Credited");
      expect(await vault.creditOf(stranger)).to.equal(0n);
    });

    it("credits nobody where the agent's own owner settles, or a beat carries it", async () => {
      for (const how of ["settle", "beat", "a stranger's beat"]) {
        const { contracts, loser, stranger, voteEpoch } = await twoToOne();
        const { consensus, vault } = contracts;
        if (how === "settle") await loser.settle(voteEpoch);
        else {
          const from = how === "beat" ? loser.owner : stranger;
          await expect(loser.beat({ settle: voteEpoch, from }))
            .to.emit(consensus, "BallotSettled")
            .withArgs(loser.agentId, voteEpoch, 0n, LOSS, ethers.ZeroAddress, "0x");
        }
        expect(await vault.creditOf(loser.owner)).to.equal(0n);
        expect(await vault.creditOf(stranger)).to.equal(0n);
        expect(await consensus.unsweptDue()).to.equal(BURN);
      }
    });

    it("finalizes on the way, and gives the keeper nothing of a deposit or of rounding", async () => {
      const { contracts, id, loser, stranger, voteEpoch } = await twoToOne({ canary: 0 });
      const { consensus, vault } = contracts;
      await expect(loser.settle(voteEpoch, stranger))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 1,
            supportBps: 6_666,
            rounds: 1,
            gain: GAIN,
            loss: LOSS,
            evidence: 256,
          }),
        )
        .and.to.emit(vault, "AccountChanged")
        .withArgs(loser.agentId, STAKE - LOSS, 0n);
      expect(await vault.creditOf(stranger)).to.equal(BURN / 20n);
      expect(await consensus.unsweptDue()).to.equal(3n * TOKEN + BURN - BURN / 20n);
      expect(await vault.sinkDue()).to.equal(0n);
    });

    it("reverts where receipts, epoch or agent are not those of the ring", async () => {
      const { contracts, id, loser, voteEpoch, winner } = await twoToOne();
      const { consensus } = contracts;
      const receipts = winner.receipts.get(voteEpoch)!;
      const forged: [bigint, number, Hex][] = [
        [winner.agentId, voteEpoch, "0x"],
        [winner.agentId, voteEpoch, receiptsOf([[id, 1, 2]])],
        [winner.agentId, voteEpoch, receiptsOf([[id, 0, 1]])],
        [winner.agentId, voteEpoch, ethers.concat([receipts, "0x00"]) as Hex],
        [winner.agentId, voteEpoch, ethers.concat(["0x0fff", ethers.dataSlice(receipts, 2)]) as Hex],
        [winner.agentId, voteEpoch + 16, receipts],
        [winner.agentId, voteEpoch + 1, receipts],
        [loser.agentId, voteEpoch, receipts],
        [99n, voteEpoch, receipts],
      ];
      for (const [agentId, epoch, shown] of forged) {
        await expect(consensus.settle(agentId, epoch, shown))
          .to.be.revertedWithCustomError(consensus, "ReceiptsMismatch")
          .withArgs(agentId, epoch);
      }
      await winner.settle(voteEpoch);
      await expect(consensus.settle(winner.agentId, voteEpoch, receipts))
        .to.be.revertedWithCustomError(consensus, "ReceiptsMismatch")
        .withArgs(winner.agentId, voteEpoch);
    });

    it("reverts where nothing of it is final", async () => {
      const { contracts, decide, panelists } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { voteEpoch } = await decide("in its appeal epoch", [1, 1, 1]);
      await expect(panelist.settle(voteEpoch))
        .to.be.revertedWithCustomError(consensus, "NothingFinal")
        .withArgs(panelist.agentId, voteEpoch);
      expect((await vault.account(panelist.agentId)).locked).to.equal(SEAT_BOND);
    });
  });

  describe("a ballot with an appealed question", () => {
    it("settles what is final, keeps the hash of the rest, and settles that later", async () => {
      const { ask, contracts, panelists, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId } = panelist;
      const plain = await ask("plain");
      const appealed = await ask("appealed", { domainId: 2 });
      const { voteEpoch } = plain;
      await warpTo(voteEpoch);
      const commit = [plain, appealed].map(({ id }) => ({ id, outcome: 1 }));
      for (const p of panelists) await p.beat({ commit });
      await warpTo(voteEpoch + 1);
      for (const p of panelists) await p.beat({ reveal: true });
      await warpTo(voteEpoch + 2);
      await consensus.connect(stranger).appeal(appealed.id);
      await warpTo(voteEpoch + 3);
      const full = panelist.receipts.get(voteEpoch)!;
      const rest = receiptsOf([[appealed.id, 1, 1]]);
      await expect(panelist.settle(voteEpoch))
        .to.emit(consensus, "BallotSettled")
        .withArgs(agentId, voteEpoch, TOKEN, 0n, panelist.owner.address, rest);
      expect((await vault.account(agentId)).locked).to.equal(SEAT_BOND);
      expect((await consensus.agent(agentId)).ring).to.equal(1n << BigInt(voteEpoch % 16));
      await expect(consensus.settle(agentId, voteEpoch, full))
        .to.be.revertedWithCustomError(consensus, "ReceiptsMismatch")
        .withArgs(agentId, voteEpoch);
      await expect(consensus.settle(agentId, voteEpoch, rest))
        .to.be.revertedWithCustomError(consensus, "NothingFinal")
        .withArgs(agentId, voteEpoch);
      await warpTo(voteEpoch + 6);
      // Nobody voted in the second round: ten fees for three seats.
      await expect(panelist.settle(voteEpoch))
        .to.emit(consensus, "BallotSettled")
        .withArgs(agentId, voteEpoch, (10n * TOKEN) / 3n, 0n, panelist.owner.address, "0x");
      const { balance, locked } = await vault.account(agentId);
      expect([balance, locked]).to.deep.equal([STAKE + TOKEN + (10n * TOKEN) / 3n, 0n]);
      expect((await consensus.agent(agentId)).ring).to.equal(0n);
    });

    it("settles one of two questions of the same domain and keeps the other", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const [a, b] = [await ask("a", { domainId: 2 }), await ask("b", { domainId: 2 })];
      await warpTo(a.voteEpoch);
      for (const p of panelists) await p.beat({ commit: [a, b].map(({ id }) => ({ id, outcome: 1 })) });
      await warpTo(a.voteEpoch + 1);
      for (const p of panelists) await p.beat({ reveal: true });
      await warpTo(a.voteEpoch + 2);
      await consensus.appeal(b.id);
      await warpTo(a.voteEpoch + 3);
      await expect(panelist.settle(a.voteEpoch))
        .to.emit(consensus, "BallotSettled")
        .withArgs(panelist.agentId, a.voteEpoch, TOKEN, 0n, panelist.owner.address, receiptsOf([[b.id, 1, 1]]));
      expect((await consensus.question(a.id)).status).to.equal(2n);
      expect((await consensus.question(b.id)).status).to.equal(1n);
    });
  });

  describe("beat that settles", () => {
    it("settles, reveals and commits, in one change of the account", async () => {
      const { contracts, loser, voteEpoch, warpTo } = await twoToOne();
      const { consensus, vault } = contracts;
      const { agentId } = loser;
      await loser.beat({ commit: [], exposure: 100n });
      await warpTo(voteEpoch + 4);
      const sent = await loser.beat({ settle: voteEpoch, reveal: true, commit: [], exposure: 55n });
      await expect(sent)
        .to.emit(consensus, "BallotSettled")
        .withArgs(agentId, voteEpoch, 0n, LOSS, ethers.ZeroAddress, "0x")
        .and.to.emit(consensus, "BallotRevealed")
        .and.to.emit(consensus, "BallotCommitted")
        .withArgs(agentId, voteEpoch + 4, anyValue, 55n, anyValue, STAKE - LOSS, 55n);
      expect(await consensus.unsweptDue()).to.equal(BURN);
      expect(await vault.queryFilter(vault.filters.AccountChanged, sent.blockNumber ?? 0)).to.have.length(0);
    });

    it("skips a settlement somebody has sent first and does the rest", async () => {
      const { contracts, loser, stranger, voteEpoch, warpTo } = await twoToOne();
      const { consensus, vault } = contracts;
      await loser.beat({ commit: [] });
      await warpTo(voteEpoch + 4);
      const overtaken = await loser.prepare({ settle: voteEpoch, reveal: true, commit: [] });
      await loser.settle(voteEpoch, stranger);
      const sent = consensus.connect(loser.owner).beat(overtaken);
      await expect(sent).to.emit(consensus, "BallotRevealed").and.to.emit(consensus, "BallotCommitted");
      await expect(sent).to.not.emit(consensus, "BallotSettled");
      expect((await vault.account(loser.agentId)).balance).to.equal(STAKE - LOSS);
    });

    it("lets the gain of a settlement cover the exposure of the same beat", async () => {
      const { contracts, voteEpoch, winner } = await twoToOne();
      const { consensus, vault } = contracts;
      await expect(winner.beat({ settle: voteEpoch, commit: [], exposure: STAKE + GAIN })).to.emit(
        consensus,
        "BallotCommitted",
      );
      expect((await vault.account(winner.agentId)).free).to.equal(0n);
    });
  });

  describe("trust", () => {
    it("adds evidence for or against, once a vote", async () => {
      const { contracts, loser, voteEpoch, winner } = await twoToOne();
      const { consensus } = contracts;
      await winner.settle(voteEpoch);
      await loser.settle(voteEpoch);
      // A newcomer's seat weighs at most 1, and less once it was wrong: (4096 x 256 / 2304)^2 is still above.
      expect(values(await consensus.trust(winner.agentId, 1))).to.deep.equal([4_352n, 2_048n, 1n, 256n]);
      expect(values(await consensus.trust(loser.agentId, 1))).to.deep.equal([4_096n, 2_304n, 1n, 256n]);
      expect(values(await consensus.trust(winner.agentId, 2))).to.deep.equal([4_096n, 2_048n, 0n, 256n]);
    });

    it("is updated in each domain of a ballot, with all of its votes", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const asked = [await ask("a"), await ask("b"), await ask("c", { domainId: 3 })];
      const { voteEpoch } = asked[0]!;
      await warpTo(voteEpoch);
      for (const p of panelists) await p.beat({ commit: asked.map(({ id }) => ({ id, outcome: 1 })) });
      await warpTo(voteEpoch + 1);
      for (const p of panelists) await p.beat({ reveal: true });
      await warpTo(voteEpoch + 3);
      await panelist.settle(voteEpoch);
      // The second verdict for 1 in domain 1 is less rare: 2304 x 256 / (2 x 1280) = 230.
      const found = await Promise.all([1, 3].map((domainId) => consensus.trust(panelist.agentId, domainId)));
      expect(found.map((trust) => values(trust).slice(0, 3))).to.deep.equal([
        [4_096n + 256n + 230n, 2_048n, 2n],
        [4_352n, 2_048n, 1n],
      ]);
    });

    it("is doubled where more than one round was held", async () => {
      const { contracts, decide, holdRound, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("two rounds", [1, 1, 1], { domainId: 2 });
      await consensus.appeal(id);
      await holdRound(id, [
        [1, 2],
        [1, 2],
        [0, 1],
      ]);
      await warpTo(voteEpoch + 6);
      const [right, , both] = panelists;
      await right.settle(voteEpoch);
      await right.settle(voteEpoch + 3);
      // One update a ballot and question, whatever the seats.
      expect(values(await consensus.trust(right.agentId, 2)).slice(0, 3)).to.deep.equal([5_120n, 2_048n, 2n]);
      await both.settle(voteEpoch);
      await both.settle(voteEpoch + 3);
      expect(values(await consensus.trust(both.agentId, 2)).slice(0, 3)).to.deep.equal([4_608n, 2_560n, 2n]);
    });

    it("raises the weight of a seat above a newcomer's after three verdicts, from the next reveal on", async () => {
      const { ask, contracts, holdRound, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      let evidence = { alpha: 4_096, beta: 2_048, verdicts: 0 };
      const weights = [];
      for (let i = 0; i < 4; i++) {
        const { id, voteEpoch } = await ask(`verdict ${i}`);
        await holdRound(id, [1, 1, 1]);
        weights.push((await consensus.tally(id)).weights[1]);
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        const quantity = Number((await consensus.question(id)).evidence);
        for (const p of panelists) await p.settle(voteEpoch);
        evidence = updateEvidence(evidence, true, quantity);
        const { alpha, beta, verdicts, weight } = await consensus.trust(panelist.agentId, 1);
        expect({ alpha: Number(alpha), beta: Number(beta), verdicts: Number(verdicts) }).to.deep.equal(evidence);
        expect(weight).to.equal(BigInt(seatWeight(evidence)));
      }
      expect(weights.slice(0, 3)).to.deep.equal([768n, 768n, 768n]);
      // alpha = 4096 + 256 + 230 + 213: (4795 x 256 / 2048)^2 = 5.48.
      expect(weights[3]).to.equal(3n * 1_401n);
    });
  });
});
