import { epochSeed, foldSecret, type Hex, questionId, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, type Asked, SEAT_BOND, SEAT_FEE, UNIT } from "../kit/panel.ts";
import { TOKEN } from "../kit/world.ts";
import { commitVotes, crowd, CROWDED, crowdLoader, revealAndSettle, SEATS_OF_ONE, seatsOfAll, sum } from "./crowd.ts";
import {
  accumulatorOf,
  binomialTail,
  drawOf,
  expectFair,
  inFreeze,
  nextSeed,
  randao,
  recruit,
  rollWith,
  wealthOf,
} from "./kit.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

const load = crowdLoader(connection);

/** Without estimation, so that what reverts is mined, and uses up its block. */
const UNESTIMATED = { gasLimit: 5_000_000 };

/** An attacker that sits on 12 of 25 questions of domain 1, in the epoch from which it counts. */
async function attacked() {
  const panel = await load();
  const owner = panel.owners[6]!;
  await panel.warpTo(8);
  const attacker = await recruit(panel, owner, { allocation: 600n * TOKEN });
  await panel.warpTo(10);
  const wealth = () => wealthOf(panel.contracts, [owner], [attacker.agentId]);
  return { panel, attacker, owner, wealth };
}

const CHANCE = 12 / 25;

describe("Attacks on the beacon", () => {
  describe("a contract that reverts on a bad seed", () => {
    const WANTED = 4;
    const BLOCKS = 25;

    /** A crowd, and the contract that grinds for those of it that are under one hand. */
    async function grinding() {
      const c = await crowd(await load());
      const { consensus } = c.panel.contracts;
      const grinder = await ethers.deployContract("GrindingRoller");
      const attempt = ({ id, voteEpoch }: Asked) => {
        const secrets = c.sybils.map((sybil) => sybil.secret(voteEpoch));
        return grinder.roll(consensus, id, c.agentIds, secrets, c.sybils[0]!.allocation, WANTED, UNESTIMATED);
      };
      return { ...c, grinder, attempt };
    }

    type Grinding = Awaited<ReturnType<typeof grinding>>;

    /** Asks, and grinds the seed of the vote; with the block of the epoch in which that succeeded, if any. */
    async function grind(c: Grinding, n: number) {
      const { panel, sybils, attempt } = c;
      const { consensus } = panel.contracts;
      const asked = await panel.ask(`question ${n}`, { domainId: CROWDED });
      await panel.warpTo(asked.voteEpoch);
      for (let block = 1; block <= BLOCKS; block++) {
        await networkHelpers.setPrevRandao(randao(block, `epoch ${n}`));
        try {
          await attempt(asked);
        } catch (error) {
          expect((error as Error).message).to.match(/Unlucky\([0-3]\)/);
          expect(await consensus.seedOf(asked.voteEpoch)).to.equal(ZERO_HASH);
          continue;
        }
        expect(sum(await seatsOfAll(c, sybils, asked))).to.be.at.least(WANTED);
        return { asked, block };
      }
      return { asked, block: Infinity };
    }

    /** The question is voted on, 0 by the Sybils and 1 by the others, and settled. Seats of both, and what the Sybils got. */
    async function play(c: Grinding, asked: Asked) {
      const { panel, sybils, honest, wealth } = c;
      const [mine, theirs] = [await seatsOfAll(c, sybils, asked), await seatsOfAll(c, honest, asked)];
      const before = await wealth();
      const votes = [
        ...sybils.map((voter, i) => ({ voter, id: asked.id, outcome: 0, seats: mine[i]! })),
        ...honest.map((voter, i) => ({ voter, id: asked.id, outcome: 1, seats: theirs[i]! })),
      ].filter(({ seats }) => seats > 0);
      await commitVotes(votes);
      const voters = votes.map(({ voter }) => voter);
      await revealAndSettle(panel, voters, asked.voteEpoch);
      return { mine: sum(mine), theirs: sum(theirs), got: (await wealth()) - before };
    }

    it("grinding the seed by reverting its roll", async () => {
      const chance = binomialTail(8, SEATS_OF_ONE, WANTED);
      expect(Math.round(chance * 10_000)).to.equal(362);

      // Nobody else rolls: one try a block.
      const unopposed = await grinding();
      const blocks: number[] = [];
      for (let n = 0; n < 12; n++) blocks.push((await grind(unopposed, n)).block);
      expect(blocks).to.deep.equal([21, 3, 6, 14, Infinity, Infinity, 1, Infinity, 22, Infinity, 14, Infinity]);
      const tries = sum(blocks.map((block) => Math.min(block, BLOCKS)));
      expectFair(blocks.filter((block) => block <= BLOCKS).length, tries, chance);

      // Two more seeds are ground and voted under. Seats of its own are no verdict yet: honest seats stay secret until the reveal.
      const played: Awaited<ReturnType<typeof play>>[] = [];
      let n = 12;
      for (; played.length < 2; n++) {
        const { asked, block } = await grind(unopposed, n);
        if (block <= BLOCKS) played.push(await play(unopposed, asked));
      }
      // Outvoted both times, each seat loses a quarter of its bond's 3/11, times how rare the true outcome was: 1, then 230/256.
      const lost = (rarity: bigint) => 4n * ((SEAT_BOND * 3n * rarity) / (11n * 1_024n) + 1n);
      expect(played).to.deep.equal([
        { mine: 4, theirs: 7, got: -lost(256n) },
        { mine: 4, theirs: 7, got: -lost(230n) },
      ]);

      // The last of these questions, and an honest roll in the first block: every further try finds the seed fixed.
      const opposed = await grinding();
      const { consensus } = opposed.panel.contracts;
      const asked = await opposed.panel.ask(`question ${--n}`, { domainId: CROWDED });
      await rollWith(opposed.panel, asked.voteEpoch, randao(1, `epoch ${n}`));
      const seed = await consensus.seedOf(asked.voteEpoch);
      const seats = sum(await seatsOfAll(opposed, opposed.sybils, asked));
      for (let block = 2; block <= BLOCKS; block++) {
        await networkHelpers.setPrevRandao(randao(block, `epoch ${n}`));
        await expect(opposed.attempt(asked)).to.be.revertedWithCustomError(opposed.grinder, "Unlucky").withArgs(seats);
        expect(await consensus.seedOf(asked.voteEpoch)).to.equal(seed);
      }
      const fair = await play(opposed, asked);
      expect(fair).to.deep.equal({ mine: 2, theirs: 5, got: -2n * ((SEAT_BOND * 3n) / 28n + 1n) });
      expect((await consensus.verdict(asked.id)).outcome).to.equal(1);
    });
  });

  describe("an agent that chooses whether its secret counts", () => {
    /** Two puppets without any stake have committed empty ballots; the attacker's question is voted in the next epoch. */
    async function withPuppets(exposure = 0n) {
      const c = await attacked();
      const { panel, owner } = c;
      const options = exposure === 0n ? { stake: 0n, domains: [] } : { stake: exposure, domains: [] };
      const puppets = [await recruit(panel, owner, options), await recruit(panel, owner, options)];
      await panel.warpTo((await panel.epoch()) + 2);
      const ballotEpoch = await panel.epoch();
      for (const puppet of puppets) await puppet.beat({ commit: [], exposure, backing: 0n });
      await panel.warpTo(ballotEpoch + 1);
      const asked = await panel.ask("where the attacker wants to sit");
      const { agentId } = c.attacker;
      const all = () => wealthOf(panel.contracts, [owner], [agentId, ...puppets.map((puppet) => puppet.agentId)]);
      return { ...c, puppets, ballotEpoch, asked, all };
    }

    /** Seats of the attacker in the next epoch, for each of the four choices of who reveals. */
    async function choices({ panel, attacker, puppets, ballotEpoch, asked }: Awaited<ReturnType<typeof withPuppets>>) {
      const accumulator = await accumulatorOf(panel);
      const draw = await drawOf(panel, attacker, { epoch: asked.voteEpoch });
      const sums = [0, 1, 2, 3].map((choice) =>
        puppets.reduce(
          (sum, puppet, i) => (choice & (1 << i) ? foldSecret(sum, puppet.agentId, puppet.secret(ballotEpoch)) : sum),
          accumulator,
        ),
      );
      const seed = (choice: number, prevrandao: bigint) => epochSeed(sums[choice]!, prevrandao, asked.voteEpoch);
      return { seed, seats: (choice: number, prevrandao: bigint) => draw(asked.id, seed(choice, prevrandao)) };
    }

    it("withholding reveals to bias the seed", async () => {
      const c = await withPuppets();
      const { panel, owner, puppets, ballotEpoch, asked, all } = c;
      const { contracts, stranger } = panel;
      const { consensus } = contracts;
      const before = await all();
      const { seed, seats } = await choices(c);

      // On the chain: the second puppet reveals, the first does not, and the seed is what that choice makes of `prevrandao`.
      await puppets[1]!.beat({ reveal: true });
      expect(await rollWith(panel, asked.voteEpoch, randao(0, "real"))).to.equal(seed(2, randao(0, "real")));
      await expect(consensus.connect(stranger).forfeit(puppets[0]!.agentId, await puppets[0]!.link()))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(puppets[0]!.agentId, ballotEpoch, 0, stranger.address);
      // An empty ballot without exposure costs nothing to withhold, and all that it risked if it had any.
      expect(await all()).to.equal(before);
      const staked = await withPuppets(5n * TOKEN);
      const held = await staked.all();
      await staked.panel.warpTo(staked.ballotEpoch + 2);
      await staked.panel.contracts.consensus.connect(owner).roll();
      for (const puppet of staked.puppets) {
        await staked.panel.contracts.consensus.connect(stranger).forfeit(puppet.agentId, await puppet.link());
      }
      expect((await staked.all()) - held).to.equal(-10n * TOKEN);

      // Before the freeze `prevrandao` can only be guessed: the best of four choices under the guess is as good as any.
      const n = 1_500;
      let [guessing, knowing] = [0, 0];
      for (let i = 0; i < n; i++) {
        const best = (prevrandao: bigint) =>
          [0, 1, 2, 3].reduce((a, b) => (seats(b, prevrandao) > seats(a, prevrandao) ? b : a));
        const [guess, real] = [randao(i, "guess"), randao(i, "real")];
        guessing += seats(best(guess), real);
        knowing += seats(best(real), real);
      }
      expectFair(guessing, n, CHANCE);
      // Whoever did know it would sit unless all four choices are bad: the assumption the length of the freeze rests on.
      expectFair(knowing, n, 1 - (1 - CHANCE) ** 4);
    });

    it("revealing in the freeze to bias the seed", async () => {
      const c = await withPuppets();
      const { panel, attacker, puppets, ballotEpoch, asked, all } = c;
      const { consensus } = panel.contracts;
      const before = await all();
      const { seed, seats } = await choices(c);
      // The attacker knows what `prevrandao` will be, waits for the freeze, and one choice of four would seat it.
      let n = 0;
      while (seats(0, randao(n)) > 0 || seats(1, randao(n)) === 0) n++;
      await inFreeze(panel, ballotEpoch + 1);
      await expect(puppets[0]!.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(puppets[0]!.agentId, ballotEpoch, puppets[0]!.secret(ballotEpoch), "0x");
      const fixed = await rollWith(panel, asked.voteEpoch, randao(n));
      expect(fixed)
        .to.equal(seed(0, randao(n)))
        .and.to.not.equal(seed(1, randao(n)));
      const secret = attacker.secret(asked.voteEpoch);
      expect(await consensus.seatsOf(attacker.agentId, asked.id, secret, ALLOCATION / UNIT)).to.equal(0);
      expect(await all()).to.equal(before);
    });
  });

  describe("an asker that knows the next seed", () => {
    it("asking in the freeze, where the next seed is known", async () => {
      const { panel, attacker, owner, wealth } = await attacked();
      const { consensus } = panel.contracts;
      const now = await panel.epoch();
      const known = await nextSeed(panel, randao(0));
      const before = await wealth();
      // Contents are tried until the next seed gives the attacker a seat on each of twenty questions, asked in one block.
      const draw = await drawOf(panel, attacker, { epoch: now + 1 });
      const asked: Hex[] = [];
      await ethers.provider.send("evm_setAutomine", [false]);
      for (let n = 0; asked.length < 20; n++) {
        const contentHash = ethers.id(`lucky ${n}`) as Hex;
        const origin = {
          domainId: 1,
          asker: owner.address as Hex,
          contentHash,
          canaryCommitment: ZERO_HASH,
          salt: ZERO_HASH,
        };
        const id = questionId(origin);
        if (draw(id, known) === 0) continue;
        await consensus.connect(owner).ask(origin, 0, "", { gasLimit: 300_000 });
        asked.push(id);
      }
      await inFreeze(panel, now);
      await networkHelpers.mine();
      await ethers.provider.send("evm_setAutomine", [true]);
      for (const id of asked) expect((await consensus.question(id)).voteEpoch).to.equal(now + 2);
      expect(await rollWith(panel, now + 1, randao(0))).to.equal(known);
      await rollWith(panel, now + 2, randao(1));
      let seats = 0;
      for (const id of asked) {
        const secret = attacker.secret(now + 2);
        seats += Number(await consensus.seatsOf(attacker.agentId, id, secret, ALLOCATION / UNIT));
      }
      expectFair(seats, 20, CHANCE);
      expect((await wealth()) - before).to.equal(-20n * 3n * SEAT_FEE);
    });

    const DOORS = {
      appeal: { votes: [null, 1, 1], options: {}, costs: 0n },
      budget: { votes: [null, 1, 0], options: { budgetRounds: 1 }, costs: 3n * SEAT_FEE },
      canary: { votes: [null, 1, 1], options: { canary: 0 }, costs: 6n * SEAT_FEE },
    } as const;

    it("starting a round in the freeze when lucky", async () => {
      for (const [door, { votes, options, costs }] of Object.entries(DOORS)) {
        const panel = await load();
        const { contracts } = panel;
        const [attacker] = panel.panelists;
        const { owner } = attacker;
        const consensus = contracts.consensus.connect(owner);
        const wealth = () => wealthOf(contracts, [owner], [attacker.agentId]);
        const before = await wealth();
        const asker = door === "appeal" ? panel.deployer : owner;
        const { id, origin, salt, voteEpoch } = await panel.decide(door, votes, { ...options, asker });
        const start = () => {
          if (door === "appeal") return consensus.appeal(id);
          return door === "budget" ? consensus.spendBudget(id) : consensus.openCanary(origin, 0, salt);
        };
        // It would hold two seats of the second round's seven, and three with luck; in the freeze it knows.
        const draw = await drawOf(panel, attacker, { offered: 7, epoch: voteEpoch + 3 });
        let n = 0;
        while (draw(id, await nextSeed(panel, randao(n))) < 3) n++;
        await inFreeze(panel, voteEpoch + 2);
        await expect(start())
          .to.be.revertedWithCustomError(consensus, "InFreeze")
          .withArgs(voteEpoch + 2);
        const seed = await rollWith(panel, voteEpoch + 3, randao(n));
        expect(draw(id, seed)).to.equal(3);
        await expect(start())
          .to.be.revertedWithCustomError(consensus, "NotAppealable")
          .withArgs(id, voteEpoch + 2, voteEpoch + 3);
        await consensus.finalize(id);
        const { rounds, outcome } = await consensus.verdict(id);
        expect([rounds, outcome]).to.deep.equal([1n, door === "budget" ? 0n : 1n]);
        if (door === "budget") await consensus.reclaim(origin);
        expect((await wealth()) - before, door).to.equal(-costs);
      }
    });
  });
});
