import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  AUTHOR,
  type Desk,
  deskFixture,
  expectRefused,
  networkHelpers,
  nextBlockAt,
  NO_AGENT,
  observe,
  outsider,
  sign,
  signer,
  statementOf,
  STATUS,
  UNBONDING_EPOCHS,
  UNESTIMATED,
} from "./kit.ts";

const FOREVER = 2n ** 32n - 1n;

async function expectOwnerOnly(c: Desk, method: "addSigner" | "retireSigner") {
  const [member] = c.members;
  if (member === undefined) throw new Error("no member");
  await c.registry.connect(c.author).approve(c.stranger, AUTHOR);
  await c.registry.connect(c.author).setApprovalForAll(c.keeper, true);
  for (const from of [c.stranger, c.keeper, member.owner, c.buyer]) {
    const send = () => c.claims.connect(from)[method](AUTHOR, signer);
    await expectRefused(c, send, c.claims, "NotAgentOwner", [AUTHOR, from.address]);
  }
  const nobody = () => c.asAuthor[method](NO_AGENT, signer);
  await expectRefused(c, nobody, c.registry, "ERC721NonexistentToken", [NO_AGENT]);
}

describe("Claims", function () {
  describe("addSigner", function () {
    it("should let a key sign for the agent, for good", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      expect(await c.claims.answerableUntil(AUTHOR, outsider)).to.equal(0n);

      const { events, changes } = await observe(c, () => c.asAuthor.addSigner(AUTHOR, outsider));

      expect(events).to.deep.equal([["SignerAdded", AUTHOR, outsider.address]]);
      expect(changes).to.deep.equal({});
      expect(await c.claims.answerableUntil(AUTHOR, outsider)).to.equal(FOREVER);
      expect(await c.claims.answerableUntil(0n, outsider)).to.equal(0n);
    });

    it("should bring a retired signer back", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await c.asAuthor.retireSigner(AUTHOR, signer);

      await c.asAuthor.addSigner(AUTHOR, signer);

      expect(await c.claims.answerableUntil(AUTHOR, signer)).to.equal(FOREVER);
    });

    it("should revert for the zero address", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      await expectRefused(c, () => c.asAuthor.addSigner(AUTHOR, ZeroAddress), c.claims, "ZeroAddress", []);
    });

    it("should revert for all but the owner: approved, operators, other owners", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await expectOwnerOnly(c, "addSigner");
    });

    it("should belong to the buyer once the agent is sold", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await c.registry.connect(c.author).transferFrom(c.author, c.buyer, AUTHOR);

      const send = () => c.asAuthor.addSigner(AUTHOR, outsider);
      await expectRefused(c, send, c.claims, "NotAgentOwner", [AUTHOR, c.author.address]);
      await c.claims.connect(c.buyer).addSigner(AUTHOR, outsider);
      expect(await c.claims.answerableUntil(AUTHOR, outsider)).to.equal(FOREVER);
    });
  });

  describe("retireSigner", function () {
    it("should stay answerable for UNBONDING_EPOCHS", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const until = BigInt((await c.epoch()) + UNBONDING_EPOCHS);

      const { events, changes } = await observe(c, () => c.asAuthor.retireSigner(AUTHOR, signer));

      expect(events).to.deep.equal([["SignerRetired", AUTHOR, signer.address, until]]);
      expect(changes).to.deep.equal({});
      expect(await c.claims.answerableUntil(AUTHOR, signer)).to.equal(until);
    });

    it("should have its statements challenged in the last second of that time, and not after it", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const until = (await c.epoch()) + UNBONDING_EPOCHS;
      await c.asAuthor.retireSigner(AUTHOR, signer);
      const [first, second] = [await statementOf({ nonce: 1n }), await statementOf({ nonce: 2n })];
      const [signed, signedToo] = [await sign(c, first), await sign(c, second)];

      await nextBlockAt(c, until, -1);
      await c.asOpponent.challenge(first, signed, "", UNESTIMATED);
      await nextBlockAt(c, until);
      const send = () => c.asOpponent.challenge(second, signedToo, "", UNESTIMATED);
      await expectRefused(c, send, c.claims, "NotASigner", [AUTHOR, signer.address]);
      expect((await c.claims.claim(await c.claims.challengeIdOf(first, 1))).status).to.equal(STATUS.inCourt);
    });

    it("should answer at least as long as a pledge that is lowered in the same epoch", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await c.vault.connect(c.author).pledge(AUTHOR, 100n);
      await c.asAuthor.retireSigner(AUTHOR, signer);
      await c.vault.connect(c.author).lowerPledge(AUTHOR, 100n);

      const [, availableFrom] = await c.vault.loweringOf(AUTHOR);

      expect(await c.claims.answerableUntil(AUTHOR, signer)).to.equal(availableFrom);
    });

    it("should revert for a key that is no signer, or retired", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const expectNotASigner = (key: string) => {
        const send = () => c.asAuthor.retireSigner(AUTHOR, key);
        return expectRefused(c, send, c.claims, "NotASigner", [AUTHOR, key]);
      };

      await expectNotASigner(outsider.address);
      await expectNotASigner(ZeroAddress);
      await c.asAuthor.retireSigner(AUTHOR, signer);
      await expectNotASigner(signer.address);
      await c.skipEpochs(UNBONDING_EPOCHS + 1);
      await expectNotASigner(signer.address);
    });

    it("should revert for all but the owner: approved, operators, other owners", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await expectOwnerOnly(c, "retireSigner");
    });

    it("should let the buyer retire the seller's signers, who answer for the agent until then", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      await c.registry.connect(c.author).transferFrom(c.author, c.buyer, AUTHOR);
      const s = await statementOf();

      await c.asOpponent.challenge(s, await sign(c, s), "");
      await c.claims.connect(c.buyer).retireSigner(AUTHOR, signer);

      const until = (await c.epoch()) + UNBONDING_EPOCHS;
      expect(await c.claims.answerableUntil(AUTHOR, signer)).to.equal(until);
    });
  });
});
