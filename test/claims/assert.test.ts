import { expect } from "chai";

import {
  assert,
  assertionOf,
  claimOf,
  deskFixture,
  dispute,
  expectRefused,
  MIN_BOND,
  networkHelpers,
  NO_CLAIM,
  NO_DOMAIN,
  observe,
  ODD,
  PLAIN,
  sendAssertion,
  SLEEPING,
  STATUS,
  TOKEN,
  valuesOf,
  VERDICT,
  verdictOf,
  WINDOW,
} from "./kit.ts";

describe("Claims", function () {
  describe("assertClaim", function () {
    it("should take the bond and open the window", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const a = assertionOf(c, { bond: 50n * TOKEN });
      const claimId = await c.claims.claimIdOf(a);
      const windowEnd = BigInt((await c.epoch()) + WINDOW);

      const { events, changes } = await observe(c, () => sendAssertion(c, a));

      expect(events).to.deep.equal([
        ["Asserted", claimId, c.asserter.address, BigInt(PLAIN), valuesOf(a), windowEnd, "ipfs://claim"],
        ["Pulled", c.asserter.address, 50n * TOKEN],
      ]);
      expect(changes).to.deep.equal({ "tokens.asserter": -50n * TOKEN, escrow: 50n * TOKEN });
      expect(await claimOf(c, claimId)).to.deep.equal({
        ...NO_CLAIM,
        status: STATUS.asserted,
        domainId: BigInt(PLAIN),
        outcome: 1n,
        windowEnd,
      });
      expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.provisional, 1n, 0n, 0n]);
    });

    it("should return the claim's id", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const a = assertionOf(c);

      const returned = await c.asAsserter.assertClaim.staticCall(PLAIN, 1, a.contentHash, "", a.bond, a.salt);

      expect(returned).to.equal(await c.claims.claimIdOf(a));
    });

    it("should count the window from the epoch of the assertion, also in its freeze", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const epoch = await c.epoch();
      await c.warpTo(epoch, 61);

      const { claimId } = await assert(c);

      expect((await c.claims.claim(claimId)).windowEnd).to.equal(epoch + WINDOW);
    });

    it("should take the least bond, and any outcome of the domain", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      for (const outcome of [0, 1, 2]) {
        const { claimId } = await assert(c, { domainId: ODD, outcome });
        expect((await c.claims.claim(claimId)).outcome).to.equal(outcome);
      }
    });

    it("should keep apart assertions that differ in the asserter, the outcome, the bond, the content or the salt", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const variants = [
        assertionOf(c),
        assertionOf(c, { outcome: 0 }),
        assertionOf(c, { bond: 37n * TOKEN }),
        assertionOf(c, { contentHash: `0x${"11".repeat(32)}` }),
        assertionOf(c, { salt: `0x${"22".repeat(32)}` }),
        assertionOf(c, { domainId: ODD }),
      ];
      for (const a of variants) await sendAssertion(c, a);
      await sendAssertion(c, assertionOf(c, { asserter: c.stranger.address }), c.stranger);

      const ids = await Promise.all(variants.map((a) => c.claims.claimIdOf(a)));
      ids.push(await c.claims.claimIdOf(assertionOf(c, { asserter: c.stranger.address })));
      expect(new Set(ids).size).to.equal(7);
      for (const claimId of ids) expect((await c.claims.claim(claimId)).status).to.equal(STATUS.asserted);
    });

    it("should revert when the same has been asserted, whatever has become of it", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      const expectExists = () =>
        expectRefused(c, () => sendAssertion(c, a), c.claims, "ClaimExists", [claimId], claimId);

      await expectExists();
      await c.skipEpochs(WINDOW + 1);
      await c.claims.resolve(a);
      await expectExists();

      const disputed = await dispute(c, { salt: `0x${"33".repeat(32)}` });
      await expectRefused(c, () => sendAssertion(c, disputed.a), c.claims, "ClaimExists", [disputed.claimId]);
    });

    it("should revert when the outcome is none of the domain's", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const cases = [
        [PLAIN, 2, 2],
        [PLAIN, 255, 2],
        [ODD, 3, 3],
      ] as const;
      for (const [domainId, outcome, outcomes] of cases) {
        const a = assertionOf(c, { domainId, outcome });
        await expectRefused(c, () => sendAssertion(c, a), c.claims, "OutcomeOutOfRange", [outcome, outcomes]);
      }
    });

    it("should revert when the bond is a wei below four times the first round's fees", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      for (const domainId of [PLAIN, ODD]) {
        const minimum = MIN_BOND[domainId] as bigint;
        for (const bond of [minimum - 1n, 0n]) {
          const a = assertionOf(c, { domainId, bond });
          await expectRefused(c, () => sendAssertion(c, a), c.claims, "BondTooSmall", [bond, minimum]);
        }
      }
    });

    it("should revert in a domain below its minimum stake", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const a = assertionOf(c, { domainId: SLEEPING });

      await expectRefused(c, () => sendAssertion(c, a), c.claims, "DomainBelowMinStake", [SLEEPING]);
    });

    it("should revert as Consensus does in a domain that does not exist", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const a = assertionOf(c, { domainId: NO_DOMAIN });

      await expectRefused(c, () => sendAssertion(c, a), c.consensus, "UnknownDomain", [NO_DOMAIN]);
    });

    it("should revert as the token does when the asserter cannot pay", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const bond = 1_000_000n * TOKEN;
      const balance = await c.token.balanceOf(c.asserter);
      const a = assertionOf(c, { bond });

      await expectRefused(c, () => sendAssertion(c, a), c.token, "ERC20InsufficientBalance", [
        c.asserter.address,
        balance,
        bond,
      ]);
      await c.token.connect(c.asserter).approve(c.vault, 1n);
      await expectRefused(c, () => sendAssertion(c, assertionOf(c)), c.token, "ERC20InsufficientAllowance", [
        c.vaultAddress,
        1n,
        MIN_BOND[PLAIN],
      ]);
      expect(await claimOf(c, await c.claims.claimIdOf(assertionOf(c)))).to.deep.equal(NO_CLAIM);
    });
  });
});
