import { questionId, ZERO_HASH, type Hex } from "@assay/protocol";
import { expect } from "chai";

import {
  assert,
  assertionOf,
  claimOf,
  CONTENT,
  type Desk,
  deskFixture,
  dispute,
  expectRefused,
  FEE,
  MIN_BOND,
  networkHelpers,
  nextBlockAt,
  NO_CLAIM,
  NO_OUTCOME,
  observe,
  ODD,
  PLAIN,
  STATUS,
  TOKEN,
  UNESTIMATED,
  VERDICT,
  verdictOf,
  WINDOW,
} from "./kit.ts";

const BOND = MIN_BOND[PLAIN] as bigint;

describe("Claims", function () {
  describe("dispute", function () {
    it("should match the bond, advance the fees and take the assertion to a committee", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c, { domainId: ODD, bond: 60n * TOKEN + 1n });
      const { windowEnd } = await c.claims.claim(claimId);
      const origin = { domainId: ODD, asker: c.opponent.address as Hex, contentHash: CONTENT };
      const question = questionId({ ...origin, canaryCommitment: ZERO_HASH, salt: claimId as Hex });
      const fee = FEE[ODD] as bigint;

      const { events, changes } = await observe(c, () => c.asOpponent.dispute(a, "ipfs://dispute"));

      expect(events).to.deep.equal([
        ["Disputed", claimId, c.opponent.address, question],
        ["Pulled", c.opponent.address, fee + 60n * TOKEN + 1n],
      ]);
      const paid = fee + 60n * TOKEN + 1n;
      expect(changes).to.deep.equal({ "tokens.opponent": -paid, escrow: paid });
      expect(await claimOf(c, claimId)).to.deep.equal({
        ...NO_CLAIM,
        status: STATUS.inCourt,
        domainId: BigInt(ODD),
        outcome: 1n,
        windowEnd,
        questionId: question,
        opponent: c.opponent.address,
      });
      expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.voting, NO_OUTCOME, 0n, 1n]);
    });

    it("should ask the question without budget or canary, in the disputer's name", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const voteEpoch = (await c.epoch()) + 1;

      const sent = c.asOpponent.dispute(a, "ipfs://dispute");

      await expect(sent).to.emit(c.consensus, "QuestionAsked");
      const [asked] = await c.consensus.queryFilter(c.consensus.filters.QuestionAsked(), -1);
      expect([...(asked?.args ?? [])]).to.deep.equal([
        await c.questionOf(claimId),
        c.opponent.address,
        CONTENT,
        ZERO_HASH,
        claimId,
        BigInt(voteEpoch),
        9n,
        0n,
        "ipfs://dispute",
      ]);
    });

    it("should be possible in the last second of the window, for a vote in the epoch after the next", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const end = (await c.epoch()) + WINDOW;
      await nextBlockAt(c, end + 1, -1);

      await c.asOpponent.dispute(a, "");

      expect((await c.claims.claim(claimId)).status).to.equal(STATUS.inCourt);
      expect((await c.consensus.question(await c.questionOf(claimId))).voteEpoch).to.equal(end + 2);
    });

    it("should revert in the first second after the window", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const end = (await c.epoch()) + WINDOW;
      await nextBlockAt(c, end + 1);

      const send = () => c.asOpponent.dispute(a, "", UNESTIMATED);

      await expectRefused(c, send, c.claims, "WindowClosed", [claimId, end, end + 1], claimId);
    });

    it("should revert for what was never asserted, in any of its parts", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a } = await assert(c);
      const variants = [
        { ...a, domainId: ODD },
        { ...a, outcome: 0 },
        { ...a, contentHash: ZERO_HASH },
        { ...a, asserter: c.stranger.address },
        { ...a, bond: BOND + 1n },
        { ...a, salt: ZERO_HASH },
      ];
      for (const variant of variants) {
        const claimId = await c.claims.claimIdOf(variant);
        const send = () => c.asOpponent.dispute(variant, "");
        await expectRefused(c, send, c.claims, "UnexpectedStatus", [claimId, STATUS.none], claimId);
      }
    });

    it("should revert for what is disputed already, has stood or is closed", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c);
      const other = await assert(c, { salt: ZERO_HASH });
      const expectStatus = async (of: typeof other, status: bigint) => {
        const send = () => c.claims.connect(c.stranger).dispute(of.a, "");
        await expectRefused(c, send, c.claims, "UnexpectedStatus", [of.claimId, status], of.claimId);
      };

      await expectStatus({ a, claimId }, STATUS.inCourt);
      await c.decide([claimId, [1, 1, 1]]);
      await c.claims.resolve(a);
      await expectStatus({ a, claimId }, STATUS.closed);
      await c.claims.resolve(other.a);
      await expectStatus(other, STATUS.stood);
    });

    it("should revert as the token does when the disputer has the fees but not the bond", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const fee = FEE[PLAIN] as bigint;
      await c.token.connect(c.opponent).approve(c.vault, fee + BOND - 1n);

      await expectRefused(
        c,
        () => c.asOpponent.dispute(a, ""),
        c.token,
        "ERC20InsufficientAllowance",
        [c.vaultAddress, fee + BOND - 1n, fee + BOND],
        claimId,
      );
    });

    it("should revert as Consensus does when the disputer has asked that very question before", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const origin = {
        domainId: PLAIN,
        asker: c.opponent.address,
        contentHash: CONTENT,
        canaryCommitment: ZERO_HASH,
        salt: claimId,
      };
      await c.consensus.connect(c.opponent).ask(origin, 0, "");
      const question = await c.consensus.questionIdOf(origin);

      const send = () => c.asOpponent.dispute(a, "");

      await expectRefused(c, send, c.consensus, "QuestionExists", [question], claimId);
      await c.claims.connect(c.stranger).dispute(a, "");
      expect((await c.claims.claim(claimId)).opponent).to.equal(c.stranger.address);
    });

    describe("given a domain whose stake is leaving", function () {
      /** All that is allocated from the epoch after the next is `amount`. */
      async function leave(c: Desk, amount: bigint) {
        for (const { agentId, owner } of c.members) {
          await c.consensus.connect(owner).allocate(agentId, PLAIN, agentId === 0n ? amount : 0n);
        }
      }
      const MIN_STAKE = 9n * 24n * 10n * TOKEN;
      const UNIT = TOKEN / 1_000n;

      it("should end the assertion unresolved and give the bond back, at no cost", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await leave(c, MIN_STAKE - UNIT);
        await c.skipEpochs(1);

        const { events, changes } = await observe(c, () => c.asOpponent.dispute(a, ""));

        expect(events).to.deep.equal([
          ["AssertionAbandoned", claimId, c.opponent.address],
          ["Credited", c.asserter.address, BOND],
        ]);
        expect(changes).to.deep.equal({ "credits.asserter": BOND, escrow: -BOND });
        const { status, questionId: question, opponent } = await claimOf(c, claimId);
        expect([status, question, opponent]).to.deep.equal([STATUS.abandoned, NO_CLAIM.questionId, NO_CLAIM.opponent]);
        expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.unresolved, NO_OUTCOME, 0n, 0n]);
      });

      it("should go to a committee as long as the vote's epoch still has the stake", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await leave(c, 0n);

        await c.asOpponent.dispute(a, "");

        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.inCourt);
      });

      it("should end it in the freeze already, whose questions are voted an epoch later", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await leave(c, 0n);
        await c.warpTo(await c.epoch(), 60);

        await c.asOpponent.dispute(a, "");

        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.abandoned);
      });

      it("should go to a committee at exactly the minimum stake", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await leave(c, MIN_STAKE);
        await c.skipEpochs(2);

        await c.asOpponent.dispute(a, "");

        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.inCourt);
      });

      it("should let stand what nobody disputes, and abandon nothing after the window", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        const end = (await c.epoch()) + WINDOW;
        await leave(c, 0n);
        await c.skipEpochs(WINDOW + 1);

        const send = () => c.asOpponent.dispute(a, "");

        await expectRefused(c, send, c.claims, "WindowClosed", [claimId, end, end + 1], claimId);
        await c.claims.resolve(a);
        expect((await c.claims.claim(claimId)).status).to.equal(STATUS.stood);
      });

      it("should revert once it is abandoned", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { a, claimId } = await assert(c);
        await leave(c, 0n);
        await c.skipEpochs(1);
        await c.asOpponent.dispute(a, "");
        const args = [claimId, STATUS.abandoned];

        await expectRefused(c, () => c.asOpponent.dispute(a, ""), c.claims, "UnexpectedStatus", args, claimId);
        await expectRefused(c, () => c.claims.resolve(a), c.claims, "UnexpectedStatus", args, claimId);
        await c.skipEpochs(WINDOW);
        await expectRefused(c, () => c.claims.resolve(a), c.claims, "UnexpectedStatus", args, claimId);
        expect(await c.claims.claimIdOf(assertionOf(c))).to.equal(claimId);
      });
    });
  });
});
