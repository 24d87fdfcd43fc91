import { expect } from "chai";
import { network } from "hardhat";
import { slotOf } from "../differential/utils/storage.ts";
import { NONE, panelLoader, STAKE } from "../kit/panel.ts";
import { fields, values } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
// 1: defaults. 2: the supermajority is exactly two of three, rounded down. 3: one round. 4: open answers. 5: sixteen outcomes. 6: nine.
const load = panelLoader(connection, {
  domains: [
    {},
    { supermajorityBps: 6_666 },
    { maxRounds: 1 },
    { openAnswers: true, maxRounds: 1 },
    { outcomes: 16 },
    { outcomes: 9 },
  ],
});

describe("Finalize", () => {
  describe("finalize", () => {
    it("emits QuestionFinalized and replaces the tally by the terms", async () => {
      const { contracts, decide, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, voteEpoch } = await decide("final", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      const finalized = consensus.connect(stranger).finalize(id);
      // Unanimous on one of two equal outcomes: a losing seat would have paid a quarter of its bond.
      await expect(finalized)
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
      await expect(finalized).to.not.emit(vault, "SinkCredited");
      expect(await consensus.unsweptDue()).to.equal(0n);
      expect(fields(await consensus.question(id))).to.deep.equal({
        status: 2n,
        rounds: 1n,
        voteEpoch: 0n,
        offeredSeats: 0n,
        budgetSeats: 0n,
        canary: 0n,
        gain: TOKEN,
        loss: 6n * TOKEN,
        evidence: 256n,
      });
      const { seats, weights } = await consensus.tally(id);
      expect([[...seats], [...weights]]).to.deep.equal([[], []]);
    });

    it("adds the losses less the burn to the fees, by the rarity of the outcome", async () => {
      const { contracts, decide, sunk, warpTo } = await load();
      const { consensus } = contracts;
      const { id } = await decide("rounded", [1, 1, null], { domainId: 3 });
      const other = await decide("thirds", [0, 0, 1], { domainId: 3 });
      await warpTo(other.voteEpoch + 3);
      await consensus.finalize(id);
      expect(await sunk()).to.equal(0n);
      // One count for outcome 1: g(0) = (2048 + 256) x 256 / (2 x 1024) = 288. Loss 24 x 1/3 x 288/1024 = 2.25, burn .225.
      const finalized = consensus.finalize(other.id);
      const pot = 3n * TOKEN + (2_025n * TOKEN) / 1_000n;
      await expect(finalized)
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          other.id,
          termsWord({
            status: "resolved",
            outcome: 0,
            supportBps: 6_666,
            rounds: 1,
            gain: pot / 2n,
            loss: (225n * TOKEN) / 100n,
            evidence: 288,
          }),
        );
      // The burn is due when the losing ballot is settled, and two seats divide the pot without a rest.
      expect(await sunk()).to.equal(0n);
    });

    it("counts the outcome", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("counted", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect([...(await consensus.statistics(1)).counts]).to.deep.equal([1_024n, 1_280n]);
    });

    it("counts no outcome where nothing was decided, but counts the participation", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("undecided", [1, null, null]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      const { counts, participation } = await consensus.statistics(1);
      expect([...counts]).to.deep.equal([1_024n, 1_024n]);
      // One of three offered seats: 65535 - (65535 - 21845) / 16.
      expect(participation).to.equal(62_805n);
    });

    it("leaves as much as a settlement that finalizes on the way", async () => {
      const outcomes = [];
      for (const inline of [false, true]) {
        const { contracts, decide, panelists, warpTo } = await load();
        const { consensus, vault } = contracts;
        const { id, voteEpoch } = await decide("the same", [1, 1, 0], { canary: 1, domainId: 3 });
        await warpTo(voteEpoch + 3);
        if (!inline) await consensus.finalize(id);
        for (const panelist of panelists) await panelist.settle(voteEpoch);
        const accounts = await Promise.all(panelists.map((p) => vault.account(p.agentId)));
        const standings = await Promise.all(panelists.map((p) => consensus.trust(p.agentId, 3)));
        outcomes.push({
          question: fields(await consensus.question(id)),
          verdict: fields(await consensus.verdict(id)),
          risk: await consensus.stakeAtRisk(id),
          statistics: fields(await consensus.statistics(3)),
          accounts: accounts.map((account) => fields(account)),
          standings: standings.map((standing) => fields(standing)),
          unswept: await consensus.unsweptDue(),
        });
      }
      expect(outcomes[1]).to.deep.equal(outcomes[0]);
      // The unopened deposit of three fees, and the burn of a loss of two.
      expect(outcomes[0]?.unswept).to.equal((32n * TOKEN) / 10n);
    });

    it("reverts where it is not final yet", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("in time");
      for (const epoch of [voteEpoch - 1, voteEpoch, voteEpoch + 1, voteEpoch + 2]) {
        if (epoch >= voteEpoch) await warpTo(epoch);
        await expect(consensus.finalize(id))
          .to.be.revertedWithCustomError(consensus, "NotFinal")
          .withArgs(id, voteEpoch + 3, epoch);
      }
      await consensus.appeal(id);
      await warpTo(voteEpoch + 3);
      await expect(consensus.finalize(id))
        .to.be.revertedWithCustomError(consensus, "NotFinal")
        .withArgs(id, voteEpoch + 6, voteEpoch + 3);
      await warpTo(voteEpoch + 6);
      await consensus.finalize(id);
    });

    it("reverts where the question does not exist or is final already", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const unknown = ethers.dataSlice(ethers.id("never asked"), 0, 24);
      await expect(consensus.finalize(unknown))
        .to.be.revertedWithCustomError(consensus, "QuestionNotOpen")
        .withArgs(unknown);
      const { id, voteEpoch } = await decide("final", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      await expect(consensus.finalize(id)).to.be.revertedWithCustomError(consensus, "QuestionNotOpen").withArgs(id);
    });
  });

  describe("the verdict", () => {
    it("is decisive from half of the first round's seats, rounded up, on", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const one = await decide("one of three", [1, null, null]);
      expect(values(await consensus.verdict(one.id))).to.deep.equal([2n, 1n, 10_000n, 1n]);
      const two = await decide("two of three", [1, 1, null]);
      expect(values(await consensus.verdict(two.id))).to.deep.equal([3n, 1n, 10_000n, 1n]);
      const none = await decide("none of three", [null, null, null]);
      expect(values(await consensus.verdict(none.id))).to.deep.equal([2n, BigInt(NONE), 0n, 1n]);
    });

    it("is decisive at exactly the supermajority, and undecided below", async () => {
      const { contracts, decide } = await load();
      const { consensus } = contracts;
      const below = await decide("6,666 of 6,667", [1, 1, 0], { domainId: 1 });
      expect((await consensus.verdict(below.id)).status).to.equal(2n);
      const at = await decide("two thirds of 6,666", [1, 1, 0], { domainId: 2 });
      expect((await consensus.verdict(at.id)).status).to.equal(3n);
    });

    it("is decided by more than half in the last round, and not by a tie", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const more = await decide("two to one", [1, 1, 0], { domainId: 3 });
      const tie = await decide("one to one", [1, 0, null], { domainId: 3 });
      await warpTo(tie.voteEpoch + 3);
      expect(values(await consensus.verdict(more.id))).to.deep.equal([4n, 1n, 6_666n, 1n]);
      expect(values(await consensus.verdict(tie.id))).to.deep.equal([5n, 0n, 5_000n, 1n]);
      await consensus.finalize(more.id);
      await consensus.finalize(tie.id);
      expect(values(await consensus.verdict(more.id))).to.deep.equal([4n, 1n, 6_666n, 1n]);
      expect(values(await consensus.verdict(tie.id))).to.deep.equal([5n, 0n, 5_000n, 1n]);
    });

    it("gives no evidence where a single seat was revealed", async () => {
      // Half of three seats is two: only unresolved questions can have one seat, or a first round of one.
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("alone", [1, null, null], { domainId: 3 });
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect((await consensus.question(id)).evidence).to.equal(0n);
      await panelists[0].settle(voteEpoch);
      expect((await consensus.trust(panelists[0].agentId, 3)).verdicts).to.equal(0n);
    });
  });

  describe("terms", () => {
    it("raise loss and evidence of a rare outcome, and lower them for a usual one", async () => {
      const { ask, contracts, holdRound, panelists, warpTo } = await load();
      const { consensus } = contracts;
      // Eight verdicts for 1, one after the other: g(1) falls from 256 to (2048 + 7 x 256) x 256 / (2 x (1024 + 7 x 256)).
      let evidence = 0n;
      for (let i = 0; i < 8; i++) {
        const { id, voteEpoch } = await ask(`usual ${i}`, { domainId: 3 });
        await holdRound(id, [1, 1, 1]);
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        evidence = (await consensus.question(id)).evidence;
        for (const panelist of panelists) await panelist.settle(voteEpoch);
      }
      expect(evidence).to.equal(174n);
      const { id, voteEpoch } = await ask("rare", { domainId: 3 });
      await holdRound(id, [0, 0, 0]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      // g(0) = 4096 x 256 / (2 x 1024) = 512: half the bond, twice the evidence.
      const rare = await consensus.question(id);
      expect([rare.loss, rare.evidence]).to.deep.equal([12n * TOKEN, 512n]);
    });

    it("share the fees of an unresolved question, less the burn, among the leading seats, and slash nobody", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, voteEpoch } = await decide("undecided", [1, 1, 0]);
      await warpTo(voteEpoch + 3);
      await expect(consensus.finalize(id))
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
          }),
        );
      const gained = [];
      for (const panelist of panelists) {
        await panelist.settle(voteEpoch);
        expect((await consensus.trust(panelist.agentId, 1)).verdicts).to.equal(0n);
        const { balance, locked } = await vault.account(panelist.agentId);
        expect(locked).to.equal(0n);
        gained.push(balance - STAKE);
      }
      expect(gained).to.deep.equal([(135n * TOKEN) / 100n, (135n * TOKEN) / 100n, 0n]);
      expect(await consensus.unsweptDue()).to.equal((3n * TOKEN) / 10n);
    });

    it("use a rarity of 1 and count nothing where answers are open", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      for (let i = 0; i < 3; i++) {
        const { id, voteEpoch } = await decide(`open ${i}`, [1, 1, 0], { domainId: 4 });
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        const { loss, evidence } = await consensus.question(id);
        expect([loss, evidence]).to.deep.equal([2n * TOKEN, 256n]);
      }
      expect([...(await consensus.statistics(4)).counts]).to.deep.equal([1_024n, 1_024n]);
    });
  });

  describe("a domain of nine outcomes", () => {
    it("begins with a rarity of 1 for each of them, the one in a word of its own included", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      for (const outcome of [0, 8]) {
        const { id, voteEpoch } = await decide(`nine ${outcome}`, Array<number>(3).fill(outcome), { domainId: 6 });
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        const { loss, evidence } = await consensus.question(id);
        // Nine counts of 1024 at first, then 256 more in all.
        const rarity = outcome === 0 ? 256n : (256n * (9n * 1_024n + 256n)) / (9n * 1_024n);
        expect([evidence, loss]).to.deep.equal([rarity, (24n * TOKEN * rarity) / (4n * 256n)]);
      }
    });
  });

  describe("sweep", () => {
    it("credits the sink with all that settlements and finalizations have left for it, once, for anyone", async () => {
      const { ask, contracts, decide, holdRound, panelists, sink, stranger, warpTo } = await load();
      const { consensus, token, vault } = contracts;
      const { id, voteEpoch } = await ask("seven seats share ten fees");
      await holdRound(id, [1, 1, 1]);
      await consensus.appeal(id);
      await holdRound(id, [[1, 2], [1, 2], null]);
      await warpTo(voteEpoch + 6);
      await consensus.finalize(id);
      const rounding = 10n * TOKEN - 7n * ((10n * TOKEN) / 7n);
      expect(rounding).to.equal(3n);
      expect(await consensus.unsweptDue()).to.equal(rounding);
      // Of another domain: a loss of 2, of which a tenth burns.
      const other = await decide("two to one", [1, 1, 0], { domainId: 3 });
      await warpTo(other.voteEpoch + 3);
      await panelists[2].settle(other.voteEpoch);
      const due = rounding + TOKEN / 5n;
      expect(await consensus.unsweptDue()).to.equal(due);
      expect(await vault.sinkDue()).to.equal(0n);
      const statistics = await Promise.all([1, 3].map((domainId) => consensus.statistics(domainId)));
      expect(await consensus.connect(stranger).sweep.staticCall()).to.equal(due);
      await expect(consensus.connect(stranger).sweep())
        .to.emit(consensus, "Swept")
        .withArgs(due)
        .and.to.emit(vault, "SinkCredited")
        .withArgs(due);
      expect([await consensus.unsweptDue(), await vault.sinkDue()]).to.deep.equal([0n, due]);
      expect(await Promise.all([1, 3].map((domainId) => consensus.statistics(domainId)))).to.deep.equal(statistics);
      await expect(consensus.sweep()).to.be.revertedWithCustomError(consensus, "NothingToSweep").withArgs();
      await expect(vault.flush()).to.changeTokenBalances(ethers, token, [vault, sink], [-due, due]);
    });

    it("adds to what was swept before", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus, vault } = contracts;
      for (const round of [1n, 2n]) {
        const { id, voteEpoch } = await decide(`undecided ${round}`, [1, 1, 0]);
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        await consensus.sweep();
        expect(await vault.sinkDue()).to.equal((round * 3n * TOKEN) / 10n);
      }
    });

    it("keeps the seed of the epoch and the accumulator, whose slot it shares", async () => {
      const { contracts, decide, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const beacon = await slotOf("contracts/Consensus.sol", "Consensus", "_state", "beacon");
      const stored = async () => BigInt(await networkHelpers.getStorageAt(await consensus.getAddress(), beacon));
      const { id, voteEpoch } = await decide("undecided", [1, 1, 0]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      const before = await stored();
      const seed = await consensus.seedOf(await epoch());
      const accumulator = before & ((1n << 128n) - 1n);
      expect(accumulator).to.not.equal(0n);
      expect(before).to.equal(accumulator | (((3n * TOKEN) / 10n) << 128n) | (BigInt(await epoch()) << 224n));
      await consensus.sweep();
      expect(await stored()).to.equal(accumulator | (BigInt(await epoch()) << 224n));
      expect(await consensus.seedOf(await epoch())).to.equal(seed);
      await panelists[0].settle(voteEpoch);
      expect(await stored()).to.equal(accumulator | (BigInt(await epoch()) << 224n));
    });

    it("leaves to the vault at once what has no room beside the accumulator", async () => {
      const { contracts, decide, sunk, warpTo } = await load();
      const { consensus, vault } = contracts;
      const address = await consensus.getAddress();
      const { id, voteEpoch } = await decide("undecided", [1, 1, 0]);
      const next = await decide("undecided again", [1, 1, 0]);
      await warpTo(next.voteEpoch + 3);
      await consensus.roll();
      const due = (3n * TOKEN) / 10n;
      const beacon = await slotOf("contracts/Consensus.sol", "Consensus", "_state", "beacon");
      // No history of a test adds up to 2^96 wei; from here on it is as if one had, all but what fits in once, to the wei.
      const slot = BigInt(await networkHelpers.getStorageAt(address, beacon));
      const room = due;
      const full = (1n << 96n) - 1n;
      await networkHelpers.setStorageAt(address, beacon, slot | ((full - room) << 128n));
      expect(voteEpoch).to.be.lessThan(next.voteEpoch);
      await expect(consensus.finalize(id)).to.not.emit(vault, "SinkCredited");
      expect(await consensus.unsweptDue()).to.equal(full);
      await expect(consensus.finalize(next.id)).to.emit(vault, "SinkCredited").withArgs(due);
      expect(await consensus.unsweptDue()).to.equal(full);
      expect(await vault.sinkDue()).to.equal(due);
      expect(await sunk()).to.equal(full + due);
    });

    it("reverts where nothing is due", async () => {
      const { consensus } = (await load()).contracts;
      await expect(consensus.sweep()).to.be.revertedWithCustomError(consensus, "NothingToSweep").withArgs();
    });
  });

  describe("a domain of sixteen outcomes", () => {
    it("tallies every outcome, in all three words", async () => {
      const { ask, contracts, holdRound } = await load();
      const { consensus } = contracts;
      for (let first = 0; first < 16; first += 3) {
        const { id } = await ask(`from ${first}`, { domainId: 5 });
        const votes = [first, first + 1, first + 2].map((outcome) => (outcome < 16 ? outcome : null));
        await holdRound(id, votes);
        const { seats, weights } = await consensus.tally(id);
        const expected = Array.from({ length: 16 }, (_, o) => (votes.includes(o) ? 1n : 0n));
        expect([...seats]).to.deep.equal(expected);
        expect([...weights]).to.deep.equal(expected.map((n) => 256n * n));
        // Where all are equal the lowest number leads.
        const { outcome, supportBps } = await consensus.verdict(id);
        expect(outcome).to.equal(BigInt(first));
        expect(supportBps).to.equal(first === 15 ? 10_000n : 3_333n);
      }
    });

    it("resolves to the last one", async () => {
      const { contracts, decide, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const { id, voteEpoch } = await decide("fifteen", [15, 15, 15], { domainId: 5 });
      expect(values(await consensus.verdict(id))).to.deep.equal([3n, 15n, 10_000n, 1n]);
      await warpTo(voteEpoch + 3);
      await expect(consensus.finalize(id))
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({
            status: "resolved",
            outcome: 15,
            supportBps: 10_000,
            rounds: 1,
            gain: TOKEN,
            loss: 6n * TOKEN,
            evidence: 256,
          }),
        );
      const { counts } = await consensus.statistics(5);
      expect([...counts]).to.deep.equal([...Array<bigint>(15).fill(1_024n), 1_280n]);
      await panelists[2].settle(voteEpoch);
      expect((await vault.account(panelists[2].agentId)).balance).to.equal(STAKE + TOKEN);
    });

    it("adds further rounds to outcomes beyond the first slot too", async () => {
      const { contracts, decide, holdRound } = await load();
      const { consensus } = contracts;
      const { id } = await decide("two rounds", [3, 8, 13], { domainId: 5 });
      await consensus.appeal(id);
      await holdRound(id, [
        [3, 2],
        [8, 1],
        [13, 2],
      ]);
      const { seats } = await consensus.tally(id);
      const expected = Array<bigint>(16).fill(0n);
      [expected[3], expected[8], expected[13]] = [3n, 2n, 3n];
      expect([...seats]).to.deep.equal(expected);
      expect(values(await consensus.verdict(id))).to.deep.equal([2n, 3n, 3_750n, 2n]);
    });
  });
});
