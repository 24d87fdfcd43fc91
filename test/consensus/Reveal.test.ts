import { encodeBallot, encodeReceipts, type Hex, joinQuestionId, ringHash, sortVotes } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, type Panel, panelLoader, SEAT_BOND, STAKE, UNIT } from "../kit/panel.ts";
import { rotateWallet } from "../kit/wallet.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection, { domains: [{}, { outcomes: 4 }] });

const UNITS = ALLOCATION / UNIT;
const hash = (n: number): Hex => `0x${n.toString(16).padStart(40, "0")}`;

/** A group of a ballot: votes for outcome 1 on questions nobody asked, and a count that may be wrong. */
const group = (domainId: number, count: number, hashes: readonly Hex[]): Hex =>
  ethers.concat([
    ethers.toBeHex(domainId, 4),
    ethers.toBeHex(count, 2),
    ...hashes.flatMap((id) => [id, "0x01"]),
  ]) as Hex;

/** Commits to `ballot` and moves on to its reveal epoch. */
async function committed(panel: Panel, ballot: Hex, exposure = 0n): Promise<void> {
  await panel.panelists[0].beat({ ballot, exposure });
  await panel.warpTo((await panel.epoch()) + 1);
}

describe("Reveal", () => {
  describe("beat that reveals", () => {
    it("emits BallotRevealed with the receipts, counts the votes and keeps their hash", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId } = panelist;
      const { id, voteEpoch } = await ask("counted");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      const receipts = encodeReceipts({ generation: 0, receipts: [{ questionId: id, outcome: 1, seats: 1 }] });
      const secret = panelist.secret(voteEpoch);
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(agentId, voteEpoch, secret, receipts);
      const { seats, weights } = await consensus.tally(id);
      expect([[...seats], [...weights]]).to.deep.equal([
        [0n, 1n],
        [0n, 256n],
      ]);
      const { ballotOpen, ring, tipEpoch } = await consensus.agent(agentId);
      expect([ballotOpen, ring, tipEpoch]).to.deep.equal([false, 1n << BigInt(voteEpoch % 16), BigInt(voteEpoch)]);
      // What is locked is exactly the bond of the seat, until it is settled by receipts of this hash and no other.
      expect((await vault.account(agentId)).locked).to.equal(SEAT_BOND);
      expect(ringHash(voteEpoch, receipts)).to.not.equal(ringHash(voteEpoch + 1, receipts));
      await expect(consensus.settle(agentId, voteEpoch, receipts))
        .to.be.revertedWithCustomError(consensus, "NothingFinal")
        .withArgs(agentId, voteEpoch);
    });

    it("counts the votes of every domain of the ballot, by their seats", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const asked = [await ask("a"), await ask("b"), await ask("c", { domainId: 2 }), await ask("d", { domainId: 2 })];
      const epoch = asked[0]!.voteEpoch;
      await warpTo(epoch);
      const votes = asked.map(({ id }, i) => ({ id, outcome: i }));
      votes[2]!.outcome = 2;
      votes[0]!.outcome = 1;
      await panelist.beat({ commit: votes });
      await warpTo(epoch + 1);
      const sorted = sortVotes(votes.map(({ id, outcome }) => ({ questionId: id, outcome, seats: 1 })));
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, epoch, panelist.secret(epoch), encodeReceipts({ generation: 0, receipts: sorted }));
      for (const [i, expected] of [
        [0n, 1n],
        [0n, 1n],
        [0n, 0n, 1n, 0n],
        [0n, 0n, 0n, 1n],
      ].entries()) {
        expect([...(await consensus.tally(asked[i]!.id)).seats]).to.deep.equal(expected);
      }
      expect((await vault.account(panelist.agentId)).locked).to.equal(4n * SEAT_BOND);
    });

    it("frees the exposure not needed, and all of it where no vote counted", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [padded, abstaining] = panelists;
      const { id, voteEpoch } = await ask("padded");
      await warpTo(voteEpoch);
      await padded.beat({ commit: [{ id, outcome: 1 }], exposure: 500n * 10n ** 18n });
      await abstaining.beat({ commit: [], exposure: 300n });
      await warpTo(voteEpoch + 1);
      await expect(padded.beat({ reveal: true }))
        .to.emit(vault, "AccountChanged")
        .withArgs(padded.agentId, STAKE, SEAT_BOND);
      await expect(abstaining.beat({ reveal: true }))
        .to.emit(vault, "AccountChanged")
        .withArgs(abstaining.agentId, STAKE, 0n);
      expect((await consensus.agent(abstaining.agentId)).ring).to.equal(0n);
      expect((await vault.account(abstaining.agentId)).free).to.equal(STAKE);
    });

    it("reveals when sent by a stranger who knows the secret, and lets the agent commit in the same epoch", async () => {
      const { ask, contracts, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { id, voteEpoch } = await ask("relayed");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      // The agent's own beat, overtaken by a stranger who saw its secret: the reveal is skipped, the commit made.
      const overtaken = await panelist.prepare({ reveal: true, commit: [] });
      await expect(panelist.beat({ reveal: true, from: stranger })).to.emit(consensus, "BallotRevealed");
      const sent = consensus.connect(panelist.owner).beat(overtaken);
      await expect(sent).to.emit(consensus, "BallotCommitted");
      await expect(sent).to.not.emit(consensus, "BallotRevealed");
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 1n]);
    });

    it("reverts where the reveal was made already and nothing else is in the beat", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      await warpTo(now + 1);
      const reveal = await panelist.prepare({ reveal: true });
      await panelist.beat({ reveal: true });
      for (const from of [panelist.owner, stranger]) {
        await expect(consensus.connect(from).beat(reveal))
          .to.be.revertedWithCustomError(consensus, "NoOpenBallot")
          .withArgs(panelist.agentId);
      }
    });

    it("cannot be replayed against the next ballot", async () => {
      const { ask, contracts, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { id, voteEpoch } = await ask("once");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      const reveal = await panelist.prepare({ reveal: true });
      await panelist.beat({ reveal: true, commit: [{ id, outcome: 1 }] });
      await expect(consensus.connect(stranger).beat(reveal))
        .to.be.revertedWithCustomError(consensus, "RevealOutOfEpoch")
        .withArgs(panelist.agentId, voteEpoch + 1, voteEpoch + 1);
      await warpTo(voteEpoch + 2);
      await expect(consensus.connect(stranger).beat(reveal))
        .to.be.revertedWithCustomError(consensus, "RevealMismatch")
        .withArgs(panelist.agentId, voteEpoch + 1);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 1n]);
    });

    it("reveals for the old wallet, the new one and the owner where the wallet was rotated", async () => {
      const { ask, contracts, owners, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const second = owners[6]!;
      const { id, voteEpoch } = await ask("rotated");
      await rotateWallet(connection, contracts, panelist.agentId, panelist.owner, stranger);
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }], from: stranger });
      await rotateWallet(connection, contracts, panelist.agentId, panelist.owner, second);
      await warpTo(voteEpoch + 1);
      for (const from of [panelist.owner, second, stranger]) {
        const reveal = await panelist.prepare({ reveal: true });
        expect(await consensus.connect(from).beat.staticCall(reveal)).to.equal(false);
      }
      await panelist.beat({ reveal: true, from: stranger });
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 1n]);
    });

    it("reverts in the epoch of the commit, and two epochs later", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const now = await epoch();
      await panelist.beat({ commit: [] });
      for (const after of [0, 2, 3]) {
        if (after > 0) await warpTo(now + after);
        await expect(panelist.beat({ reveal: true }))
          .to.be.revertedWithCustomError(consensus, "RevealOutOfEpoch")
          .withArgs(panelist.agentId, now, now + after);
      }
    });

    it("reverts where secret, ballot, exposure or backing are not those committed to", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { agentId, owner } = panelist;
      const { id, voteEpoch } = await ask("as committed");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      const reveal = await panelist.prepare({ reveal: true });
      const forged = [
        { secret: ethers.id("wrong") },
        { secret: panelist.secret(voteEpoch + 1) },
        { secret: panelist.tip },
        { ballot: encodeBallot([{ questionId: id, outcome: 0 }]) },
        { ballot: "0x" },
        { previous: { ...reveal.previous, exposure: 2n * SEAT_BOND } },
        { previous: { ...reveal.previous, exposure: 0n } },
        { previous: { ...reveal.previous, backing: UNITS + 1n } },
      ];
      for (const parts of forged) {
        await expect(consensus.connect(owner).beat({ ...reveal, ...parts }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(agentId, voteEpoch);
      }
      expect((await vault.account(agentId)).locked).to.equal(SEAT_BOND);
      // Tip and commitment are proven, not read.
      const tip = ethers.id("not read");
      await consensus.connect(owner).beat({ ...reveal, previous: { ...reveal.previous, tip, commitment: tip } });
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 1n]);
    });

    it("reverts where the seats need more than the declared exposure", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const { id, voteEpoch } = await ask("too low");
      await warpTo(voteEpoch);
      await panelist.beat({ commit: [{ id, outcome: 1 }], exposure: SEAT_BOND - 1n });
      await warpTo(voteEpoch + 1);
      await expect(panelist.beat({ reveal: true }))
        .to.be.revertedWithCustomError(consensus, "ExposureExceeded")
        .withArgs(SEAT_BOND, SEAT_BOND - 1n);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 0n]);
    });

    it("takes 256 votes and not one more", async () => {
      const panel = await load();
      const { contracts, panelists } = panel;
      const { consensus } = contracts;
      const hashes = Array.from({ length: 257 }, (_, i) => hash(i + 1));
      await committed(panel, group(1, 256, hashes.slice(0, 256)));
      await expect(panelists[0].beat({ reveal: true })).to.emit(consensus, "BallotRevealed");
      for (const ballot of [
        group(1, 257, hashes),
        ethers.concat([group(1, 256, hashes.slice(0, 256)), group(2, 1, [hash(1)])]) as Hex,
      ]) {
        const again = await load();
        await committed(again, ballot);
        await expect(again.panelists[0].beat({ reveal: true }))
          .to.be.revertedWithCustomError(consensus, "TooManyVotes")
          .withArgs(257, 256);
      }
    });

    const one = group(1, 1, [hash(1)]);
    const malformed: readonly [string, Hex, number][] = [
      ["an empty group", group(1, 0, []), 0],
      ["an empty group behind another", ethers.concat([one, group(2, 0, [])]) as Hex, 27],
      ["fewer votes than the group says", group(1, 2, [hash(1)]), 0],
      ["a vote cut off", ethers.dataSlice(one, 0, 26) as Hex, 0],
      ["a head cut off", ethers.concat([one, "0x0000000200"]) as Hex, 27],
      ["a byte behind the last group", ethers.concat([one, "0x00"]) as Hex, 27],
      ["a single byte", "0x00", 0],
    ];
    for (const [what, ballot, offset] of malformed) {
      it(`reverts on a ballot with ${what}`, async () => {
        const panel = await load();
        const { consensus } = panel.contracts;
        await committed(panel, ballot);
        await expect(panel.panelists[0].beat({ reveal: true }))
          .to.be.revertedWithCustomError(consensus, "MalformedBallot")
          .withArgs(offset);
      });
    }

    const unsorted: readonly [string, Hex, number][] = [
      ["a question twice", group(1, 2, [hash(5), hash(5)]), 27],
      ["a lower question behind a higher", group(1, 3, [hash(5), hash(6), hash(4)]), 48],
      ["a question of hash zero", group(1, 1, [hash(0)]), 6],
      ["a domain twice", ethers.concat([one, one]) as Hex, 27],
      ["a lower domain behind a higher", ethers.concat([group(2, 1, [hash(1)]), one]) as Hex, 27],
    ];
    for (const [what, ballot, offset] of unsorted) {
      it(`reverts on a ballot with ${what}`, async () => {
        const panel = await load();
        const { consensus } = panel.contracts;
        await committed(panel, ballot);
        await expect(panel.panelists[0].beat({ reveal: true }))
          .to.be.revertedWithCustomError(consensus, "UnsortedVotes")
          .withArgs(offset);
      });
    }

    it("leaves a ballot that cannot be revealed to be forfeited", async () => {
      const panel = await load();
      const { contracts, epoch, panelists, warpTo } = panel;
      const [panelist] = panelists;
      const now = await epoch();
      await committed(panel, "0x00", 100n);
      await contracts.consensus.roll();
      await warpTo(now + 2);
      await expect(panelist.beat({ commit: [] })).to.emit(contracts.consensus, "BallotForfeited");
    });
  });

  describe("a vote that is skipped", () => {
    it("is one on a question, or in a domain, that does not exist", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [panelist] = panelists;
      const { id, voteEpoch } = await ask("the only one");
      await warpTo(voteEpoch);
      const commit = [joinQuestionId(1, hash(1)), id, joinQuestionId(2, hash(1)), joinQuestionId(77, hash(1))].map(
        (id) => ({ id, outcome: 1 }),
      );
      await panelist.beat({ commit });
      await warpTo(voteEpoch + 1);
      const receipts = encodeReceipts({ generation: 0, receipts: [{ questionId: id, outcome: 1, seats: 1 }] });
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, voteEpoch, panelist.secret(voteEpoch), receipts);
      expect((await vault.account(panelist.agentId)).locked).to.equal(SEAT_BOND);
    });

    it("is one on a question of another epoch, or on a final one", async () => {
      const { ask, contracts, decide, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const final = await decide("final", [1, 1, 1]);
      const past = await ask("of the last epoch");
      await warpTo(past.voteEpoch + 1);
      await consensus.finalize(final.id);
      const future = await ask("of the next epoch");
      await panelist.beat({ commit: [final.id, past.id, future.id].map((id) => ({ id, outcome: 0 })) });
      await warpTo(future.voteEpoch);
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, past.voteEpoch + 1, panelist.secret(past.voteEpoch + 1), "0x");
      for (const { id } of [past, future]) expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 0n]);
    });

    it("is one for an outcome the domain does not have", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      const two = await ask("two outcomes");
      const four = await ask("four outcomes", { domainId: 2 });
      await warpTo(two.voteEpoch);
      const [bad, good] = [two, four].map(({ id }) => ethers.dataSlice(id, 4)) as [Hex, Hex];
      const ballot = ethers.concat(["0x000000010001", bad, "0xff", "0x000000020001", good, "0x03"]) as Hex;
      await panelist.beat({ ballot, exposure: SEAT_BOND });
      await warpTo(two.voteEpoch + 1);
      const receipts = encodeReceipts({ generation: 0, receipts: [{ questionId: four.id, outcome: 3, seats: 1 }] });
      await expect(panelist.beat({ reveal: true }))
        .to.emit(consensus, "BallotRevealed")
        .withArgs(panelist.agentId, two.voteEpoch, panelist.secret(two.voteEpoch), receipts);
      expect([...(await consensus.tally(two.id)).seats]).to.deep.equal([0n, 0n]);
    });

    it("is one without a seat, because nothing is allocated or backed", async () => {
      const { ask, contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [left, unbacked] = panelists;
      await consensus.connect(left.owner).allocate(left.agentId, 1, 0);
      await warpTo((await epoch()) + 1);
      const { id, voteEpoch } = await ask("seats");
      await warpTo(voteEpoch);
      await left.beat({ commit: [{ id, outcome: 1 }] });
      await unbacked.beat({ commit: [{ id, outcome: 1 }], backing: 0n });
      await warpTo(voteEpoch + 1);
      for (const panelist of [left, unbacked]) {
        await expect(panelist.beat({ reveal: true }))
          .to.emit(consensus, "BallotRevealed")
          .withArgs(panelist.agentId, voteEpoch, panelist.secret(voteEpoch), "0x");
      }
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 0n]);
    });

    it("is decided by the draw where the seats are not whole, as the view and the rules say", async () => {
      const { ask, contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const drawn = [];
      for (let i = 0; i < 4; i++) {
        const { id, voteEpoch } = await ask(`drawn ${i}`);
        await warpTo(voteEpoch);
        const backing = UNITS / 2n;
        const expected = [];
        await networkHelpers.setPrevRandao(i);
        await consensus.roll();
        for (const panelist of panelists) {
          expected.push(await consensus.seatsOf(panelist.agentId, id, panelist.secret(voteEpoch), backing));
          await panelist.beat({ commit: [{ id, outcome: 1 }], backing });
        }
        await warpTo(voteEpoch + 1);
        for (const panelist of panelists) await panelist.beat({ reveal: true });
        const sum = expected.reduce((a, b) => a + b, 0n);
        expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, sum]);
        drawn.push(...expected);
      }
      // Twelve draws of one half: some of each.
      expect(new Set(drawn)).to.deep.equal(new Set([0n, 1n]));
    });
  });
});
