import { ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";

import {
  type Answers,
  assert,
  assertionOf,
  CONTENT,
  type Desk,
  deskFixture,
  difference,
  dispute,
  expectRefused,
  FEE,
  MIN_BOND,
  networkHelpers,
  nextBlockAt,
  NO_OUTCOME,
  observe,
  ODD,
  ODD_BURN_BPS,
  PLAIN,
  sendAssertion,
  snapshot,
  STATUS,
  UNESTIMATED,
  VERDICT,
  verdictOf,
  WINDOW,
} from "./kit.ts";

/** An uneven bond, uneven fees: every half is rounded. */
const BOND = (MIN_BOND[ODD] as bigint) + 1n;
const HALF = BOND / 2n;
const ODD_FEE = FEE[ODD] as bigint;
const BURN = (ODD_FEE * ODD_BURN_BPS + 9_999n) / 10_000n;

/** Disputed and decided; its verdict is final. */
async function decided(c: Desk, answers: Answers) {
  const disputed = await dispute(c, { domainId: ODD, bond: BOND });
  await c.decide([disputed.claimId, answers]);
  return disputed;
}

describe("Claims", function () {
  describe("resolve", function () {
    describe("given an assertion that nobody disputed", function () {
      it("should give the bond back in the first second after the window, whoever sends it", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await nextBlockAt(c, (await c.epoch()) + WINDOW + 1);

        const { events, changes } = await observe(c, () => c.asKeeper.resolve(a));

        const bond = MIN_BOND[PLAIN] as bigint;
        expect(events).to.deep.equal([
          ["AssertionStood", claimId],
          ["Credited", c.asserter.address, bond],
        ]);
        expect(changes).to.deep.equal({ "credits.asserter": bond, escrow: -bond });
        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.stood);
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.resolved, 1n, 0n, 0n]);
      });

      it("should revert in the last second of the window", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        const end = (await c.epoch()) + WINDOW;
        await nextBlockAt(c, end + 1, -1);

        const send = () => c.claims.resolve(a, UNESTIMATED);

        await expectRefused(c, send, c.claims, "WindowOpen", [claimId, end, end], claimId);
      });

      it("should revert the second time", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await c.skipEpochs(WINDOW + 1);
        await c.claims.resolve(a);

        const args = [claimId, STATUS.stood];
        await expectRefused(c, () => c.claims.resolve(a), c.claims, "UnexpectedStatus", args, claimId);
      });

      it("should pay out the tokens on collection", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const before = await snapshot(c);
        const { a } = await assert(c);
        await c.skipEpochs(WINDOW + 1);
        await c.claims.resolve(a);

        await c.vault.collect(c.asserter);

        expect(difference(before, await snapshot(c))).to.deep.equal({});
      });
    });

    it("should revert for what was never asserted", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const a = assertionOf(c);
      const claimId = await c.claims.claimIdOf(a);

      await expectRefused(c, () => c.claims.resolve(a), c.claims, "UnexpectedStatus", [claimId, STATUS.none]);
    });

    describe("given a dispute that the disputer wins", function () {
      it("should burn half of the asserter's bond, and give the disputer the rest, its own bond and the fee", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, [2, 2, 2]);

        const { events, changes } = await observe(c, () => c.asKeeper.resolve(a));

        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.resolved, false],
          ["SinkCredited", HALF + 1n],
          ["Credited", c.opponent.address, BOND + HALF - ODD_FEE],
          ["Credited", c.opponent.address, ODD_FEE],
        ]);
        expect(changes).to.deep.equal({ "credits.opponent": BOND + HALF, sinkDue: HALF + 1n, escrow: -2n * BOND });
        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.closed);
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.resolved, 2n, 10_000n, 1n]);
      });

      it("should leave the disputer half of the bond less the fee, and the asserter without its bond", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const before = await snapshot(c);
        const { a } = await decided(c, [2, 2, 2]);
        await c.claims.resolve(a);
        await c.vault.collect(c.opponent);

        const after = difference(before, await snapshot(c));

        expect(after["tokens.opponent"]).to.equal(HALF - ODD_FEE);
        expect(after["tokens.asserter"]).to.equal(-BOND);
      });
    });

    describe("given a dispute that the asserter wins", function () {
      it("should burn half of the disputer's bond, and give the asserter the rest less the fee, which the disputer gets back", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, [1, 1, 1]);

        const { events, changes } = await observe(c, () => c.asKeeper.resolve(a));

        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.resolved, true],
          ["SinkCredited", HALF + 1n],
          ["Credited", c.asserter.address, BOND + HALF - ODD_FEE],
          ["Credited", c.opponent.address, ODD_FEE],
        ]);
        expect(changes).to.deep.equal({
          "credits.asserter": BOND + HALF - ODD_FEE,
          "credits.opponent": ODD_FEE,
          sinkDue: HALF + 1n,
          escrow: -2n * BOND,
        });
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.resolved, 1n, 10_000n, 1n]);
      });

      it("should do the same when the verdict has been finalized before", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, [1, 1, 1]);
        await c.consensus.finalize(await c.questionOf(claimId));

        const { changes } = await observe(c, () => c.asKeeper.resolve(a));

        expect(changes).to.deep.equal({
          "credits.asserter": BOND + HALF - ODD_FEE,
          "credits.opponent": ODD_FEE,
          sinkDue: HALF + 1n,
          escrow: -2n * BOND,
        });
      });
    });

    describe("given a dispute that ends unresolved", function () {
      it("should return the bonds and share the fee, even where the asserted outcome leads", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, [1, 1, 0]);

        const { events, changes } = await observe(c, () => c.asKeeper.resolve(a));

        const share = ODD_FEE / 2n;
        expect(events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.unresolved, false],
          ["Credited", c.asserter.address, BOND - share],
          ["Credited", c.opponent.address, BOND + share],
        ]);
        expect(changes).to.deep.equal({
          "credits.asserter": BOND - share,
          "credits.opponent": BOND + share,
          escrow: -2n * BOND,
        });
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.unresolved, 1n, 6_666n, 1n]);
      });

      it("should share only the burn where nobody voted; the rest of the fee is the disputer's to reclaim", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const before = await snapshot(c);
        const { a, claimId } = await decided(c, [null, null, null]);
        const origin = {
          domainId: ODD,
          asker: c.opponent.address,
          contentHash: CONTENT,
          canaryCommitment: ZERO_HASH,
          salt: claimId,
        };

        const resolved = await observe(c, () => c.asKeeper.resolve(a));
        const reclaimed = await observe(c, () => c.consensus.reclaim(origin));

        const share = BURN / 2n;
        expect(resolved.events).to.deep.equal([
          ["ClaimClosed", claimId, VERDICT.unresolved, false],
          ["Credited", c.asserter.address, BOND - share],
          ["Credited", c.opponent.address, BOND + share],
        ]);
        expect(reclaimed.changes).to.deep.equal({
          "credits.opponent": ODD_FEE - BURN,
          sinkDue: BURN,
          escrow: -ODD_FEE,
        });
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.unresolved, NO_OUTCOME, 0n, 1n]);
        await c.vault.collect(c.opponent);
        await c.vault.collect(c.asserter);
        expect(difference(before, await snapshot(c))).to.deep.equal({
          "tokens.asserter": -share,
          "tokens.opponent": -(BURN - share),
          sinkDue: BURN,
        });
      });

      it("should return the bonds and share the fee where too few seats were revealed", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, [1, null, null]);

        const { changes } = await observe(c, () => c.asKeeper.resolve(a));

        const share = ODD_FEE / 2n;
        expect(changes).to.deep.equal({
          "credits.asserter": BOND - share,
          "credits.opponent": BOND + share,
          escrow: -2n * BOND,
        });
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.unresolved, 1n, 10_000n, 1n]);
      });
    });

    it("should revert until the verdict is final, and in the first second from then on not", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c);
      const expectNotFinal = (status: bigint) =>
        expectRefused(c, () => c.claims.resolve(a, UNESTIMATED), c.claims, "NotFinal", [claimId, status], claimId);

      await expectNotFinal(VERDICT.voting);
      await c.vote([[await c.questionOf(claimId), [1, 1, 1]]]);
      await expectNotFinal(VERDICT.provisional);
      const final = (await c.epoch()) + 1;
      await nextBlockAt(c, final, -1);
      await expectNotFinal(VERDICT.provisional);
      await nextBlockAt(c, final);
      await c.claims.resolve(a, UNESTIMATED);
      expect((await c.claims.claim(claimId)).status).to.equal(STATUS.closed);
    });

    it("should revert while the verdict is undecided", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c);
      await c.vote([[await c.questionOf(claimId), [0, 1, null]]]);

      const args = [claimId, VERDICT.undecided];
      await expectRefused(c, () => c.claims.resolve(a), c.claims, "NotFinal", args, claimId);
    });

    it("should revert the second time", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await decided(c, [1, 1, 1]);
      await c.claims.resolve(a);

      const args = [claimId, STATUS.closed];
      await expectRefused(c, () => c.claims.resolve(a), c.claims, "UnexpectedStatus", args, claimId);
    });

    it("should follow the final verdict where an appeal has overturned the first", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c, { domainId: ODD, bond: BOND });
      const question = await c.questionOf(claimId);
      await c.vote([[question, [2, 2, 2]]]);
      await c.consensus.connect(c.stranger).appeal(question);
      await expectRefused(c, () => c.claims.resolve(a), c.claims, "NotFinal", [claimId, VERDICT.voting], claimId);
      // 9 seats on 2 stay; at least 18 join on 1, of which two thirds are not a supermajority.
      await c.vote([[question, [1, 1, 1]]]);
      await c.consensus.connect(c.stranger).appeal(question);
      await c.vote([[question, [1, 1, 1]]]);
      await c.skipEpochs(1);

      const { events, changes } = await observe(c, () => c.asKeeper.resolve(a));

      expect(events[0]).to.deep.equal(["ClaimClosed", claimId, VERDICT.resolved, true]);
      // The rounds after the first are the appellant's, not the disputer's.
      expect(changes).to.deep.equal({
        "credits.asserter": BOND + HALF - ODD_FEE,
        "credits.opponent": ODD_FEE,
        sinkDue: HALF + 1n,
        escrow: -2n * BOND,
      });
      expect((await verdictOf(c, claimId))[3]).to.equal(3n);
    });

    const endings: [string, Answers][] = [
      ["upheld", [1, 1, 1]],
      ["refuted", [0, 0, 0]],
      ["without an outcome", [0, 1, null]],
      ["without a vote", [null, null, null]],
    ];
    for (const [ending, answers] of endings) {
      it(`should leave nothing in escrow once everything is settled: ${ending}`, async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await decided(c, answers);
        await c.claims.resolve(a);
        await c.settleAll();
        if (answers[0] === null) {
          await c.consensus.reclaim({
            domainId: ODD,
            asker: c.opponent.address,
            contentHash: CONTENT,
            canaryCommitment: ZERO_HASH,
            salt: claimId,
          });
        }

        const state = await snapshot(c);

        expect(state["escrow"]).to.equal(0n);
        for (const { agentId } of c.members) expect(state[`member${agentId}.locked`]).to.equal(0n);
      });

      it(`should cost to dispute oneself with a committee of one's own: ${ending}`, async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const coalition = async () => {
          const state = await snapshot(c);
          let sum = (state["tokens.opponent"] ?? 0n) + (state["credits.opponent"] ?? 0n);
          for (const { agentId } of c.members) sum += state[`member${agentId}.balance`] ?? 0n;
          return sum;
        };
        const before = await coalition();
        const a = assertionOf(c, { domainId: ODD, bond: BOND, asserter: c.opponent.address });
        const claimId = await c.claims.claimIdOf(a);
        await sendAssertion(c, a, c.opponent);
        await c.asOpponent.dispute(a, "");
        await c.decide([claimId, answers]);
        await c.claims.resolve(a);
        await c.settleAll();
        const origin = { domainId: ODD, asker: c.opponent.address, contentHash: CONTENT };
        if (answers[0] === null) await c.consensus.reclaim({ ...origin, canaryCommitment: ZERO_HASH, salt: claimId });

        const lost = before - (await coalition());

        // Half of a bond where one of them is lost; where none is, the burn of the fees, and what rounding takes.
        const least = ending === "upheld" || ending === "refuted" ? HALF + 1n : BURN;
        expect(lost >= least && lost <= least + 9n, `lost ${lost}`).to.equal(true);
      });
    }
  });
});
