import { ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";

import {
  type Answers,
  AUTHOR,
  AUTHOR_STAKE,
  challenge,
  CONTENT,
  type Desk,
  deskFixture,
  expectRefused,
  FEE,
  MIN_BOND,
  networkHelpers,
  nextBlockAt,
  observe,
  ODD,
  sign,
  signer,
  snapshot,
  statementOf,
  STATUS,
  TOKEN,
  UNBONDING_EPOCHS,
  UNESTIMATED,
  VERDICT,
  verdictOf,
} from "./kit.ts";

/** An uneven bond, uneven fees: every half is rounded. */
const BOND = (MIN_BOND[ODD] as bigint) + 1n;
const HALF = BOND / 2n;
const ODD_FEE = FEE[ODD] as bigint;

/** Challenged and decided; the verdict is final. Of the pledge `locked` could be locked. */
async function decided(c: Desk, answers: Answers, locked = BOND) {
  const challenged = await challenge(c, { domainId: ODD, bond: BOND }, locked);
  await c.decide([challenged.claimId, answers]);
  return challenged;
}

const reclaim = (c: Desk, claimId: string) =>
  c.consensus.reclaim({
    domainId: ODD,
    asker: c.opponent.address,
    contentHash: CONTENT,
    canaryCommitment: ZERO_HASH,
    salt: claimId,
  });

describe("Claims", function () {
  describe("resolveChallenge", function () {
    describe("given a statement that is upheld", function () {
      it("should release the pledge, burn half of the challenger's bond and give the rest, less the fee, to the author's stake", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await decided(c, [1, 1, 1]);

        const { events, changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.resolved, true],
          ["PledgeReleased", AUTHOR, BOND],
          ["SinkCredited", HALF + 1n],
          ["AccountChanged", AUTHOR, AUTHOR_STAKE - BOND + HALF - ODD_FEE, 0n],
          ["Credited", c.opponent.address, ODD_FEE],
        ]);
        expect(changes).to.deep.equal({
          "author.locked": -BOND,
          "author.pledged": BOND,
          "author.balance": HALF - ODD_FEE,
          "author.free": HALF - ODD_FEE,
          "credits.opponent": ODD_FEE,
          sinkDue: HALF + 1n,
          escrow: -BOND,
        });
        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.closed);
        expect(await c.claims.statementStatus(s)).to.deep.equal([1n, false, false]);
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.resolved, 1n, 10_000n, 1n]);
      });

      it("should release only what was locked, and pay the author in full all the same", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s } = await decided(c, [1, 1, 1], 5n);

        const { changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(changes).to.deep.equal({
          "author.locked": -5n,
          "author.pledged": 5n,
          "author.balance": HALF - ODD_FEE,
          "author.free": HALF - ODD_FEE,
          "credits.opponent": ODD_FEE,
          sinkDue: HALF + 1n,
          escrow: -BOND,
        });
      });
    });

    describe("given a statement that falls", function () {
      it("should slash what was locked, burn half of it and give the rest with the bond to the challenger", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await decided(c, [0, 0, 0]);

        const { events, changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.resolved, false],
          ["PledgeSlashed", AUTHOR, BOND],
          ["SinkCredited", HALF + 1n],
          ["Credited", c.opponent.address, BOND + HALF],
        ]);
        expect(changes).to.deep.equal({
          "author.locked": -BOND,
          "author.balance": -BOND,
          "credits.opponent": BOND + HALF,
          sinkDue: HALF + 1n,
          escrow: -BOND,
        });
        expect(await c.claims.statementStatus(s)).to.deep.equal([1n, false, true]);
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.resolved, 0n, 10_000n, 1n]);
      });

      it("should slash no more than was locked", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s } = await decided(c, [0, 0, 0], 5n);
        await c.vault.connect(c.author).pledge(AUTHOR, 100n * TOKEN);

        const { changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(changes).to.deep.equal({
          "author.locked": -5n,
          "author.balance": -5n,
          "credits.opponent": BOND + 2n,
          sinkDue: 3n,
          escrow: 5n - BOND - 5n,
        });
      });

      it("should give the challenger its bond, and nothing more, where nothing could be locked", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await decided(c, [0, 0, 0], 0n);

        const { events, changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.resolved, false],
          ["PledgeSlashed", AUTHOR, 0n],
          ["Credited", c.opponent.address, BOND],
        ]);
        expect(changes).to.deep.equal({ "credits.opponent": BOND, escrow: -BOND });
        expect((await c.claims.statementStatus(s)).fallen).to.equal(true);
      });
    });

    describe("given a verdict without an outcome", function () {
      for (const [ending, answers] of [
        ["undecided, even where the statement leads", [1, 1, 0]],
        ["without a vote", [null, null, null]],
      ] as [string, Answers][]) {
        it(`should return the bond and the pledge: ${ending}`, async function () {
          const c = await networkHelpers.loadFixture(deskFixture);
          const { s, claimId } = await decided(c, answers);

          const { events, changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

          expect(events).to.deep.equal([
            ["ClaimClosed", claimId, VERDICT.unresolved, false],
            ["PledgeReleased", AUTHOR, BOND],
            ["Credited", c.opponent.address, BOND],
          ]);
          expect(changes).to.deep.equal({
            "author.locked": -BOND,
            "author.pledged": BOND,
            "credits.opponent": BOND,
            escrow: -BOND,
          });
          expect(await c.claims.statementStatus(s)).to.deep.equal([1n, false, false]);
        });
      }

      it("should leave the fee, less the burn, to be reclaimed by the challenger where nobody voted", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await decided(c, [null, null, null]);
        await c.claims.resolveChallenge(s, 1);

        const { changes } = await observe(c, () => reclaim(c, claimId));

        const burn = (ODD_FEE * 1_111n + 9_999n) / 10_000n;
        expect(changes).to.deep.equal({ "credits.opponent": ODD_FEE - burn, sinkDue: burn, escrow: -ODD_FEE });
      });
    });

    describe("given things that happen while it is in court", function () {
      it("should slash what was locked though the owner has lowered all of its pledge meanwhile", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await challenge(c, { domainId: ODD, bond: BOND }, 2n * BOND);
        await c.vault.connect(c.author).lowerPledge(AUTHOR, BOND);
        await c.decide([claimId, [0, 0, 0]]);
        await c.skipEpochs(UNBONDING_EPOCHS);
        await c.vault.completeLowering(AUTHOR);
        const { free } = await c.vault.account(AUTHOR);
        await c.vault.connect(c.author).requestWithdrawal(AUTHOR, free);

        const { changes } = await observe(c, () => c.asKeeper.resolveChallenge(s, 1));

        expect(changes["author.balance"]).to.equal(-BOND);
        expect(changes["credits.opponent"]).to.equal(BOND + HALF);
        expect((await c.vault.account(AUTHOR)).locked).to.equal(0n);
      });

      it("should return a released pledge to the pledge, not to the lowering that it was locked out of", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        await c.vault.connect(c.author).pledge(AUTHOR, BOND);
        await c.vault.connect(c.author).lowerPledge(AUTHOR, BOND);
        const { s, claimId } = await challenge(c, { domainId: ODD, bond: BOND }, 0n);
        await c.decide([claimId, [1, 1, 1]]);
        await c.claims.resolveChallenge(s, 1);

        expect((await c.vault.account(AUTHOR)).pledged).to.equal(BOND);
        expect((await c.vault.loweringOf(AUTHOR)).amount).to.equal(0n);
        await c.skipEpochs(UNBONDING_EPOCHS);
        await expect(c.vault.completeLowering(AUTHOR))
          .to.be.revertedWithCustomError(c.vault, "NothingLowering")
          .withArgs(AUTHOR);
      });

      it("should slash or pay the agent, whoever has bought it meanwhile", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const lost = await challenge(c, { domainId: ODD, bond: BOND, nonce: 1n });
        const won = await challenge(c, { domainId: ODD, bond: BOND, nonce: 2n });
        await c.registry.connect(c.author).transferFrom(c.author, c.buyer, AUTHOR);
        await c.decide([lost.claimId, [0, 0, 0]], [won.claimId, [1, 1, 1]]);

        const fallen = await observe(c, () => c.asKeeper.resolveChallenge(lost.s, 1));
        const upheld = await observe(c, () => c.asKeeper.resolveChallenge(won.s, 1));

        expect(fallen.changes["author.balance"]).to.equal(-BOND);
        expect(upheld.changes["author.balance"]).to.equal(HALF - ODD_FEE);
        const { free } = await c.vault.account(AUTHOR);
        await c.vault.connect(c.buyer).requestWithdrawal(AUTHOR, free);
        await c.skipEpochs(UNBONDING_EPOCHS);
        await c.vault.connect(c.buyer).withdraw(AUTHOR, c.buyer);
        expect((await snapshot(c))["tokens.buyer"]).to.equal(10_000n * TOKEN + free);
      });

      it("should be decided although the statement expires and its signer is retired meanwhile", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const expiry = BigInt(c.startOf((await c.epoch()) + 1));
        const { s, claimId } = await challenge(c, { domainId: ODD, bond: BOND, expiry });
        await c.asAuthor.retireSigner(AUTHOR, signer);
        await c.decide([claimId, [0, 0, 0]]);
        await c.skipEpochs(UNBONDING_EPOCHS);

        await c.claims.resolveChallenge(s, 1);

        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.fallen);
      });
    });

    it("should revert until the verdict is final, and in the first second from then on not", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { s, claimId } = await challenge(c);
      const expectNotFinal = (status: bigint) => {
        const send = () => c.claims.resolveChallenge(s, 1, UNESTIMATED);
        return expectRefused(c, send, c.claims, "NotFinal", [claimId, status], claimId);
      };

      await expectNotFinal(VERDICT.voting);
      await c.vote([[await c.questionOf(claimId), [0, 0, 0]]]);
      const final = (await c.epoch()) + 1;
      await nextBlockAt(c, final, -1);
      await expectNotFinal(VERDICT.provisional);
      await nextBlockAt(c, final);
      await c.claims.resolveChallenge(s, 1, UNESTIMATED);
      expect((await c.claims.claim(claimId)).status).to.equal(STATUS.fallen);
    });

    it("should revert for an attempt that was never made", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { s, claimId } = await decided(c, [1, 1, 1]);
      const never = await statementOf({ nonce: 99n });

      for (const [statement, attempt] of [
        [s, 0],
        [s, 2],
        [never, 1],
        [{ ...s, bond: s.bond + 1n }, 1],
      ] as const) {
        const other = await c.claims.challengeIdOf(statement, attempt);
        const send = () => c.claims.resolveChallenge(statement, attempt);
        await expectRefused(c, send, c.claims, "UnexpectedStatus", [other, STATUS.none], claimId);
      }
    });

    it("should revert the second time, also while a later attempt is in court", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { s, signature, claimId } = await decided(c, [1, 1, 1]);
      await c.claims.resolveChallenge(s, 1);
      const args = [claimId, STATUS.closed];

      await expectRefused(c, () => c.claims.resolveChallenge(s, 1), c.claims, "UnexpectedStatus", args);
      await c.asOpponent.challenge(s, signature, "");
      await expectRefused(c, () => c.claims.resolveChallenge(s, 1), c.claims, "UnexpectedStatus", args);
      expect(await c.claims.statementStatus(s)).to.deep.equal([2n, true, false]);
    });

    const endings: [string, Answers][] = [
      ["upheld", [1, 1, 1]],
      ["fallen", [0, 0, 0]],
      ["without an outcome", [0, 1, null]],
      ["without a vote", [null, null, null]],
    ];
    for (const [ending, answers] of endings) {
      it(`should leave nothing in escrow once everything is settled: ${ending}`, async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, claimId } = await decided(c, answers, 7n);
        await c.claims.resolveChallenge(s, 1);
        await c.settleAll();
        if (answers[0] === null) await reclaim(c, claimId);

        const state = await snapshot(c);

        expect([state["escrow"], state["author.locked"]]).to.deep.equal([0n, 0n]);
      });

      for (const pledge of [BOND, 7n, 0n]) {
        it(`should never pay to challenge oneself with a committee of one's own: ${ending}, ${pledge} wei pledged`, async function () {
          const c = await networkHelpers.loadFixture(deskFixture);
          const coalition = async () => {
            const state = await snapshot(c);
            let sum = 0n;
            for (const part of ["tokens.author", "credits.author", "author.balance"]) sum += state[part] ?? 0n;
            for (const { agentId } of c.members) sum += state[`member${agentId}.balance`] ?? 0n;
            return sum;
          };
          const before = await coalition();
          if (pledge !== 0n) await c.vault.connect(c.author).pledge(AUTHOR, pledge);
          const s = await statementOf({ domainId: ODD, bond: BOND });
          await c.asAuthor.challenge(s, await sign(c, s), "");
          const claimId = await c.claims.challengeIdOf(s, 1);
          await c.decide([claimId, answers]);
          await c.claims.resolveChallenge(s, 1);
          await c.settleAll();
          const origin = { domainId: ODD, asker: c.author.address, contentHash: CONTENT };
          if (answers[0] === null) await c.consensus.reclaim({ ...origin, canaryCommitment: ZERO_HASH, salt: claimId });

          const lost = before - (await coalition());

          // What is burned: half of the bond or of what was locked, or a part of the fees; and what rounding takes.
          const burned: Record<string, bigint> = { upheld: HALF + 1n, fallen: pledge - pledge / 2n };
          const least = burned[ending] ?? (ODD_FEE * 1_111n + 9_999n) / 10_000n;
          expect(lost >= least && lost <= least + 9n, `lost ${lost}`).to.equal(true);
        });
      }
    }
  });
});
