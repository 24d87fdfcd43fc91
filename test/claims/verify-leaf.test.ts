import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { AbiCoder, concat, id, keccak256 } from "ethers";

import {
  AUTHOR,
  ask,
  assert,
  challenge,
  type Desk,
  deskFixture,
  dispute,
  networkHelpers,
  NO_OUTCOME,
  ODD,
  PLAIN,
  SALT,
  VERDICT,
  verdictOf,
} from "./kit.ts";

const coder = AbiCoder.defaultAbiCoder();
const hash = (types: string[], values: unknown[]) => keccak256(coder.encode(types, values));

/** Sorted pairs, as OpenZeppelin's. */
const pair = (a: string, b: string) => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

const LEAVES = ["ann", "bob", "cid", "dee", "eve"].map((text) => keccak256(id(text)));

/** Root and proofs of a tree; a node without a sibling moves up as it is. */
function treeOf(leaves: readonly string[]) {
  const proofs: string[][] = leaves.map(() => []);
  const places = leaves.map((_, i) => i);
  let level = [...leaves];
  while (level.length > 1) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as string, level[i + 1]];
      next.push(right === undefined ? left : pair(left, right));
    }
    places.forEach((place, leaf) => {
      const sibling = level[place ^ 1];
      if (sibling !== undefined) proofs[leaf]?.push(sibling);
      places[leaf] = place >> 1;
    });
    level = next;
  }
  return { root: level[0] as Hex, proofs };
}

const { root, proofs } = treeOf(LEAVES);

/** What an id is the hash of, beside the content: of an asked question, an assertion, a challenge. */
const restOfAsked = (asker: string) => hash(["address", "bytes32", "bytes32"], [asker, ZERO_HASH, SALT]);
const restOfAssertion = (asserter: string, domainId: number, bond: bigint) =>
  hash(
    ["bytes32", "uint32", "uint8", "address", "uint256", "bytes32"],
    [id("Assay.Assertion"), domainId, 1, asserter, bond, SALT],
  );
const restOfChallenge = (digest: string, attempt: number) =>
  hash(["bytes32", "bytes32", "uint32"], [id("Assay.Challenge"), digest, attempt]);

async function expectMismatch(c: Desk, claimId: string, content: string, rest: string) {
  await expect(c.claims.verifyLeaf(claimId, content, rest, LEAVES[0] as string, proofs[0] as string[]))
    .to.be.revertedWithCustomError(c.claims, "PreimageMismatch")
    .withArgs(claimId);
}

/** Every leaf has the claim's verdict; nothing else has. */
async function expectLeaves(c: Desk, claimId: string, rest: string, verdict: bigint[]) {
  expect(await verdictOf(c, claimId)).to.deep.equal(verdict);
  for (const [i, leaf] of LEAVES.entries()) {
    expect(await c.claims.verifyLeaf(claimId, root, rest, leaf, proofs[i] as string[])).to.deep.equal(verdict);
  }
  const [first, second] = [LEAVES[0] as string, LEAVES[1] as string];
  const proof = proofs[0] as string[];
  const invalid: [string, string[]][] = [
    [second, proof],
    [id("nobody"), proof],
    [first, proof.slice(1)],
    [first, [...proof, ZERO_HASH]],
    [first, []],
    [first, [proof[1] as string, proof[0] as string, ...proof.slice(2)]],
  ];
  for (const [leaf, wrong] of invalid) {
    await expect(c.claims.verifyLeaf(claimId, root, rest, leaf, wrong))
      .to.be.revertedWithCustomError(c.claims, "InvalidProof")
      .withArgs(root, leaf);
  }
  await expectMismatch(c, claimId, root, id("another rest"));
  await expectMismatch(c, claimId, id("another root"), rest);
}

describe("Claims", function () {
  describe("verifyLeaf", function () {
    it("should read an asked question's verdict for each of its leaves, and for nothing else", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const claimId = await ask(c, root);
      const rest = restOfAsked(c.asserter.address);

      await expectLeaves(c, claimId, rest, [VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await c.vote([[claimId.slice(0, 50), [1, 1, 1]]]);
      await c.skipEpochs(1);
      await expectLeaves(c, claimId, rest, [VERDICT.resolved, 1n, 10_000n, 1n]);
      await expectMismatch(c, claimId, root, restOfAsked(c.stranger.address));
    });

    it("should refuse an alias of an asked question's id", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const claimId = await ask(c, root);

      const alias = `0x${(BigInt(claimId) + 1n).toString(16).padStart(64, "0")}`;

      await expectMismatch(c, alias, root, restOfAsked(c.asserter.address));
    });

    it("should read an assertion's verdict, before and after a dispute", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c, { contentHash: root });
      const rest = restOfAssertion(c.asserter.address, PLAIN, 36n * 10n ** 18n);

      await expectLeaves(c, claimId, rest, [VERDICT.provisional, 1n, 0n, 0n]);
      await c.asOpponent.dispute(a, "");
      await expectLeaves(c, claimId, rest, [VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await c.decide([claimId, [0, 0, 0]]);
      await c.claims.resolve(a);
      await expectLeaves(c, claimId, rest, [VERDICT.resolved, 0n, 10_000n, 1n]);
      await expectMismatch(c, claimId, root, restOfAssertion(c.asserter.address, ODD, 36n * 10n ** 18n));
    });

    it("should read a challenged statement's verdict, attempt by attempt", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { s, signature, claimId } = await challenge(c, { contentHash: root });
      const digest = await c.claims.hashStatement(s);

      await c.decide([claimId, [1, 1, 1]]);
      await expectLeaves(c, claimId, restOfChallenge(digest, 1), [VERDICT.resolved, 1n, 10_000n, 1n]);
      await c.claims.resolveChallenge(s, 1);
      await c.asOpponent.challenge(s, signature, "");
      const second = await c.claims.challengeIdOf(s, 2);
      await expectLeaves(c, second, restOfChallenge(digest, 2), [VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await expectMismatch(c, second, root, restOfChallenge(digest, 1));
      expect(s.agentId).to.equal(AUTHOR);
    });

    it("should take the content hash itself for the only leaf of a tree of one", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { claimId } = await dispute(c, { contentHash: LEAVES[0] as Hex });
      const rest = restOfAssertion(c.asserter.address, PLAIN, 36n * 10n ** 18n);

      const verdict = await c.claims.verifyLeaf(claimId, LEAVES[0] as string, rest, LEAVES[0] as string, []);

      expect(verdict.status).to.equal(VERDICT.voting);
    });

    it("should refuse an id that nothing was claimed under", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const rest = restOfAssertion(c.asserter.address, PLAIN, 36n * 10n ** 18n);

      await expectMismatch(c, id("nothing"), root, rest);
      await expectMismatch(c, ZERO_HASH, root, rest);
      // The very id of an assertion that was not made.
      await expectMismatch(c, hash(["bytes32", "bytes32"], [root, rest]), root, rest);
    });
  });
});
