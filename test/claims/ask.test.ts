import { canaryCommitment, claimIdOf, type Hex, questionId, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";

import {
  CONTENT,
  type Desk,
  deskFixture,
  EPOCH_LENGTH,
  expectRefused,
  FEE,
  networkHelpers,
  NO_CLAIM,
  NO_DOMAIN,
  claimOf,
  nextBlockAt,
  observe,
  ODD,
  PLAIN,
  SALT,
  SLEEPING,
  UNESTIMATED,
} from "./kit.ts";

const ODD_FEE = FEE[ODD] as bigint;
const SEAT_FEE = ODD_FEE / 9n;

async function terms(c: Desk, domainId: number, canary: Hex = ZERO_HASH) {
  const origin = {
    domainId,
    asker: c.asserter.address as Hex,
    contentHash: CONTENT,
    canaryCommitment: canary,
    salt: SALT,
  };
  const send = (budget: number) => c.asAsserter.ask(domainId, CONTENT, "ipfs://question", budget, canary, SALT);
  const unestimated = () => c.asAsserter.ask(domainId, CONTENT, "", 0, canary, SALT, UNESTIMATED);
  const sealed = await c.consensus.questionIdOf(origin);
  return { question: questionId(origin), claimId: claimIdOf(questionId(origin)), sealed, send, unestimated };
}

/** A commitment to the answer 1 of a canary of the asserter's. */
async function canaryOf(c: Desk): Promise<Hex> {
  const consensus = (await c.consensus.getAddress()) as Hex;
  return canaryCommitment({ consensus, asker: c.asserter.address as Hex, answer: 1, salt: SALT });
}

describe("Claims", function () {
  describe("ask", function () {
    // 9 seats, then 19, then 39.
    for (const [budget, seats] of [
      [0, 0n],
      [1, 19n],
      [2, 58n],
    ] as const) {
      it(`should take the fees of the first round and of ${budget} further ones`, async function () {
        const c = await networkHelpers.loadFixture(deskFixture);
        const { question, claimId, sealed, send } = await terms(c, ODD);
        expect(sealed).to.equal(question);
        const voteEpoch = BigInt((await c.epoch()) + 1);
        const paid = ODD_FEE + seats * SEAT_FEE;

        const { events, changes } = await observe(c, () => send(budget));

        expect(events).to.deep.equal([["Pulled", c.asserter.address, paid]]);
        expect(changes).to.deep.equal({ "tokens.asserter": -paid, escrow: paid });
        const [asked] = await c.consensus.queryFilter(c.consensus.filters.QuestionAsked(), -1);
        expect([...(asked?.args ?? [])]).to.deep.equal([
          question,
          c.asserter.address,
          CONTENT,
          ZERO_HASH,
          SALT,
          voteEpoch,
          9n,
          seats,
          "ipfs://question",
        ]);
        expect(await claimOf(c, claimId)).to.deep.equal(NO_CLAIM);
      });
    }

    it("should take as much again as the first round's fees for a canary", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const canary = await canaryOf(c);
      const { question, send } = await terms(c, ODD, canary);
      const paid = 2n * ODD_FEE + 19n * SEAT_FEE;

      const { changes } = await observe(c, () => send(1));

      expect(changes).to.deep.equal({ "tokens.asserter": -paid, escrow: paid });
      expect((await c.consensus.question(question)).canary).to.equal(1n);
    });

    it("should let the asker, and nobody else, open the canary, and return its deposit", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const canary = await canaryOf(c);
      const { question, send } = await terms(c, PLAIN, canary);
      await send(0);
      await c.vote([[question, [1, 1, 1]]]);
      const asker = c.asserter.address;
      const origin = { domainId: PLAIN, asker, contentHash: CONTENT, canaryCommitment: canary, salt: SALT };
      const refused = () => c.consensus.connect(c.stranger).openCanary(origin, 1, SALT);
      await expectRefused(c, refused, c.consensus, "NotAsker", [asker, c.stranger.address]);

      const { changes } = await observe(c, () => c.consensus.connect(c.asserter).openCanary(origin, 1, SALT));

      const fee = FEE[PLAIN] as bigint;
      expect(changes).to.deep.equal({ "credits.asserter": fee, escrow: -fee });
    });

    it("should return the left-aligned question id", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { claimId } = await terms(c, ODD);

      expect(await c.asAsserter.ask.staticCall(ODD, CONTENT, "", 0, ZERO_HASH, SALT)).to.equal(claimId);
    });

    it("should count as asked in the next epoch in the freeze, from its first second", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const epoch = await c.epoch();
      const [plain, odd] = [await terms(c, PLAIN), await terms(c, ODD)];
      const freeze = EPOCH_LENGTH - EPOCH_LENGTH / 16;

      await nextBlockAt(c, epoch, freeze - 1);
      await plain.unestimated();
      await nextBlockAt(c, epoch, freeze);
      await odd.unestimated();

      expect((await c.consensus.question(plain.question)).voteEpoch).to.equal(epoch + 1);
      expect((await c.consensus.question(odd.question)).voteEpoch).to.equal(epoch + 2);
    });

    it("should let two askers ask the same, and one of them not twice", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { question, send } = await terms(c, PLAIN);
      await send(0);

      await c.asOpponent.ask(PLAIN, CONTENT, "", 0, ZERO_HASH, SALT);

      await expectRefused(c, () => send(0), c.consensus, "QuestionExists", [question]);
    });

    it("should revert as Consensus does for more rounds than the domain has", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { question, send } = await terms(c, PLAIN);

      await expectRefused(c, () => send(3), c.consensus, "TooManyRounds", [question, 4, 3]);
      await expectRefused(c, () => send(255), c.consensus, "TooManyRounds", [question, 256, 3]);
    });

    it("should revert as Consensus does in a domain that sleeps or does not exist", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const [asleep, nowhere] = [await terms(c, SLEEPING), await terms(c, NO_DOMAIN)];
      const minimum = 9n * 24n * 10n * 1_000n;

      await expectRefused(c, () => asleep.send(0), c.consensus, "DomainBelowMinStake", [SLEEPING, 0, minimum]);
      await expectRefused(c, () => nowhere.send(0), c.consensus, "UnknownDomain", [NO_DOMAIN]);
    });

    it("should revert as the token does when the asker has not approved the vault for all of it", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await c.token.connect(c.asserter).approve(c.vault, ODD_FEE - 1n);
      const { send } = await terms(c, ODD);

      const args = [c.vaultAddress, ODD_FEE - 1n, ODD_FEE];
      await expectRefused(c, () => send(0), c.token, "ERC20InsufficientAllowance", args);
    });
  });
});
