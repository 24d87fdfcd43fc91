import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { encodeBallot, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import { network } from "hardhat";
import { ALLOCATION, type Panel, type Panelist, panelLoader, SEAT_BOND, SEAT_FEE, UNIT } from "../kit/panel.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { TOKEN } from "../kit/world.ts";
import { commitmentOf, emptyBeat, holdingsOf, recruit, wealthOf } from "./kit.ts";

const connection = await network.create();
/** Two votes of three decide. */
const load = panelLoader(connection, { domains: [{ supermajorityBps: 6_666 }] });
const loadRare = panelLoader(connection, { domains: [{ seats: 10 }] });

const UNITS = ALLOCATION / UNIT;
/** What the one seat that errs against two loses: the margin is a third, the rarity a quarter of its greatest. */
const LOSS = SEAT_BOND / 12n;

/** The first panelist is the attacker: it votes 0 on a question that the others answer with 1. In the epoch of the reveals. */
async function regretting(vote: 0 | 1 = 0) {
  const panel = await load();
  const { panelists, warpTo } = panel;
  const [attacker, ...others] = panelists;
  const { id, voteEpoch } = await panel.ask("is it so");
  await warpTo(voteEpoch);
  await attacker.beat({ commit: [{ id, outcome: vote }] });
  for (const other of others) await other.beat({ commit: [{ id, outcome: 1 }] });
  await warpTo(voteEpoch + 1);
  for (const other of others) await other.beat({ reveal: true });
  const wealth = () => wealthOf(panel.contracts, [attacker.owner], [attacker.agentId]);
  return { panel, attacker, others, id, voteEpoch, wealth, before: await wealth() };
}

/** The attacker's whole holdings, as they are before anything is committed. */
async function attackedPanel() {
  const panel = await load();
  const [attacker] = panel.panelists;
  const wealth = () => wealthOf(panel.contracts, [attacker.owner], [attacker.agentId]);
  return { panel, attacker, wealth, before: await wealth() };
}

/** Reveals, waits until all is final, and settles. */
async function finish({ warpTo }: Panel, voters: readonly Panelist[], voteEpoch: number) {
  for (const voter of voters) await voter.beat({ reveal: true });
  await warpTo(voteEpoch + 3);
  for (const voter of voters) await voter.settle(voteEpoch);
}

describe("Attacks on ballots", () => {
  describe("that would choose after the others have shown theirs", () => {
    it("two commitments", async () => {
      const { panel, attacker, wealth, before } = await attackedPanel();
      const { contracts, panelists, stranger, warpTo } = panel;
      const { consensus } = contracts;
      const { agentId, owner } = attacker;
      const { id, voteEpoch } = await panel.ask("twice");
      await warpTo(voteEpoch);
      await attacker.beat({ commit: [{ id, outcome: 1 }] });
      const { link } = await consensus.agent(agentId);
      // A second one: at once, from another wallet, and in the epoch of the reveals.
      const ballot = encodeBallot([{ questionId: id, outcome: 0 }]);
      const commitment = await commitmentOf(panel, agentId, voteEpoch, attacker.secret(voteEpoch), ballot);
      const second = { ...(await attacker.prepare({})), commitment, exposure: SEAT_BOND, backing: UNITS };
      const refused = (from: typeof owner, commitEpoch: number) =>
        expect(consensus.connect(from).beat({ ...second, commitEpoch }))
          .to.be.revertedWithCustomError(consensus, "BallotStillOpen")
          .withArgs(agentId, voteEpoch);
      await refused(owner, voteEpoch);
      await rotateWallet(connection, contracts, agentId, owner, stranger);
      await refused(stranger, voteEpoch);
      for (const other of panelists.slice(1)) await other.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      await refused(stranger, voteEpoch + 1);
      expect((await consensus.agent(agentId)).link).to.equal(link);
      // The other ballot cannot be revealed either, before or after the first was.
      const other = { ...(await attacker.prepare({ reveal: true })), ballot };
      await expect(consensus.beat(other))
        .to.be.revertedWithCustomError(consensus, "RevealMismatch")
        .withArgs(agentId, voteEpoch);
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 3n]);
      await warpTo(voteEpoch + 3);
      for (const panelist of panelists) await panelist.settle(voteEpoch);
      await expect(consensus.beat(other)).to.be.revertedWithCustomError(consensus, "NoOpenBallot").withArgs(agentId);
      // What one honest ballot earns, and nothing besides.
      expect((await wealth()) - before).to.equal(SEAT_FEE);
    });

    it("copying a commitment", async () => {
      const { panel, attacker, wealth, before } = await attackedPanel();
      const { contracts, panelists, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const [, victim, third] = panelists;
      const { id, voteEpoch } = await panel.ask("copied");
      await warpTo(voteEpoch);
      await victim.beat({ commit: [{ id, outcome: 1 }] });
      const [copied] = await consensus.queryFilter(consensus.filters.BallotCommitted(victim.agentId));
      const { commitment } = copied!.args;
      await attacker.beat({ commit: [{ id, outcome: 1 }], replace: { commitment } });
      await third.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      // The victim reveals: now its secret and its ballot are known. Neither they nor the attacker's own secret open the copy.
      await victim.beat({ reveal: true });
      const ballot = encodeBallot([{ questionId: id, outcome: 1 }]);
      for (const secret of [victim.secret(voteEpoch), attacker.secret(voteEpoch)]) {
        const open = { tip: ZERO_HASH, commitment, exposure: SEAT_BOND, backing: UNITS };
        await expect(consensus.beat({ ...emptyBeat(attacker.agentId), previous: open, secret, ballot }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(attacker.agentId, voteEpoch);
      }
      await third.beat({ reveal: true });
      await warpTo(voteEpoch + 2);
      const link = { tip: attacker.tip, commitment, exposure: SEAT_BOND, backing: UNITS };
      await expect(consensus.connect(stranger).forfeit(attacker.agentId, link))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(attacker.agentId, voteEpoch, SEAT_BOND, stranger.address);
      expect((await wealth()) - before).to.equal(-SEAT_BOND);
      expect(await vault.creditOf(stranger)).to.equal(SEAT_BOND / 200n);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 2n]);
    });

    it("copying an anchor", async () => {
      const panel = await load();
      const { contracts, panelists, warpTo } = panel;
      const { consensus } = contracts;
      const [victim] = panelists;
      const owner = panel.owners[6]!;
      const attacker = await recruit(panel, owner);
      const now = await panel.epoch();
      // The victim announces its next chain, and the attacker enrolls with it as its own.
      const sent = await victim.announceAnchor(hashOf("the victim's") as Hex);
      const { nextAnchor } = await consensus.agent(victim.agentId);
      await consensus.connect(owner).enroll(attacker.agentId, nextAnchor);
      expect((await consensus.agent(attacker.agentId)).tipEpoch).to.equal(now + 1);
      expect(sent).to.not.equal(null);
      await warpTo(now + 2);
      const { id, voteEpoch } = await panel.ask("whose chain");
      await warpTo(voteEpoch);
      await victim.beat({ commit: [{ id, outcome: 1 }] });
      const before = await holdingsOf(contracts, [owner], [attacker.agentId]);
      // While ballots are committed the shared secret is the victim's alone: the attacker can only guess one.
      const ballot = encodeBallot([{ questionId: id, outcome: 1 }]);
      const guess = hashOf("a guess") as Hex;
      const commitment = await commitmentOf(panel, attacker.agentId, voteEpoch, guess, ballot);
      const previous = { tip: nextAnchor as Hex, commitment: ZERO_HASH, exposure: 0n, backing: 0n };
      const part = { commitEpoch: voteEpoch, commitment, exposure: SEAT_BOND, backing: UNITS };
      await consensus.connect(owner).beat({ ...emptyBeat(attacker.agentId), previous, ...part });
      await warpTo(voteEpoch + 1);
      await victim.beat({ reveal: true });
      const open = { tip: nextAnchor as Hex, commitment, exposure: SEAT_BOND, backing: UNITS };
      for (const secret of [guess, victim.secret(voteEpoch)]) {
        await expect(consensus.beat({ ...emptyBeat(attacker.agentId), previous: open, secret, ballot }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(attacker.agentId, voteEpoch);
      }
      await warpTo(voteEpoch + 2);
      await consensus.forfeit(attacker.agentId, open);
      const after = await holdingsOf(contracts, [owner], [attacker.agentId]);
      expect(after).to.deep.equal({ ...before, stake: before.stake - SEAT_BOND });
    });

    it("committing a ballot that its exposure does not cover", async () => {
      const { panel, attacker, wealth, before } = await attackedPanel();
      const { contracts, panelists, warpTo } = panel;
      const { consensus } = contracts;
      const { id, voteEpoch } = await panel.ask("for nothing");
      await warpTo(voteEpoch);
      await attacker.beat({ commit: [{ id, outcome: 1 }], exposure: SEAT_BOND - 1n });
      for (const other of panelists.slice(1)) await other.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      await expect(attacker.beat({ reveal: true }))
        .to.be.revertedWithCustomError(consensus, "ExposureExceeded")
        .withArgs(SEAT_BOND, SEAT_BOND - 1n);
      for (const other of panelists.slice(1)) await other.beat({ reveal: true });
      await warpTo(voteEpoch + 2);
      await consensus.forfeit(attacker.agentId, await attacker.link());
      // The wrong declaration costs what it declared, whatever the vote was, and the vote does not count.
      expect((await wealth()) - before).to.equal(-(SEAT_BOND - 1n));
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 2n]);
    });
  });

  describe("that would take a vote back", () => {
    it("hiding a regretted vote", async () => {
      // Shown, it loses a twelfth of its bond.
      const shown = await regretting();
      await finish(shown.panel, [shown.attacker], shown.voteEpoch);
      expect((await shown.wealth()) - shown.before).to.equal(-LOSS);

      // Hidden, all of it; of which its own accomplice can fetch a two-hundredth.
      for (const accomplice of [false, true]) {
        const { panel, attacker, voteEpoch, wealth, before } = await regretting();
        const { consensus, vault } = panel.contracts;
        const keeper = accomplice ? panel.owners[7]! : panel.stranger;
        await panel.warpTo(voteEpoch + 2);
        await expect(consensus.connect(keeper).forfeit(attacker.agentId, await attacker.link()))
          .to.emit(consensus, "BallotForfeited")
          .withArgs(attacker.agentId, voteEpoch, SEAT_BOND, keeper.address);
        const credited = accomplice ? await vault.creditOf(keeper) : 0n;
        expect((await wealth()) + credited - before).to.equal(accomplice ? -(SEAT_BOND * 199n) / 200n : -SEAT_BOND);
      }
      expect((SEAT_BOND * 199n) / 200n).to.be.greaterThan(LOSS);
    });

    /**
     * Twenty-four questions were answered 1; the next answer is 0, which makes it as rare as can be, and nine trusted seats of ten know
     * it. What the attacker, a newcomer that said 1, and its accomplice have of it, shown or hidden.
     */
    async function defyRareTruth(hidden: boolean) {
      const panel = await loadRare();
      const { contracts, panelists, warpTo } = panel;
      const { consensus } = contracts;
      const [owner, accomplice] = [panel.owners[6]!, panel.owners[7]!];
      const decoy = await recruit(panel, panel.owners[8]!, { allocation: 350n * TOKEN });
      const attacker = await recruit(panel, owner, { domains: [] });
      await warpTo((await panel.epoch()) + 2);
      const usual: Hex[] = [];
      for (let n = 0; n < 24; n++) usual.push((await panel.ask(`usual ${n}`)).id);
      const first = (await panel.epoch()) + 1;
      await warpTo(first);
      const all = [...panelists.map((voter) => [voter, 3] as const), [decoy, 1] as const];
      for (const [voter, seats] of all) {
        const backing = (BigInt(seats) * 350n * TOKEN) / UNIT;
        await voter.beat({ commit: usual.map((id) => ({ id, outcome: 1, seats })), backing });
      }
      await warpTo(first + 1);
      for (const [voter] of all) await voter.beat({ reveal: true });
      await consensus.connect(decoy.owner).allocate(decoy.agentId, 1, 0);
      await consensus.connect(owner).allocate(attacker.agentId, 1, 350n * TOKEN);
      await warpTo(first + 3);
      for (const [voter] of all) await voter.settle(first);

      const wealth = () => wealthOf(contracts, [owner, accomplice], [attacker.agentId]);
      const before = await wealth();
      const { id, voteEpoch } = await panel.ask("rare");
      await warpTo(voteEpoch);
      for (const voter of panelists) await voter.beat({ commit: [{ id, outcome: 0, seats: 3 }] });
      await attacker.beat({ commit: [{ id, outcome: 1 }], backing: (350n * TOKEN) / UNIT });
      await warpTo(voteEpoch + 1);
      for (const voter of panelists) await voter.beat({ reveal: true });
      if (hidden) {
        await warpTo(voteEpoch + 2);
        await consensus.connect(accomplice).forfeit(attacker.agentId, await attacker.link());
      } else {
        await attacker.beat({ reveal: true });
        const { weights } = await consensus.tally(id);
        expect([...weights]).to.deep.equal([9n * 4_096n, 256n]);
        await warpTo(voteEpoch + 3);
        await attacker.settle(voteEpoch, accomplice);
      }
      const { alpha, beta, verdicts } = await consensus.trust(attacker.agentId, 1);
      return { change: (await wealth()) - before, trust: [alpha, beta, verdicts] };
    }

    it("hiding a vote against a rare and nearly unanimous truth", async () => {
      const shown = await defyRareTruth(false);
      const hidden = await defyRareTruth(true);
      // Shown, it loses 143/145 of its bond, of whose tenth that is burned a twentieth comes back through the accomplice.
      const loss = (SEAT_BOND * 143n) / 145n + 1n;
      expect(shown).to.deep.equal({ change: -loss + loss / 200n, trust: [4_096n, 3_072n, 1n] });
      // Hidden, its whole bond, of which as much comes back: a third of a token more, but no mark on its trust.
      expect(hidden).to.deep.equal({ change: -SEAT_BOND + SEAT_BOND / 200n, trust: [4_096n, 2_048n, 0n] });
      expect(hidden.change).to.be.lessThan(shown.change);
    });

    it("re-enrolling mid-flight", async () => {
      const { panel, attacker, id, voteEpoch, wealth, before } = await regretting();
      const { contracts, panelists, stranger, warpTo } = panel;
      const { consensus } = contracts;
      const { agentId } = attacker;
      const again = () => attacker.enroll(hashOf("another chain") as Hex);
      const refused = () =>
        expect(again()).to.be.revertedWithCustomError(consensus, "BallotStillOpen").withArgs(agentId, voteEpoch);
      // Not while the ballot can be revealed, nor once it is overdue, nor once it is revealed and waits for its settlement.
      await refused();
      await warpTo(voteEpoch + 2);
      await refused();
      await consensus.connect(stranger).forfeit(agentId, await attacker.link());
      await again();
      expect((await wealth()) - before).to.equal(-SEAT_BOND);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 2n]);

      const shown = await regretting();
      await shown.attacker.beat({ reveal: true });
      const late = shown.panel.contracts.consensus;
      const pending = () => shown.attacker.enroll(hashOf("another chain") as Hex);
      for (const epoch of [1, 2, 3]) {
        if (epoch > 1) await shown.panel.warpTo(shown.voteEpoch + epoch);
        await expect(pending())
          .to.be.revertedWithCustomError(late, "BallotsPending")
          .withArgs(shown.attacker.agentId, 1 << (shown.voteEpoch % 16));
      }
      await shown.attacker.settle(shown.voteEpoch);
      await pending();
      expect((await shown.wealth()) - shown.before).to.equal(-LOSS);
      expect(panelists.length).to.equal(3);
    });

    it("committing over an unrevealed ballot", async () => {
      const { panel, attacker, id, voteEpoch, wealth, before } = await regretting();
      const { contracts, warpTo } = panel;
      const { consensus } = contracts;
      const { agentId } = attacker;
      await expect(attacker.beat({ commit: [] }))
        .to.be.revertedWithCustomError(consensus, "BallotStillOpen")
        .withArgs(agentId, voteEpoch);
      // An epoch later the beat that would commit has first to forfeit: all of it, and not even a keeper's share comes back.
      await warpTo(voteEpoch + 2);
      await expect(attacker.beat({ commit: [] }))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(agentId, voteEpoch, SEAT_BOND, "0x" + "00".repeat(20))
        .and.to.emit(consensus, "BallotCommitted");
      expect((await wealth()) - before).to.equal(-SEAT_BOND);
      expect(await consensus.unsweptDue()).to.equal(SEAT_BOND);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 2n]);
    });
  });

  describe("of somebody else", () => {
    it("sending a victim's reveal and settlement first", async () => {
      const { panel, attacker: victim, id, voteEpoch, wealth, before } = await regretting(1);
      const { contracts, stranger, warpTo } = panel;
      const consensus = contracts.consensus.connect(stranger);
      const { agentId } = victim;
      // Seen in the mempool: reveal and commit. Changed in any part it opens nothing; as it is, it does the victim's work.
      const seen = await victim.prepare({ reveal: true, commit: [] });
      const wrong = encodeBallot([{ questionId: id, outcome: 0 }]);
      const { previous } = seen;
      for (const change of [
        { ballot: wrong },
        { secret: hashOf("wrong") },
        { previous: { ...previous, exposure: 0n } },
        { previous: { ...previous, backing: 0n } },
      ]) {
        await expect(consensus.beat({ ...seen, ...change }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(agentId, voteEpoch);
      }
      const notWallet = consensus.interface.encodeErrorResult("NotAgentWallet", [agentId, stranger.address]);
      await expect(consensus.beat(seen))
        .to.emit(consensus, "BallotRevealed")
        .and.to.emit(consensus, "CommitSkipped")
        .withArgs(agentId, voteEpoch + 1, notWallet);
      await expect(consensus.connect(victim.owner).beat(seen)).to.emit(consensus, "BallotCommitted");
      await warpTo(voteEpoch + 3);
      // The next beat would settle the first ballot, reveal the second, which is overdue by now, and commit a third.
      const [revealed] = await consensus.queryFilter(consensus.filters.BallotRevealed(agentId));
      await consensus.settle(agentId, voteEpoch, revealed!.args.receipts);
      const link = { tip: victim.secret(voteEpoch), commitment: seen.commitment, exposure: 0n, backing: UNITS };
      const next = {
        ...emptyBeat(agentId),
        settleEpoch: voteEpoch,
        receipts: revealed!.args.receipts,
        previous: link,
        commitEpoch: voteEpoch + 3,
        commitment: hashOf("the third"),
      };
      await expect(consensus.connect(victim.owner).beat(next))
        .to.emit(consensus, "BallotCommitted")
        .withArgs(agentId, voteEpoch + 3, next.commitment, 0, 0, anyValue, 0);
      expect((await wealth()) - before).to.equal(SEAT_FEE);
    });

    it("selling an agent with a ballot in flight", async () => {
      const panel = await load();
      const { contracts, stranger: buyer, warpTo } = panel;
      const { consensus, registry, vault } = contracts;
      const [{ agentId, owner: seller }] = panel.panelists;
      const accomplice = panel.owners[7]!;
      const agent = panel.panelists[0];
      const now = await panel.epoch();
      // The seller commits all the agent has just before the sale, keeps the secret, and its accomplice forfeits.
      const { free } = await vault.account(agentId);
      await agent.beat({ commit: [], exposure: free });
      await registry.connect(seller).transferFrom(seller, buyer, agentId);
      const sold = await vault.account(agentId);
      expect([sold.balance, sold.locked, sold.free]).to.deep.equal([free, free, 0n]);
      await expect(vault.connect(buyer).requestWithdrawal(agentId, 1))
        .to.be.revertedWithCustomError(vault, "InsufficientFreeStake")
        .withArgs(agentId, 1, 0);
      await warpTo(now + 1);
      await consensus.roll();
      await warpTo(now + 2);
      await consensus.connect(accomplice).forfeit(agentId, await agent.link());
      // The buyer has lost the stake, the seller's side has a two-hundredth of it: read `locked` before paying.
      expect((await vault.account(agentId)).balance).to.equal(0);
      expect(await vault.creditOf(accomplice)).to.equal(free / 200n);
      expect(await vault.creditOf(seller)).to.equal(0);
      expect(free).to.equal(3_000n * TOKEN);
    });
  });
});
