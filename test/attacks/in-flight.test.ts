import { type Hex, questionId, type Statement, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { id as hashOf, Wallet } from "ethers";
import { network } from "hardhat";
import { type Panel, type Panelist, panelLoader, SEAT_BOND, SEAT_FEE, UNIT } from "../kit/panel.ts";
import { TOKEN } from "../kit/world.ts";
import {
  drawOf,
  expectFair,
  holdingsOf,
  randao,
  recruit,
  rollSensitive,
  rollWith,
  seatsCounted,
  signStatement,
  wealthOf,
} from "./kit.ts";

const connection = await network.create();
const { networkHelpers } = connection;

/** Three seats for the panelists; and four, which they share with one more. */
const load = panelLoader(connection, { domains: [{}, { seats: 4 }] });

const units = (wei: bigint) => wei / UNIT;
const ALLOCATED = 1_050n * TOKEN;
/** Three of four votes outvote the fourth: a margin of a half, a rarity of a quarter. */
const LOSS = SEAT_BOND / 8n;

/** A fourth agent, all of whose stake is allocated to domain 2, so that whatever it loses is missing there. */
async function joined(stake = ALLOCATED) {
  const panel = await load();
  const owner = panel.owners[6]!;
  // Epochs are part of seeds and secrets: from a fixed one on every run is the same.
  await panel.warpTo(8);
  const victim = await recruit(panel, owner, { stake, allocation: ALLOCATED, domains: [2] });
  await panel.warpTo(10);
  const wealth = () => wealthOf(panel.contracts, [owner], [victim.agentId]);
  return { panel, victim, owner, wealth };
}

type Joined = Awaited<ReturnType<typeof joined>>;

/** All four vote; the fourth as it is told. In the epoch of the reveals when `reveal` is set, else in that of the commitments. */
async function commitAll({ panel, victim }: Joined, id: Hex, outcome: number, seats = 1) {
  for (const voter of panel.panelists) await voter.beat({ commit: [{ id, outcome: 1 }] });
  const backing = await panel.contracts.consensus.allocation(victim.agentId, 2, await panel.epoch());
  await victim.beat({ commit: [{ id, outcome, seats }], backing });
}

async function revealAll({ panel, victim }: Joined) {
  await panel.warpTo((await panel.epoch()) + 1);
  for (const voter of [...panel.panelists, victim]) await voter.beat({ reveal: true });
}

/** The fourth agent has lost a vote that is final and not settled; another question is asked, to be voted in the next epoch. */
async function withLoss() {
  const c = await joined();
  const { panel, victim } = c;
  const lost = await panel.ask("lost", { domainId: 2 });
  await panel.warpTo(lost.voteEpoch);
  await commitAll(c, lost.id, 0);
  await revealAll(c);
  await panel.warpTo(lost.voteEpoch + 2);
  const asked = await panel.ask("in flight", { domainId: 2 });
  expect(asked.voteEpoch).to.equal(lost.voteEpoch + 3);
  const settle = async () =>
    panel.contracts.consensus
      .connect(panel.stranger)
      .settle(victim.agentId, lost.voteEpoch, victim.receipts.get(lost.voteEpoch)!);
  return { ...c, asked, settle };
}

/** The ballot in flight is revealed as it was committed: its seats, its tally, and what they earn. */
async function expectUnmoved(c: Joined, voteEpoch: number, id: Hex, seats: number) {
  const { panel, victim } = c;
  await revealAll(c);
  expect(seatsCounted(victim, voteEpoch)).to.deep.equal(seats === 0 ? [] : [seats]);
  const others = panel.panelists.flatMap((voter) => seatsCounted(voter, voteEpoch)).reduce((a, b) => a + b, 0);
  expect([...(await panel.contracts.consensus.tally(id)).seats]).to.deep.equal([0n, BigInt(others + seats)]);
  return others;
}

describe("Attacks on ballots in flight", () => {
  describe("that would move a seat between commit and reveal", () => {
    it("settling a loss between commit and reveal", async () => {
      const c = await withLoss();
      const { panel, victim, asked, settle, wealth } = c;
      const { consensus, vault } = panel.contracts;
      const before = await wealth();
      const moved = { stake: units(ALLOCATED - LOSS) };
      const seats = await rollSensitive(panel, victim, asked, moved);
      await commitAll(c, asked.id, 1);
      await settle();
      expect((await vault.account(victim.agentId)).balance).to.equal(ALLOCATED - LOSS);
      expect(seats).to.equal(1);
      expect(await expectUnmoved(c, asked.voteEpoch, asked.id, seats)).to.equal(3);
      // The keeper has a twentieth of the tenth that was burned; the victim lost its vote of before, and nothing else.
      expect(await vault.creditOf(panel.stranger)).to.equal(LOSS / 200n);
      await panel.warpTo(asked.voteEpoch + 3);
      await victim.settle(asked.voteEpoch);
      expect((await wealth()) - before).to.equal(SEAT_FEE - LOSS);
      // From the next commitment on the loss counts.
      const next = panel.contracts.consensus;
      await expect(victim.beat({ commit: [], backing: units(ALLOCATED) }))
        .to.be.revertedWithCustomError(next, "InsufficientFreeStake")
        .withArgs(victim.agentId, 0, ALLOCATED, ALLOCATED - LOSS + SEAT_FEE);
      expect(await consensus.allocation(victim.agentId, 2, await panel.epoch())).to.equal(units(ALLOCATED));
    });

    it("trimming an allocation between commit and reveal", async () => {
      const c = await withLoss();
      const { panel, victim, asked, settle } = c;
      const { consensus } = panel.contracts;
      const seats = await rollSensitive(panel, victim, asked, { stake: units(ALLOCATED - LOSS) });
      await commitAll(c, asked.id, 1);
      await settle();
      await expect(consensus.connect(panel.stranger).trim(victim.agentId, 2))
        .to.emit(consensus, "Allocated")
        .withArgs(victim.agentId, 2, units(ALLOCATED - LOSS), units(4n * ALLOCATED - LOSS), asked.voteEpoch + 2);
      expect(seats).to.equal(1);
      expect(await expectUnmoved(c, asked.voteEpoch, asked.id, seats)).to.equal(3);
      expect(await consensus.allocation(victim.agentId, 2, asked.voteEpoch + 1)).to.equal(units(ALLOCATED));
      expect(await consensus.allocation(victim.agentId, 2, asked.voteEpoch + 2)).to.equal(units(ALLOCATED - LOSS));
    });

    it("slashing a pledge between commit and reveal", async () => {
      const bond = 36n * TOKEN;
      const c = await joined(ALLOCATED + bond);
      const { panel, victim, owner } = c;
      const { claims, consensus, token, vault } = panel.contracts;
      const { agentId } = victim;
      const key = new Wallet(hashOf("the victim's signer"));
      await claims.connect(owner).addSigner(agentId, key);
      await vault.connect(owner).pledge(agentId, bond);
      const expiry = BigInt(await networkHelpers.time.latest()) + 86_400n;
      const contentHash = hashOf("false") as Hex;
      const statement: Statement = { agentId, domainId: 1, outcome: 0, contentHash, bond, expiry, nonce: 1n };
      const challenger = panel.stranger;
      const rich = await token.balanceOf(challenger);
      await claims.connect(challenger).challenge(statement, await signStatement(panel, key, statement), "");
      // Locked by the challenge, the pledge counts for seats again; as much of it as is slashed will be missing there.
      await consensus.connect(owner).allocate(agentId, 2, ALLOCATED + bond);
      const claimId = (await claims.challengeIdOf(statement, 1)) as Hex;
      const origin = {
        domainId: 1,
        asker: challenger.address as Hex,
        contentHash,
        canaryCommitment: ZERO_HASH,
        salt: claimId,
      };
      await panel.holdRound(questionId(origin), [1, 1, 1]);
      const asked = await panel.ask("in flight", { domainId: 2 });
      const seats = await rollSensitive(panel, victim, asked, { stake: units(ALLOCATED) });
      expect(seats).to.equal(1);
      for (const voter of panel.panelists) await voter.beat({ commit: [{ id: asked.id, outcome: 1 }] });
      await victim.beat({ commit: [{ id: asked.id, outcome: 1, seats }], backing: units(ALLOCATED + bond) });
      await claims.resolveChallenge(statement, 1);
      expect((await vault.account(agentId)).balance).to.equal(ALLOCATED);
      await expectUnmoved(c, asked.voteEpoch, asked.id, seats);
      // The challenger advanced the fee and has half of the pledge.
      await vault.collect(challenger);
      expect((await token.balanceOf(challenger)) - rich).to.equal(bond / 2n - 3n * SEAT_FEE);
    });

    it("changing allocations between commit and reveal", async () => {
      const c = await joined();
      const { panel, victim, owner } = c;
      const { consensus, vault } = panel.contracts;
      const rivalOwner = panel.owners[7]!;
      const rival = await recruit(panel, rivalOwner, { stake: 5_000n * TOKEN, domains: [] });
      await panel.warpTo((await panel.epoch()) + 2);
      const asked = await panel.ask("in flight", { domainId: 2 });
      const total = units(4n * ALLOCATED);
      // A rival's 5,000 tokens would take its seat, 1,000 more of its own would give it more: with a seed that shows either.
      const diluted = { total: total + units(5_000n * TOKEN) };
      const seats = await rollSensitive(panel, victim, asked, diluted);
      expect(seats).to.equal(1);
      await vault.connect(owner).deposit(victim.agentId, 1_000n * TOKEN);
      await consensus.connect(rivalOwner).allocate(rival.agentId, 2, 5_000n * TOKEN);
      await consensus.connect(owner).allocate(victim.agentId, 2, ALLOCATED + 1_000n * TOKEN);
      await commitAll(c, asked.id, 1);
      await consensus.connect(rivalOwner).allocate(rival.agentId, 2, 4_000n * TOKEN);
      await consensus.connect(owner).allocate(victim.agentId, 2, 0);
      expect(await expectUnmoved(c, asked.voteEpoch, asked.id, seats)).to.equal(3);
      expect(await consensus.totalAllocation(2, asked.voteEpoch + 1)).to.equal(total);
      expect(await consensus.totalAllocation(2, asked.voteEpoch + 2)).to.equal(units(3n * ALLOCATED + 4_000n * TOKEN));
    });

    it("moving the participation between commit and reveal", async () => {
      const c = await joined();
      const { panel, victim } = c;
      const { consensus } = panel.contracts;
      // Eight questions that nobody answers, one of which would raise what a round offers by a fifteenth each.
      const unanswered = [];
      for (let n = 0; n < 8; n++) unanswered.push(await panel.ask(`unanswered ${n}`, { domainId: 2 }));
      await panel.warpTo(unanswered[0]!.voteEpoch + 2);
      const asked = await panel.ask("in flight", { domainId: 2 });
      const seats = await rollSensitive(panel, victim, asked, { offered: 6 });
      expect(seats).to.equal(1);
      await commitAll(c, asked.id, 1);
      for (const { id } of unanswered) await consensus.finalize(id);
      const later = await panel.ask("offers more", { domainId: 2 });
      expect((await consensus.question(later.id)).offeredSeats).to.equal(6);
      expect((await consensus.question(asked.id)).offeredSeats).to.equal(4);
      expect(await expectUnmoved(c, asked.voteEpoch, asked.id, seats)).to.equal(3);
    });
  });

  describe("of one's own", () => {
    /** The fourth agent, with twice the stake it has allocated, loses a vote; `move` is done in between. */
    async function losing(move: (c: Joined) => Promise<void>) {
      const c = await joined(2n * ALLOCATED);
      const { panel, victim, wealth } = c;
      const before = await wealth();
      const { id, voteEpoch } = await panel.ask("lost", { domainId: 2 });
      await panel.warpTo(voteEpoch);
      await commitAll(c, id, 0);
      await move(c);
      await revealAll(c);
      expect(seatsCounted(victim, voteEpoch)).to.deep.equal([1]);
      await panel.warpTo(voteEpoch + 3);
      await victim.settle(voteEpoch);
      return { ...c, change: (await wealth()) - before };
    }

    const FREE = 2n * ALLOCATED - SEAT_BOND;

    it("withdrawing stake under a ballot in flight", async () => {
      const idle = await losing(async () => {});
      expect(idle.change).to.equal(-LOSS);
      const { panel, victim, owner, change } = await losing(async ({ panel, victim, owner }) => {
        const vault = panel.contracts.vault.connect(owner);
        await expect(vault.requestWithdrawal(victim.agentId, FREE + 1n))
          .to.be.revertedWithCustomError(vault, "InsufficientFreeStake")
          .withArgs(victim.agentId, FREE + 1n, FREE);
        await vault.requestWithdrawal(victim.agentId, FREE);
      });
      expect(change).to.equal(-LOSS);
      // Nothing stands behind a next ballot, and the stake comes out after the unbonding, less the loss.
      const { consensus, token } = panel.contracts;
      const vault = panel.contracts.vault.connect(owner);
      const left = SEAT_BOND - LOSS;
      await expect(victim.beat({ commit: [], backing: units(ALLOCATED) }))
        .to.be.revertedWithCustomError(consensus, "InsufficientFreeStake")
        .withArgs(victim.agentId, 0, ALLOCATED, left);
      const [, from] = await vault.withdrawalOf(victim.agentId);
      const now = await panel.epoch();
      await expect(vault.withdraw(victim.agentId, owner))
        .to.be.revertedWithCustomError(vault, "StillUnbonding")
        .withArgs(victim.agentId, from, now);
      await vault.requestWithdrawal(victim.agentId, left);
      await panel.warpTo(now + 18);
      const tokens = await token.balanceOf(owner);
      await vault.withdraw(victim.agentId, owner);
      expect((await token.balanceOf(owner)) - tokens).to.equal(2n * ALLOCATED - LOSS);
    });

    it("pledging stake under a ballot in flight", async () => {
      const { panel, victim, owner, change } = await losing(async ({ panel, victim, owner }) => {
        const vault = panel.contracts.vault.connect(owner);
        await expect(vault.pledge(victim.agentId, FREE + 1n))
          .to.be.revertedWithCustomError(vault, "InsufficientFreeStake")
          .withArgs(victim.agentId, FREE + 1n, FREE);
        await vault.pledge(victim.agentId, FREE);
      });
      expect(change).to.equal(-LOSS);
      const { stake, locked, pledged } = await holdingsOf(panel.contracts, [owner], [victim.agentId]);
      expect([stake, locked, pledged]).to.deep.equal([2n * ALLOCATED - LOSS, 0n, FREE]);
    });

    it("moving stake to a second agent to sit twice", async () => {
      const c = await joined();
      const { panel, victim: first, owner } = c;
      const { consensus, registry } = panel.contracts;
      const vault = panel.contracts.vault.connect(owner);
      const second: Panelist = await recruit(panel, owner, { stake: 0n, domains: [] });
      const { id, voteEpoch } = await panel.ask("twice", { domainId: 2 });
      await panel.warpTo(voteEpoch);
      await commitAll(c, id, 1);
      await vault.requestWithdrawal(first.agentId, ALLOCATED - SEAT_BOND);
      await expect(consensus.connect(owner).allocate(second.agentId, 2, ALLOCATED))
        .to.be.revertedWithCustomError(consensus, "AllocationTooLarge")
        .withArgs(second.agentId, ALLOCATED, 0);
      // Nor does a new owner get at it sooner.
      await registry.connect(owner).transferFrom(owner, panel.owners[7]!, first.agentId);
      const [, from] = await vault.withdrawalOf(first.agentId);
      expect(Number(from)).to.equal(voteEpoch + 18);
      for (const epoch of [voteEpoch, voteEpoch + 17]) {
        if (epoch > voteEpoch) await panel.warpTo(epoch);
        await expect(vault.connect(panel.owners[7]).withdraw(first.agentId, owner))
          .to.be.revertedWithCustomError(vault, "StillUnbonding")
          .withArgs(first.agentId, from, epoch);
      }
      // By then every question of that epoch is settled: no question lives for 18 epochs.
      expect(3n * (await consensus.domain(2)).maxRounds).to.be.lessThan(18);
    });

    it("leaving an allocation without stake behind", async () => {
      const { panel, victim: idle, owner, wealth } = await joined();
      const { consensus, vault } = panel.contracts;
      const [voter] = panel.panelists;
      const before = await wealth();
      await vault.connect(owner).requestWithdrawal(idle.agentId, ALLOCATED);
      const n = 4_000;
      const imagined = Array.from({ length: n }, (_, i) => `0x00000002${hashOf(`imagined ${i}`).slice(2, 42)}` as Hex);
      const seatsIn = async (panel: Panel, epoch: number, offered: number) => {
        const seed = await rollWith(panel, epoch, randao(epoch));
        const draw = await drawOf(panel, voter, { domainId: 2, offered, epoch });
        return imagined.reduce((sum, id) => sum + draw(id, seed), 0);
      };
      // Nobody sits on a quarter of the seats, and the others get no more than before.
      const now = await panel.epoch();
      expectFair(await seatsIn(panel, now + 1, 3), n, 3 / 4);
      await consensus.connect(panel.stranger).trim(idle.agentId, 2);
      expectFair(await seatsIn(panel, now + 2, 3), n, 3 / 4);
      expect(await seatsIn(panel, now + 3, 3)).to.equal(n);
      await expect(consensus.trim(idle.agentId, 2))
        .to.be.revertedWithCustomError(consensus, "NothingToTrim")
        .withArgs(idle.agentId, 2);
      expect(await wealth()).to.equal(before);
    });
  });
});
