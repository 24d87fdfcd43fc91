import { questionId, statementDigest, type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { recoverAddress, Signature } from "ethers";

import {
  AUTHOR,
  AUTHOR_STAKE,
  challenge,
  claimOf,
  CONTENT,
  type Desk,
  deskFixture,
  expectRefused,
  FEE,
  MIN_BOND,
  networkHelpers,
  NO_AGENT,
  NO_CLAIM,
  NO_DOMAIN,
  NO_OUTCOME,
  observe,
  ODD,
  outsider,
  PLAIN,
  sign,
  signer,
  SLEEPING,
  statementOf,
  STATUS,
  TOKEN,
  UNBONDING_EPOCHS,
  UNESTIMATED,
  valuesOf,
  VERDICT,
  verdictOf,
} from "./kit.ts";

const { time } = networkHelpers;
const BOND = MIN_BOND[PLAIN] as bigint;

/** The author has pledged 100. */
async function pledgedFixture() {
  const c = await deskFixture();
  await c.vault.connect(c.author).pledge(AUTHOR, 100n * TOKEN);
  return c;
}

/** No challenge of this statement has been admitted. */
async function expectUnchallenged(c: Desk, s: Awaited<ReturnType<typeof statementOf>>) {
  expect(await c.claims.statementStatus(s)).to.deep.equal([0n, false, false]);
  expect(await claimOf(c, await c.claims.challengeIdOf(s, 1))).to.deep.equal(NO_CLAIM);
}

describe("Claims", function () {
  describe("challenge", function () {
    it("should lock as much of the pledge as the bond, match it, and take the statement to a committee", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const bond = 50n * TOKEN + 1n;
      const s = await statementOf({ domainId: ODD, outcome: 2, bond });
      const signature = await sign(c, s);
      const claimId = await c.claims.challengeIdOf(s, 1);
      const origin = { domainId: ODD, asker: c.opponent.address as Hex, contentHash: CONTENT };
      const question = questionId({ ...origin, canaryCommitment: ZERO_HASH, salt: claimId as Hex });
      const fee = FEE[ODD] as bigint;
      expect(await c.asOpponent.challenge.staticCall(s, signature, "")).to.equal(claimId);

      const { events, changes } = await observe(c, () => c.asOpponent.challenge(s, signature, "ipfs://challenge"));

      expect(events).to.deep.equal([
        ["PledgeLocked", AUTHOR, bond],
        ["Challenged", claimId, AUTHOR, c.opponent.address, question, valuesOf(s), 1n, bond],
        ["Pulled", c.opponent.address, fee + bond],
      ]);
      expect(changes).to.deep.equal({
        "author.pledged": -bond,
        "author.locked": bond,
        "tokens.opponent": -(fee + bond),
        escrow: fee + bond,
      });
      expect(await claimOf(c, claimId)).to.deep.equal({
        status: STATUS.inCourt,
        domainId: BigInt(ODD),
        outcome: 2n,
        windowEnd: 0n,
        questionId: question,
        opponent: c.opponent.address,
        locked: bond,
      });
      expect(await c.claims.statementStatus(s)).to.deep.equal([1n, true, false]);
      expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.voting, NO_OUTCOME, 0n, 1n]);
    });

    it("should ask the question without budget or canary, in the challenger's name", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const voteEpoch = BigInt((await c.epoch()) + 1);
      const { claimId } = await challenge(c, {}, 0n);

      const [asked] = await c.consensus.queryFilter(c.consensus.filters.QuestionAsked(), -1);
      expect([...(asked?.args ?? [])]).to.deep.equal([
        await c.questionOf(claimId),
        c.opponent.address,
        CONTENT,
        ZERO_HASH,
        claimId,
        voteEpoch,
        9n,
        0n,
        "ipfs://challenge",
      ]);
    });

    it("should lock what is left of a pledge that is smaller than the bond, and still take the whole bond", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const s = await statementOf({ bond: 120n * TOKEN });
      const signature = await sign(c, s);

      const { changes } = await observe(c, () => c.asOpponent.challenge(s, signature, ""));

      expect(changes).to.deep.equal({
        "author.pledged": -100n * TOKEN,
        "author.locked": 100n * TOKEN,
        "tokens.opponent": -129n * TOKEN,
        escrow: 129n * TOKEN,
      });
      expect((await c.claims.claim(await c.claims.challengeIdOf(s, 1))).locked).to.equal(100n * TOKEN);
    });

    it("should lock nothing where nothing is pledged, never free stake", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const s = await statementOf();
      const signature = await sign(c, s);

      const { changes } = await observe(c, () => c.asOpponent.challenge(s, signature, ""));

      expect(changes).to.deep.equal({ "tokens.opponent": -45n * TOKEN, escrow: 45n * TOKEN });
      expect((await c.vault.account(AUTHOR)).free).to.equal(AUTHOR_STAKE);
    });

    it("should share one pledge between statements, first come first served", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const locked: bigint[] = [];
      for (const nonce of [1n, 2n, 3n, 4n]) {
        const { claimId } = await challenge(c, { nonce }, 0n);
        locked.push((await c.claims.claim(claimId)).locked);
      }

      expect(locked).to.deep.equal([36n * TOKEN, 36n * TOKEN, 28n * TOKEN, 0n]);
      expect((await c.vault.account(AUTHOR)).locked).to.equal(100n * TOKEN);
    });

    it("should reach a pledge that is being lowered, and take the lowered part last", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.vault.connect(c.author).lowerPledge(AUTHOR, 80n * TOKEN);
      await c.skipEpochs(UNBONDING_EPOCHS - 1);
      const s = await statementOf();
      const signature = await sign(c, s);

      const { changes } = await observe(c, () => c.asOpponent.challenge(s, signature, ""));

      expect(changes["author.pledged"]).to.equal(-36n * TOKEN);
      expect(changes["author.lowering"]).to.equal(-16n * TOKEN);
    });

    it("should reach a pledge whose lowering is due but not completed", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.vault.connect(c.author).lowerPledge(AUTHOR, 100n * TOKEN);
      await c.skipEpochs(UNBONDING_EPOCHS + 1);

      const { claimId } = await challenge(c, {}, 0n);

      expect((await c.claims.claim(claimId)).locked).to.equal(BOND);
    });

    it("should be open to the author's own owner", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const s = await statementOf();
      const signature = await sign(c, s);

      await c.asAuthor.challenge(s, signature, "");

      expect((await c.claims.claim(await c.claims.challengeIdOf(s, 1))).opponent).to.equal(c.author.address);
    });

    describe("when the statement has expired", function () {
      it("should revert in the second after its expiry, and not in its last", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const expiry = BigInt(c.startOf((await c.epoch()) + 1));
        const s = await statementOf({ expiry });
        const again = await statementOf({ expiry, nonce: 8n });
        const signature = await sign(c, s);

        await time.setNextBlockTimestamp(expiry);
        await c.asOpponent.challenge(s, signature, "", UNESTIMATED);
        await time.setNextBlockTimestamp(expiry + 1n);
        const late = await sign(c, again);
        const send = () => c.asOpponent.challenge(again, late, "", UNESTIMATED);
        await expectRefused(c, send, c.claims, "StatementExpired", [expiry, expiry + 1n]);
        await expectUnchallenged(c, again);
      });
    });

    it("should revert when the bond is a wei below four times the first round's fees", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      for (const domainId of [PLAIN, ODD]) {
        const minimum = MIN_BOND[domainId] as bigint;
        for (const bond of [minimum - 1n, 0n]) {
          const s = await statementOf({ domainId, bond });
          const signature = await sign(c, s);
          const send = () => c.asOpponent.challenge(s, signature, "");
          await expectRefused(c, send, c.claims, "BondTooSmall", [bond, minimum]);
        }
      }
    });

    it("should revert when the outcome is none of the domain's", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      for (const [domainId, outcome, outcomes] of [
        [PLAIN, 2, 2],
        [ODD, 3, 3],
      ] as const) {
        const s = await statementOf({ domainId, outcome });
        const signature = await sign(c, s);
        const send = () => c.asOpponent.challenge(s, signature, "");
        await expectRefused(c, send, c.claims, "OutcomeOutOfRange", [outcome, outcomes]);
      }
    });

    it("should revert as Consensus does in a domain that sleeps or does not exist, and leave the pledge alone", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const asleep = await statementOf({ domainId: SLEEPING });
      const nowhere = await statementOf({ domainId: NO_DOMAIN });
      const [first, second] = [await sign(c, asleep), await sign(c, nowhere)];
      const units = 9n * 24n * 10n * 1_000n;

      await expectRefused(c, () => c.asOpponent.challenge(asleep, first, ""), c.consensus, "DomainBelowMinStake", [
        SLEEPING,
        0n,
        units,
      ]);
      await expectRefused(c, () => c.asOpponent.challenge(nowhere, second, ""), c.consensus, "UnknownDomain", [
        NO_DOMAIN,
      ]);
      await expectUnchallenged(c, asleep);
    });

    it("should revert as the token does when the challenger has the fees but not the bond", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const s = await statementOf();
      const signature = await sign(c, s);
      await c.token.connect(c.opponent).approve(c.vault, 9n * TOKEN + BOND - 1n);

      const send = () => c.asOpponent.challenge(s, signature, "");

      const args = [c.vaultAddress, 9n * TOKEN + BOND - 1n, 9n * TOKEN + BOND];
      await expectRefused(c, send, c.token, "ERC20InsufficientAllowance", args);
      await expectUnchallenged(c, s);
    });

    it("should revert as the token does for a bond beyond all tokens, without overflow", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      for (const bond of [2n ** 96n, 2n ** 256n - 1n]) {
        const s = await statementOf({ bond });
        const signature = await sign(c, s);
        const balance = await c.token.balanceOf(c.opponent);
        const asked = bond === 2n ** 96n ? bond + 9n * TOKEN : bond;
        const send = () => c.asOpponent.challenge(s, signature, "");
        await expectRefused(c, send, c.token, "ERC20InsufficientBalance", [c.opponent.address, balance, asked]);
      }
    });

    describe("given a signature", function () {
      const expectNotASigner = async (
        c: Desk,
        s: Awaited<ReturnType<typeof statementOf>>,
        signature: string,
        by: string,
      ) => {
        const send = () => c.asOpponent.challenge(s, signature, "");
        await expectRefused(c, send, c.claims, "NotASigner", [s.agentId, by]);
        await expectUnchallenged(c, s);
      };

      it("should revert when the key is none of the agent's: a stranger's, the owner's, the zero address's", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const s = await statementOf();

        await expectNotASigner(c, s, await sign(c, s, outsider), outsider.address);
        await expectNotASigner(c, s, await sign(c, s, c.author), c.author.address);
      });

      it("should revert when the key is another agent's signer", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const [member] = c.members;
        if (member === undefined) throw new Error("no member");
        await c.claims.connect(member.owner).addSigner(member.agentId, outsider);
        const s = await statementOf();

        await expectNotASigner(c, s, await sign(c, s, outsider), outsider.address);
      });

      it("should revert when the agent does not exist", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const s = await statementOf({ agentId: NO_AGENT });
        const signature = await sign(c, s);
        const send = () => c.asOpponent.challenge(s, signature, "");

        await expectRefused(c, send, c.claims, "NotASigner", [NO_AGENT, signer.address]);
      });

      it("should not take a signature for anything else: another chain, another desk, another statement", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const s = await statementOf();
        const elsewhere = { ...c.context, chainId: c.context.chainId + 1n };
        const otherDesk = { ...c.context, claims: (await c.consensus.getAddress()) as Hex };
        const signatures: [string, string][] = [];
        for (const at of [elsewhere, otherDesk]) {
          signatures.push([await sign(c, s, undefined, at), statementDigest(c.context, s)]);
        }
        for (const other of [
          { ...s, nonce: s.nonce + 1n },
          { ...s, outcome: 0 },
          { ...s, bond: s.bond + 1n },
          { ...s, expiry: s.expiry + 1n },
          { ...s, contentHash: ZERO_HASH },
        ]) {
          signatures.push([await sign(c, other), statementDigest(c.context, s)]);
        }
        for (const [signature, digest] of signatures) {
          await expectNotASigner(c, s, signature, recoverAddress(digest, signature));
        }
      });

      it("should revert for the malleable twin of a valid signature", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const s = await statementOf();
        const { r, s: low, yParity } = Signature.from(await sign(c, s));
        const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
        const high = `0x${(ORDER - BigInt(low)).toString(16).padStart(64, "0")}`;
        const twin = `${r}${high.slice(2)}${yParity === 0 ? "1c" : "1b"}`;

        const send = () => c.asOpponent.challenge(s, twin, "");

        await expectRefused(c, send, c.claims, "ECDSAInvalidSignatureS", [high]);
        await expectUnchallenged(c, s);
      });

      it("should revert for what is no signature", async function () {
        const c = await networkHelpers.loadFixture(pledgedFixture);
        const s = await statementOf();
        const valid = await sign(c, s);

        for (const [signature, length] of [
          ["0x", 0],
          [valid.slice(0, -2), 64],
          [`${valid}00`, 66],
        ] as const) {
          const send = () => c.asOpponent.challenge(s, signature, "");
          await expectRefused(c, send, c.claims, "ECDSAInvalidSignatureLength", [length]);
        }
        const zero = `0x${"00".repeat(64)}1b`;
        await expectRefused(c, () => c.asOpponent.challenge(s, zero, ""), c.claims, "ECDSAInvalidSignature", []);
        const wrongV = `${valid.slice(0, -2)}05`;
        await expectRefused(c, () => c.asOpponent.challenge(s, wrongV, ""), c.claims, "ECDSAInvalidSignature", []);
        await expectUnchallenged(c, s);
      });
    });

    describe("given a statement that has been challenged", function () {
      it("should revert while it is in court, whoever challenges", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, signature, claimId } = await challenge(c);
        const digest = await c.claims.hashStatement(s);

        for (const from of [c.opponent, c.stranger]) {
          const send = () => c.claims.connect(from).challenge(s, signature, "");
          await expectRefused(c, send, c.claims, "StatementUnderChallenge", [digest, 1n], claimId);
        }
        await c.decide([claimId, [1, 1, 1]]);
        const send = () => c.claims.connect(c.stranger).challenge(s, signature, "");
        await expectRefused(c, send, c.claims, "StatementUnderChallenge", [digest, 1n], claimId);
      });

      for (const [ending, answers] of [
        ["upheld", [1, 1, 1]],
        ["without an outcome", [0, 1, null]],
      ] as const) {
        it(`should take it to court again once it has survived (${ending}), as attempt 2`, async function () {
          const c = await networkHelpers.loadFixture(deskFixture);
          const { s, signature, claimId } = await challenge(c);
          await c.decide([claimId, [...answers]]);
          await c.claims.resolveChallenge(s, 1);
          const second = await c.claims.challengeIdOf(s, 2);

          const { events } = await observe(c, () => c.claims.connect(c.stranger).challenge(s, signature, ""));

          expect(events[1]?.slice(0, 4)).to.deep.equal(["Challenged", second, AUTHOR, c.stranger.address]);
          expect(events[1]?.slice(-2)).to.deep.equal([2n, BOND]);
          expect(await c.claims.statementStatus(s)).to.deep.equal([2n, true, false]);
          expect((await c.claims.claim(claimId)).status).to.equal(STATUS.closed);
          expect((await c.claims.claim(second)).status).to.equal(STATUS.inCourt);
          await c.decide([second, [0, 0, 0]]);
          await c.claims.resolveChallenge(s, 2);
          expect(await c.claims.statementStatus(s)).to.deep.equal([2n, false, true]);
        });
      }

      it("should revert for ever once it has fallen", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s, signature, claimId } = await challenge(c);
        await c.decide([claimId, [0, 0, 0]]);
        await c.claims.resolveChallenge(s, 1);
        const digest = await c.claims.hashStatement(s);

        const send = () => c.claims.connect(c.stranger).challenge(s, signature, "");

        await expectRefused(c, send, c.claims, "StatementFallen", [digest, 1n], claimId);
      });

      it("should take another statement of the same content all the same", async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { s } = await challenge(c);
        const again = { ...s, nonce: s.nonce + 1n };

        await c.asOpponent.challenge(again, await sign(c, again), "");

        expect((await c.claims.claim(await c.claims.challengeIdOf(again, 1))).status).to.equal(STATUS.inCourt);
      });
    });
  });
});
