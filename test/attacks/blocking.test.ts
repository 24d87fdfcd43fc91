import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdLuckily, holdTogether } from "../kit/draw.ts";
import { ALLOCATION, type Asked, type Panel, panelLoader } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";
import { signStatement } from "./kit.ts";

const connection = await network.create();
const { ethers } = connection;
const equals = (count: number) => Array<bigint>(count).fill(ALLOCATION);
// Rounds of 3, 7 and 15 seats. Domain 1 has three of them, domain 2 two, domain 3 one.
const domains = [{}, { maxRounds: 2 }, { maxRounds: 1, silentEpochs: 16, openAnswers: true }];
const loadTen = panelLoader(connection, { domains, allocations: equals(10) });
const loadThree = panelLoader(connection, { domains, allocations: equals(3), chainLength: 256 });

const FALSE = 0;
const TRUE = 1;
const sum = (seats: readonly number[]) => seats.reduce((a, b) => a + b, 0);

/** Asks `count` questions in this epoch. */
async function askMany(panel: Panel, count: number, options: Parameters<Panel["ask"]>[1] = {}): Promise<Asked[]> {
  const asked: Asked[] = [];
  const epoch = await panel.epoch();
  for (let i = 0; i < count; i++) asked.push(await panel.ask(`question ${i} of epoch ${epoch}`, options));
  return asked;
}

/** Waits until questions whose reveals are over are final, and finalizes them. */
async function finalizeAll(panel: Panel, asked: readonly Asked[]): Promise<void> {
  await panel.warpTo((asked[0]?.voteEpoch ?? 0) + 3);
  for (const { id } of asked) await panel.contracts.consensus.finalize(id);
}

/** Who splits votes has three of ten agents. */
const attackersOnly = 3;
const split = [FALSE, FALSE, FALSE, ...Array<number>(7).fill(TRUE)];
const seated = (ofAttackers: number, ofHonest: number) => (seats: readonly number[]) =>
  sum(seats.slice(0, attackersOnly)) === ofAttackers && sum(seats.slice(attackersOnly)) === ofHonest;

