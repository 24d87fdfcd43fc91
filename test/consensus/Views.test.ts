import { type Hex, seatsOf, stakeAtRisk, verdictOf, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, NONE, panelLoader, SEAT_BOND, UNIT } from "../kit/panel.ts";
import { values } from "../kit/results.ts";
import { EPOCH_LENGTH } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection, { domains: [{}, { outcomes: 5 }] });

const UNITS = ALLOCATION / UNIT;
const NEVER_ASKED = ethers.dataSlice(ethers.id("never asked"), 0, 24);

describe("Views", () => {
  describe("currentEpoch and inFreeze", () => {
    it("change at the exact second, and freeze in the last sixteenth", async () => {
      const { contracts, epoch, warpTo } = await load();
      const { consensus } = contracts;
      const next = (await epoch()) + 1;
      for (const [offset, frozen] of [
        [0, false],
        [EPOCH_LENGTH - EPOCH_LENGTH / 16 - 1, false],
        [EPOCH_LENGTH - EPOCH_LENGTH / 16, true],
        [EPOCH_LENGTH - 1, true],
        [EPOCH_LENGTH, false],
      ] as const) {
        await warpTo(next, offset);
        expect(await consensus.inFreeze()).to.equal(frozen);
        expect(await consensus.currentEpoch()).to.equal(BigInt(offset === EPOCH_LENGTH ? next + 1 : next));
      }
    });
  });

  describe("verdict", () => {
    it("is Unknown for a question nobody asked", async () => {
      const { consensus } = (await load()).contracts;
      expect(values(await consensus.verdict(NEVER_ASKED))).to.deep.equal([0n, BigInt(NONE), 0n, 0n]);
    });

    it("is Voting until the reveals are over, then Provisional, then Resolved, finalized or not", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("decisive");
      const voting = [1n, BigInt(NONE), 0n, 1n];
      const verdict = async () => values(await consensus.verdict(id));
      expect(await verdict()).to.deep.equal(voting);
      await warpTo(voteEpoch);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 0 }] });
      expect(await verdict()).to.deep.equal(voting);
      await warpTo(voteEpoch + 1);
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      // Unanimous already, and not to be read before the last may have been revealed.
      expect(await verdict()).to.deep.equal(voting);
      await warpTo(voteEpoch + 2);
      expect(await verdict()).to.deep.equal([3n, 0n, 10_000n, 1n]);
      await warpTo(voteEpoch + 3);
      expect(await verdict()).to.deep.equal([4n, 0n, 10_000n, 1n]);
      await consensus.finalize(id);
      expect(await verdict()).to.deep.equal([4n, 0n, 10_000n, 1n]);
    });

    it("is Undecided, then Unresolved, and names the leading outcome", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const split = await decide("split", [4, 2, 3], { domainId: 2 });
      const verdict = async () => values(await consensus.verdict(split.id));
      expect(await verdict()).to.deep.equal([2n, 2n, 3_333n, 1n]);
      await warpTo(split.voteEpoch + 3);
      expect(await verdict()).to.deep.equal([5n, 2n, 3_333n, 1n]);
      await consensus.finalize(split.id);
      expect(await verdict()).to.deep.equal([5n, 2n, 3_333n, 1n]);
    });

    it("is Unresolved, finalized or not, where nobody voted", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("silence");
      await warpTo(voteEpoch + 3);
      const expected = [5n, BigInt(NONE), 0n, 1n];
      expect(values(await consensus.verdict(id))).to.deep.equal(expected);
      await consensus.finalize(id);
      expect(values(await consensus.verdict(id))).to.deep.equal(expected);
    });
  });

  describe("stakeAtRisk", () => {
    it("is 0 for a question nobody asked, and one seat's bond without a vote", async () => {
      const { ask, contracts } = await load();
      const { consensus } = contracts;
      expect(await consensus.stakeAtRisk(NEVER_ASKED)).to.equal(0n);
      expect(await consensus.stakeAtRisk((await ask("no vote yet")).id)).to.equal(SEAT_BOND);
    });

    it("grows with the trust of the committee, and is what the rules say, open or final", async () => {
      const { ask, contracts, holdRound, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const seen = [];
      for (let i = 0; i < 5; i++) {
        const { id, voteEpoch } = await ask(`verdict ${i}`);
        await holdRound(id, [1, 1, 1]);
        const { seats, weights } = await consensus.tally(id);
        const tally = { seats: [...seats].map(Number), weights: [...weights].map(Number) };
        const { riskSeats } = verdictOf(tally, { firstRoundSeats: 3, supermajorityBps: 6_667, lastRound: false });
        const risk = await consensus.stakeAtRisk(id);
        expect(risk).to.equal(stakeAtRisk(riskSeats, SEAT_BOND));
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        expect(await consensus.stakeAtRisk(id)).to.equal(risk);
        for (const panelist of panelists) await panelist.settle(voteEpoch);
        seen.push(risk / SEAT_BOND);
      }
      // Three newcomers lack 769 of weight, less than one seat of the highest can carry; five verdicts later it takes two.
      expect(seen).to.deep.equal([1n, 1n, 1n, 2n, 2n]);
    });
  });

  describe("seatsOf", () => {
    it("is 0 for a question that is not open, or whose vote epoch has no seed", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [{ agentId }] = panelists;
      const { id, voteEpoch } = await ask("seats");
      const secret = ethers.id("any");
      expect(await consensus.seatsOf(agentId, id, secret, UNITS)).to.equal(0n);
      expect(await consensus.seatsOf(agentId, NEVER_ASKED, secret, UNITS)).to.equal(0n);
      await warpTo(voteEpoch);
      expect(await consensus.seatsOf(agentId, id, secret, UNITS)).to.equal(0n);
      await consensus.roll();
      expect(await consensus.seatsOf(agentId, id, secret, UNITS)).to.equal(1n);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect(await consensus.seatsOf(agentId, id, secret, UNITS)).to.equal(0n);
    });

    it("equals the TypeScript rules, by the smaller of allocation and backing", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await ask("drawn");
      await warpTo(voteEpoch);
      await consensus.roll();
      const seed = (await consensus.seedOf(voteEpoch)) as Hex;
      const found = new Set<number>();
      for (const { agentId } of panelists) {
        for (const backing of [0n, 1n, UNITS / 3n, UNITS / 2n, UNITS, 2n * UNITS]) {
          for (const n of [1, 2, 3]) {
            const secret = ethers.id(`secret ${n}`) as Hex;
            const stake = backing < UNITS ? backing : UNITS;
            const seats = seatsOf({ offered: 3, stake, total: 3n * UNITS, seed, questionId: id, agentId, secret });
            expect(await consensus.seatsOf(agentId, id, secret, backing)).to.equal(BigInt(seats));
            found.add(seats);
          }
        }
      }
      expect(found).to.deep.equal(new Set([0, 1]));
      expect(await consensus.seatsOf(99, id, ethers.id("stands nowhere"), UNITS)).to.equal(0n);
    });
  });

  describe("question and tally", () => {
    it("are empty for a question nobody asked", async () => {
      const { consensus } = (await load()).contracts;
      expect(values(await consensus.question(NEVER_ASKED))).to.deep.equal(Array<bigint>(9).fill(0n));
      const { seats, weights } = await consensus.tally(NEVER_ASKED);
      expect([[...seats], [...weights]]).to.deep.equal([[], []]);
    });
  });

  describe("agent and trust", () => {
    it("are those of a newcomer for an agent nobody enrolled", async () => {
      const { consensus } = (await load()).contracts;
      const nobody = [ethers.ZeroAddress, 0n, 0n, 0n, 0n, false, ZERO_HASH, ZERO_HASH, 0n];
      expect(values(await consensus.agent(99))).to.deep.equal(nobody);
      expect(values(await consensus.trust(99, 1))).to.deep.equal([4_096n, 2_048n, 0n, 256n]);
      expect(await consensus.allocation(99, 1, 0)).to.equal(0n);
    });
  });

  describe("constants", () => {
    it("show version, unit, and whom it is wired to", async () => {
      const { contracts, genesis } = await load();
      const { claims, consensus, registry, vault } = contracts;
      expect(await consensus.VERSION()).to.equal("1");
      expect(await consensus.allocationUnit()).to.equal(UNIT);
      expect(await consensus.epochLength()).to.equal(BigInt(EPOCH_LENGTH));
      expect(await consensus.genesis()).to.equal(BigInt(genesis));
      expect(await consensus.vault()).to.equal(vault.target);
      expect(await consensus.registry()).to.equal(registry.target);
      expect(await consensus.claims()).to.equal(claims.target);
    });
  });
});
