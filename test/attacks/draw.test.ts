import { createSecretChain, encodeBallot, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import { network } from "hardhat";
import { panelLoader, SEAT_BOND, SEAT_FEE, UNIT } from "../kit/panel.ts";
import { TOKEN } from "../kit/world.ts";
import {
  commitmentOf,
  type Draw,
  drawOf,
  emptyBeat,
  expectFair,
  idOf,
  randao,
  recruit,
  rollSensitive,
  rollWith,
  wealthOf,
} from "./kit.ts";

const connection = await network.create();
/** Seven seats, of which those of the panelists and of whoever joins with their stake are certain; and three, which are drawn. */
const load = panelLoader(connection, { domains: [{ seats: 7 }, {}] });

/** Questions that are only thought of: a draw needs no more than their ids. */
const N = 4_000;
const imagined = Array.from({ length: N }, (_, n) => `0x00000002${hashOf(`imagined ${n}`).slice(2, 42)}` as Hex);

/** A panelist's peer: as much stake, and half of it allocated to each domain. */
async function attacked() {
  const panel = await load();
  const owner = panel.owners[6]!;
  await panel.warpTo(8);
  const attacker = await recruit(panel, owner, { allocation: 1_050n * TOKEN, domains: [2] });
  await panel.warpTo(10);
  const wealth = () => wealthOf(panel.contracts, [owner], [attacker.agentId]);
  return { panel, attacker, owner, wealth };
}

/** Its seats on three offered, of a quarter of the stake. */
const CHANCE = 3 / 4;

describe("Attacks on the draw", () => {
  describe("by splitting a stake", () => {
    it("Sybils with one anchor", async () => {
      const panel = await load();
      const { contracts, panelists, stranger, warpTo } = panel;
      const { consensus } = contracts;
      const [one, many] = [panel.owners[6]!, panel.owners[7]!];
      const domains = [1, 2];
      const whole = await recruit(panel, one, { stake: 4_200n * TOKEN, allocation: 2_100n * TOKEN, domains });
      const half = { stake: 2_100n * TOKEN, allocation: 1_050n * TOKEN, domains, seed: hashOf("shared") as Hex };
      const sybils = [await recruit(panel, many, half), await recruit(panel, many, half)] as const;
      await warpTo((await panel.epoch()) + 2);
      const asked = await panel.ask("certain");
      const { id, voteEpoch } = asked;
      await rollWith(panel, voteEpoch, randao(0));
      expect(sybils[0].secret(voteEpoch)).to.equal(sybils[1].secret(voteEpoch));

      const seed = (await consensus.seedOf(voteEpoch)) as Hex;
      const draws: Draw[] = [];
      for (const voter of [whole, ...sybils]) draws.push(await drawOf(panel, voter, { domainId: 2, epoch: voteEpoch }));

      // Where seats are certain: two, and one each. All vote for the truth; the Sybils pay for one more transaction.
      const before = [await wealthOf(contracts, [one], [whole.agentId]), 0n];
      const sybilIds = sybils.map(({ agentId }) => agentId);
      before[1] = await wealthOf(contracts, [many], sybilIds);
      const backing = (2_100n * TOKEN) / UNIT;
      const gas: bigint[] = [];
      const commit = async (voter: typeof whole, votes: number) => {
        const sent = await voter.beat({ commit: [{ id, outcome: 1, seats: votes }], backing });
        gas.push((await sent.wait())!.gasUsed);
      };
      await commit(whole, 2);
      for (const sybil of sybils) await commit(sybil, 1);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 1 }] });
      expect(gas[1]! + gas[2]!).to.be.greaterThan(gas[0]!);
      await warpTo(voteEpoch + 1);
      await whole.beat({ reveal: true });
      await sybils[0].beat({ reveal: true });
      // One reveal shows the secret of both: anyone can try ballots against the other's commitment, and reveal it too.
      const secret = sybils[0].secret(voteEpoch);
      const open = await sybils[1].prepare({});
      const { commitment } = open.previous;
      const guesses = [0, 1].map((outcome) => encodeBallot([{ questionId: id, outcome }]));
      const found = [];
      for (const ballot of guesses) {
        if ((await commitmentOf(panel, sybils[1].agentId, voteEpoch, secret, ballot)) === commitment)
          found.push(ballot);
      }
      expect(found).to.deep.equal([guesses[1]]);
      const exposed = { ...emptyBeat(sybils[1].agentId), previous: open.previous, secret, ballot: found[0]! };
      await expect(consensus.connect(stranger).beat(exposed)).to.emit(consensus, "BallotRevealed");
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 7n]);
      await warpTo(voteEpoch + 3);
      for (const revealed of await consensus.queryFilter(consensus.filters.BallotRevealed())) {
        const { agentId, epoch, receipts } = revealed.args;
        await consensus.settle(agentId, epoch, receipts);
      }
      expect((await wealthOf(contracts, [one], [whole.agentId])) - before[0]!).to.equal(2n * SEAT_FEE);
      expect((await wealthOf(contracts, [many], sybilIds)) - before[1]).to.equal(2n * SEAT_FEE);

      // Where seats are drawn, an agent of 2/7 of the stake expects 6/7 of a seat of three, and each half of it 3/7.
      const seats = draws.map((draw) => imagined.reduce((sum, question) => sum + draw(question, seed), 0));
      expectFair(seats[0]!, N, 6 / 7);
      expectFair(seats[1]!, N, 3 / 7);
      expectFair(seats[2]!, N, 3 / 7);
      // The shared secret does not make them sit together: as often as two strangers would.
      const together = imagined.filter(
        (question) => draws[1]!(question, seed) + draws[2]!(question, seed) === 2,
      ).length;
      expectFair(together, N, (3 / 7) ** 2);
    });

    it("choosing the backing once the seed is known", async () => {
      const { panel, attacker } = await attacked();
      const { consensus } = panel.contracts;
      const asked = await panel.ask("which backing", { domainId: 2 });
      const { id, voteEpoch } = asked;
      expect(await rollSensitive(panel, attacker, asked, { stake: 0n })).to.equal(1);
      const secret = attacker.secret(voteEpoch);
      const units = (1_050n * TOKEN) / UNIT;
      const seatsAt = async (backing: bigint) => consensus.seatsOf(attacker.agentId, id, secret, backing);
      // Seats never rise as the backing falls, so that no backing beats the whole one.
      const whole = await seatsAt(units);
      let last = whole;
      for (let backing = units; backing >= 0n; backing -= units / 100n) {
        const seats = await seatsAt(backing);
        expect(seats).to.be.at.most(last);
        last = seats;
      }
      expect(whole).to.equal(1);
      expect(last).to.equal(0);
      // Overstating it adds none: the allocation is the limit, and the stake.
      expect(await seatsAt(10n * units)).to.equal(whole);
      const { free } = await panel.contracts.vault.account(attacker.agentId);
      await expect(attacker.beat({ commit: [{ id, outcome: 1 }], backing: 10n * units }))
        .to.be.revertedWithCustomError(consensus, "InsufficientFreeStake")
        .withArgs(attacker.agentId, SEAT_BOND, 10_500n * TOKEN, free);
    });
  });

  describe("by choosing the chain once the seed is known", () => {
    const LENGTH = 64;
    /** Questions the attacker wants to sit on. */
    const WANTED = Array.from({ length: 20 }, (_, n) => `wanted ${n}`);

    /** The best of 300 chains for these questions, had the first secret's epoch the seed that is known now. */
    async function grindChain(c: Awaited<ReturnType<typeof attacked>>, known: Hex) {
      const { panel, attacker } = c;
      const draw = await drawOf(panel, attacker, { domainId: 2, epoch: await panel.epoch() });
      const ids = WANTED.map((content) => idOf(2, panel.deployer, content));
      let best = { seats: -1, seed: ZERO_HASH };
      for (let n = 0; n < 300; n++) {
        const seed = hashOf(`ground ${n}`) as Hex;
        const secret = createSecretChain({ seed, length: LENGTH }).secretOf(0, 1);
        const seats = ids.reduce((sum, id) => sum + draw(id, known, secret), 0);
        if (seats > best.seats) best = { seats, seed };
      }
      expect(best.seats).to.be.at.least(19);
      return best.seed;
    }

    /** Seats on the questions that were wanted, which are asked now, and on all that could have been. */
    async function sit(c: Awaited<ReturnType<typeof attacked>>, epoch: number) {
      const { panel, attacker } = c;
      for (const content of WANTED) await panel.ask(content, { domainId: 2 });
      const seed = await rollWith(panel, epoch, randao(7));
      const draw = await drawOf(panel, attacker, { domainId: 2, epoch });
      const secret = attacker.secret(epoch);
      const backing = (1_050n * TOKEN) / UNIT;
      let wanted = 0;
      for (const content of WANTED) {
        wanted += Number(
          await panel.contracts.consensus.seatsOf(attacker.agentId, idOf(2, panel.deployer, content), secret, backing),
        );
      }
      return { wanted, any: imagined.reduce((sum, id) => sum + draw(id, seed), 0) };
    }

    it("enrolling late, with a chain ground against the seed", async () => {
      const c = await attacked();
      const { panel, attacker, wealth } = c;
      const { consensus } = panel.contracts;
      const before = await wealth();
      const now = await panel.epoch();
      const known = await rollWith(panel, now + 1, randao(0));
      await attacker.enroll(await grindChain(c, known), LENGTH);
      for (const epoch of [now + 1, now + 2]) {
        if (epoch > now + 1) await panel.warpTo(epoch);
        await expect(attacker.beat({ commit: [] }))
          .to.be.revertedWithCustomError(consensus, "ChainNotValid")
          .withArgs(attacker.agentId, epoch, now + 2);
      }
      const { wanted, any } = await sit(c, now + 3);
      expectFair(wanted, WANTED.length, CHANCE);
      expectFair(any, N, CHANCE);
      expect(await wealth()).to.equal(before);
    });

    it("announcing late, with a chain ground against the seed", async () => {
      const c = await attacked();
      const { panel, attacker, owner, wealth } = c;
      const { contracts, stranger, warpTo } = panel;
      const { consensus } = contracts;
      const { agentId } = attacker;
      const before = await wealth();
      const now = (await panel.epoch()) + 1;
      const known = await rollWith(panel, now, randao(0));
      const seed = await grindChain(c, known);
      const ground = createSecretChain({ seed, length: LENGTH });
      const old = { secret: attacker.secret(now + 2), tip: attacker.tip };
      await attacker.announceAnchor(seed, LENGTH);
      const ballot = encodeBallot([{ questionId: imagined[0]!, outcome: 1 }]);

      // Under the new chain at once: the commitment is taken, and can never be opened.
      const tryWith = async (secret: Hex, tip: Hex, epoch: number) => {
        const commitment = await commitmentOf(panel, agentId, epoch, secret, ballot);
        const previous = { tip, commitment: ZERO_HASH, exposure: 0n, backing: 0n };
        const part = { commitEpoch: epoch, commitment, exposure: SEAT_BOND, backing: 1n };
        await expect(consensus.connect(owner).beat({ ...emptyBeat(agentId), previous, ...part })).to.emit(
          consensus,
          "BallotCommitted",
        );
        await warpTo(epoch + 1);
        const open = { tip: ZERO_HASH, commitment, exposure: SEAT_BOND, backing: 1n };
        await expect(consensus.connect(owner).beat({ ...emptyBeat(agentId), previous: open, secret, ballot }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(agentId, epoch);
        await consensus.roll();
        return { ...open, tip: epoch < now + 2 ? tip : ground.anchor };
      };
      const first = await tryWith(ground.secretOf(now - 1, now), old.tip, now);
      await warpTo(now + 2);
      await consensus.connect(stranger).forfeit(agentId, first);
      expect((await wealth()) - before).to.equal(-SEAT_BOND);
      // And under the old one, once the new one holds: no choice is left there either.
      const second = await tryWith(old.secret, old.tip, now + 2);
      await warpTo(now + 4);
      await consensus.connect(stranger).forfeit(agentId, second);
      expect((await wealth()) - before).to.equal(-2n * SEAT_BOND);

      const { wanted, any } = await sit(c, now + 5);
      expectFair(wanted, WANTED.length, CHANCE);
      expectFair(any, N, CHANCE);
    });
  });
});