describe("Attacks that block a verdict", () => {
  it("idle stake that tries to erase a verdict", async () => {
    const panel = await loadTen();
    const { contracts, panelists, owners } = panel;
    const { consensus } = contracts;
    const appellant = owners[10] as Panel["deployer"];
    // Seven of ten agents are the attackers', and never vote.
    const outcomes = [...Array<null>(7).fill(null), TRUE, TRUE, TRUE];
    const ofHonest = (wanted: number) => (seats: readonly number[]) => sum(seats.slice(7)) === wanted;
    const asked = await panel.ask("true");
    const parties = {
      attackers: { accounts: [appellant], agents: panelists.slice(0, 7) },
      honest: { agents: panelists.slice(7) },
    };

    const gains = await gainsOf(panel, parties, async () => {
      await holdLuckily(panel, asked, outcomes, ofHonest(2));
      for (const seatsOfHonest of [0, 3]) {
        // Two of three seats were quorum once, and stay it: of 10 and of 25 seats asked for they would be none.
        expect([...(await consensus.verdict(asked.id))].slice(0, 3)).to.deep.equal([3n, BigInt(TRUE), 10_000n]);
        await consensus.connect(appellant).appeal(asked.id);
        await holdLuckily(panel, asked, outcomes, ofHonest(seatsOfHonest));
      }
      await panel.warpTo(asked.voteEpoch + 9);
      await settleAll(panelists);
    });

    expect([...(await consensus.verdict(asked.id))]).to.deep.equal([4n, BigInt(TRUE), 10_000n, 3n]);
    // What the appeals cost goes to those who voted.
    expect(gains).to.deep.equal({
      attackers: -parseEther("22"),
      honest: parseEther("25"),
      sink: 0n,
      escrow: -parseEther("3"),
    });
  });

  it("idle stake that starves committees", async () => {
    // Two thirds of the stake are idle: the committees grow until the rest is enough.
    const panel = await loadThree();
    const { consensus } = panel.contracts;
    const parties = {
      idle: { agents: panel.panelists.slice(1) },
      honest: { agents: [panel.panelists[0]] },
      asker: { accounts: [panel.deployer] },
    };
    const resolved: boolean[] = [];
    const gains = await gainsOf(panel, parties, async () => {
      while (resolved.length < 40) {
        const [asked] = (await askMany(panel, 1, { domainId: 3 })) as [Asked];
        await holdTogether(panel, [asked], (member) => (member === 0 ? TRUE : null));
        await finalizeAll(panel, [asked]);
        resolved.push((await consensus.question(asked.id)).status === 2n);
        await settleAll(panel.panelists);
      }
    });
    // At 6 seats offered the third that votes holds two, the quorum, for certain; luck may give it two before.
    const unresolved = BigInt(resolved.filter((answered) => !answered).length);
    expect(resolved.lastIndexOf(false)).to.be.within(10, 30);
    // Idling has cost the asker answers, and a tenth of their fees; it has earned nothing.
    expect(gains).to.deep.equal({
      idle: 0n,
      honest: parseEther("120") - unresolved * parseEther("0.3"),
      asker: -parseEther("120"),
      sink: unresolved * parseEther("0.3"),
      escrow: 0n,
    });

    // Dead stake can be trimmed away.
    await expect(consensus.trim(panel.panelists[1].agentId, 3))
      .to.emit(consensus, "Allocated")
      .withArgs(panel.panelists[1].agentId, 3, 0, 2_100_000, (await panel.epoch()) + 2);

    // More than seven eighths of the stake, alive and idle, do stop a domain: a committee is four times as large at most.
    const starved = await loadTen();
    await finalizeAll(starved, await askMany(starved, 25, { domainId: 3 }));
    await starved.warpTo((await starved.epoch()) + 1);
    const asked = await askMany(starved, 20, { domainId: 3 });
    expect((await starved.contracts.consensus.question((asked[0] as Asked).id)).offeredSeats).to.equal(12n);
    const [seats] = await holdTogether(starved, asked, (member) => (member === 0 ? TRUE : null));
    await finalizeAll(starved, asked);
    let answered = 0;
    for (const [i, { id }] of asked.entries()) {
      const { status } = await starved.contracts.consensus.question(id);
      // 1.2 seats of 12: a second one only by luck.
      expect(status).to.equal((seats?.[i] ?? 0) >= 2 ? 2n : 3n);
      if (status === 2n) answered++;
    }
    expect(answered).to.be.within(1, 9);
  });

  it("splitting votes for Unresolved", async () => {
    /** A falsehood asserted and disputed at `bond`, on whose committee the attackers have a third. */
    const carryOut = async (bond: bigint, appealed: boolean) => {
      const panel = await loadTen();
      const { contracts, owners, panelists } = panel;
      const { claims, consensus } = contracts;
      const [asserter, disputer] = owners.slice(10) as [Panel["deployer"], Panel["deployer"]];
      const assertion = { domainId: 2, outcome: FALSE, contentHash: ethers.id("x"), asserter, bond, salt: ZERO_HASH };
      const parties = {
        attackers: { accounts: [asserter], agents: panelists.slice(0, attackersOnly) },
        honest: { agents: panelists.slice(attackersOnly) },
        disputer: { accounts: [disputer] },
      };
      return gainsOf(panel, parties, async () => {
        await claims.connect(asserter).assertClaim(2, FALSE, assertion.contentHash, "", bond, ZERO_HASH);
        await claims.connect(disputer).dispute(assertion, "");
        const id = (await claims.claim(await claims.claimIdOf(assertion))).questionId as Hex;
        await holdLuckily(panel, { id }, split, seated(1, 2));
        // Two to one is a hair below two thirds.
        expect([...(await consensus.verdict(id))]).to.deep.equal([2n, BigInt(TRUE), 6_666n, 1n]);
        if (appealed) {
          await consensus.connect(disputer).appeal(id);
          await holdLuckily(panel, { id }, split, seated(2, 5));
        }
        await panel.warpTo((await panel.epoch()) + 1);
        await settleAll(panelists);
        await claims.resolve(assertion);
      });
    };

    // Nobody takes it further. The block succeeds: the asserter pays half of the fee instead of the bond, and blocking itself earns nothing.
    expect(await carryOut(parseEther("12"), false)).to.deep.equal({
      attackers: -parseEther("1.5"),
      honest: parseEther("2.7"),
      disputer: -parseEther("1.5"),
      sink: parseEther("0.3"),
      escrow: 0n,
    });
    // Seven of ten seats decide the last round: a margin of .4. The attackers lose their bond and more.
    const losses = 3n * ((parseEther("6") * 4n) / 10n);
    const common = { honest: parseEther("10") + (losses * 9n) / 10n, escrow: 0n };
    const seat = common.honest / 7n;
    expect(await carryOut(parseEther("12"), true)).to.deep.equal({
      ...common,
      honest: 7n * seat,
      attackers: -parseEther("12") - losses,
      // But so does the disputer: an appeal of an undecided round is never refunded.
      disputer: parseEther("3") - parseEther("7"),
      sink: parseEther("6") + losses / 10n + (common.honest - 7n * seat),
    });
    // At a bond of 5k + 2 fees, 17 here, the disputer is no worse off by going on; above it, better.
    expect((await carryOut(parseEther("17"), true)).disputer).to.equal(-parseEther("1.5"));
  });

  it("splitting votes under a challenge", async () => {
    const panel = await loadTen();
    const { contracts, owners, panelists } = panel;
    const { claims, vault } = contracts;
    const [author] = panelists;
    const challenger = owners[10] as Panel["deployer"];
    const bond = parseEther("12");
    await vault.connect(author.owner).pledge(author.agentId, bond);
    await claims.connect(author.owner).addSigner(author.agentId, author.owner);
    const contentHash = ethers.id("a falsehood") as Hex;
    const statement = {
      agentId: author.agentId,
      domainId: 2,
      outcome: FALSE,
      contentHash,
      bond,
      expiry: 1n << 40n,
      nonce: 0n,
    };
    const signature = await signStatement(panel, author.owner, statement);
    const parties = {
      attackers: { agents: panelists.slice(0, attackersOnly) },
      honest: { agents: panelists.slice(attackersOnly) },
      challenger: { accounts: [challenger] },
    };
    const carryOut = (attempt: number, ofAttackers: number, ofHonest: number) =>
      gainsOf(panel, parties, async () => {
        await panel.warpTo((await panel.epoch()) + 1);
        await claims.connect(challenger).challenge(statement, signature, "");
        const id = (await claims.claim(await claims.challengeIdOf(statement, attempt))).questionId as Hex;
        await holdLuckily(panel, { id }, split, seated(ofAttackers, ofHonest));
        await panel.warpTo((await panel.epoch()) + 1);
        await settleAll(panelists);
        await claims.resolveChallenge(statement, attempt);
      });

    // A third of the seats saves the whole pledge, and the challenger pays the committee.
    expect(await carryOut(1, 1, 2)).to.deep.equal({
      attackers: 0n,
      honest: parseEther("2.7"),
      challenger: -parseEther("3"),
      sink: parseEther("0.3"),
      escrow: 0n,
    });
    // But the statement has not stood: it can be challenged again, and needs the luck again.
    expect(await carryOut(2, 0, 3)).to.deep.equal({
      attackers: -bond,
      honest: parseEther("3"),
      challenger: parseEther("6") - parseEther("3"),
      sink: parseEther("6"),
      escrow: 0n,
    });
  });

  it("raising k' with unanswerable questions", async () => {
    const panel = await loadThree();
    const { contracts, panelists, stranger, deployer } = panel;
    const { consensus } = contracts;
    const offered = async () => {
      const [asked] = (await askMany(panel, 1, { domainId: 3 })) as [Asked];
      const { offeredSeats } = await consensus.question(asked.id);
      return { asked, offeredSeats };
    };
    const [right, alsoRight, wrong] = panelists;
    // The attacker asks, and one of the voters is its own: it knows the answer.
    const parties = {
      attacker: { accounts: [stranger, deployer], agents: [right] },
      honest: { agents: [alsoRight] },
      erring: { agents: [wrong] },
    };
    const askOne = async (expected: bigint) => {
      const { asked, offeredSeats } = await offered();
      expect(offeredSeats).to.equal(expected);
      await holdTogether(panel, [asked], (member) => (member === 2 ? FALSE : TRUE));
      await finalizeAll(panel, [asked]);
      await settleAll(panelists);
    };
    // Before: one seat each. The erring voter loses 2, of which 1.8 are shared with the fee of 3.
    expect(await gainsOf(panel, parties, () => askOne(3n))).to.deep.equal({
      attacker: parseEther("2.4") - parseEther("3"),
      honest: parseEther("2.4"),
      erring: -parseEther("2"),
      sink: parseEther("0.2"),
      escrow: 0n,
    });

    // 22 questions that nobody answers cost a tenth of their fees.
    const { attacker: cost, ...others } = await gainsOf(panel, parties, async () => {
      const asked = await askMany(panel, 22, { domainId: 3, asker: stranger });
      await finalizeAll(panel, asked);
      for (const { origin } of asked) await consensus.reclaim(origin);
    });
    expect(cost).to.equal(-22n * parseEther("0.3"));
    expect(others).to.deep.equal({ honest: 0n, erring: 0n, sink: -cost, escrow: 0n });

    // After: four times the seats for the same fee, and four times the loss. Who knew the answer lives on who did not.
    expect(await gainsOf(panel, parties, () => askOne(12n))).to.deep.equal({
      attacker: parseEther("5.1") - parseEther("3"),
      honest: parseEther("5.1"),
      erring: -parseEther("8"),
      sink: parseEther("0.8"),
      escrow: 0n,
    });

    // As many questions that everybody answers bring the committee back to its size.
    let cure = 0;
    for (; ; cure++) {
      const { asked, offeredSeats } = await offered();
      if (offeredSeats === 3n) break;
      await holdTogether(panel, [asked], () => TRUE);
      await finalizeAll(panel, [asked]);
      await settleAll(panelists);
    }
    expect(cure).to.be.within(15, 24);
  });
});
