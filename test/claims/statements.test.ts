import {
  domainSeparator,
  type Statement,
  statementDigest,
  STATEMENT_TYPEHASH,
  statementTypedData,
} from "@assay/protocol";
import { expect } from "chai";
import { id, keccak256, toBeHex, TypedDataEncoder } from "ethers";

import { type Desk, deskFixture, networkHelpers, statementOf, STATUS } from "./kit.ts";

/** A number of at most `bits` bits that the label alone decides; small numbers and the largest among them. */
function uint(label: string, bits: number): bigint {
  const word = BigInt(keccak256(id(label)));
  const size = [0, 1, 8, bits, bits][Number(word % 5n)] as number;
  const value = (word >> 8n) & ((1n << BigInt(Math.min(size, 248))) - 1n);
  return word % 7n === 0n ? (1n << BigInt(bits)) - 1n : value & ((1n << BigInt(bits)) - 1n);
}

const randomStatement = (n: number): Statement => ({
  agentId: uint(`agent ${n}`, 256),
  domainId: Number(uint(`domain ${n}`, 32)),
  outcome: Number(uint(`outcome ${n}`, 8)),
  contentHash: keccak256(id(`content ${n}`)) as `0x${string}`,
  bond: uint(`bond ${n}`, 256),
  expiry: uint(`expiry ${n}`, 64),
  nonce: uint(`nonce ${n}`, 256),
});

async function expectSameDigest(c: Desk, s: Statement) {
  const { domain, types, message } = statementTypedData(c.context, s);
  const fields = { Statement: [...types.Statement] };
  const digest = await c.claims.hashStatement(s);
  expect(digest).to.equal(statementDigest(c.context, s));
  expect(digest).to.equal(TypedDataEncoder.hash(domain, fields, message));
}

describe("Claims", function () {
  describe("hashStatement", function () {
    it("should be the EIP-712 digest of @assay/protocol and of ethers, on 200 random statements", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      for (let n = 0; n < 200; n++) await expectSameDigest(c, randomStatement(n));
    });

    it("should be the same for the least and the greatest of every field", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const least = { agentId: 0n, domainId: 0, outcome: 0, bond: 0n, expiry: 0n, nonce: 0n };
      const word = 2n ** 256n - 1n;
      const most = {
        agentId: word,
        domainId: 2 ** 32 - 1,
        outcome: 255,
        bond: word,
        expiry: 2n ** 64n - 1n,
        nonce: word,
      };
      await expectSameDigest(c, { ...least, contentHash: toBeHex(0, 32) as `0x${string}` });
      await expectSameDigest(c, { ...most, contentHash: toBeHex(word, 32) as `0x${string}` });
    });

    it("should have the type hash and the domain of @assay/protocol", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      expect(await c.claims.STATEMENT_TYPEHASH()).to.equal(STATEMENT_TYPEHASH);
      const { fields, name, version, chainId, verifyingContract, salt, extensions } = await c.claims.eip712Domain();
      expect([fields, name, version, chainId, verifyingContract, salt, extensions]).to.deep.equal([
        "0x0f",
        "Assay",
        "1",
        c.context.chainId,
        await c.claims.getAddress(),
        toBeHex(0, 32),
        [],
      ]);
      const hashed = TypedDataEncoder.hashDomain({ name, version, chainId, verifyingContract });
      expect(hashed).to.equal(domainSeparator(c.context));
    });
  });

  describe("challengeIdOf", function () {
    it("should differ by attempt and by every field of the statement", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const s = await statementOf();
      const others: Statement[] = [
        { ...s, agentId: s.agentId + 1n },
        { ...s, domainId: s.domainId + 1 },
        { ...s, outcome: 0 },
        { ...s, contentHash: `0x${"77".repeat(32)}` },
        { ...s, bond: s.bond + 1n },
        { ...s, expiry: s.expiry + 1n },
        { ...s, nonce: s.nonce + 1n },
      ];
      const ids = [await c.claims.challengeIdOf(s, 1), await c.claims.challengeIdOf(s, 2)];
      for (const other of others) ids.push(await c.claims.challengeIdOf(other, 1));

      expect(new Set(ids).size).to.equal(ids.length);
      for (const claimId of ids) expect((await c.claims.claim(claimId)).status).to.equal(STATUS.none);
    });
  });

  describe("statementStatus", function () {
    it("should be nothing for a statement that was never challenged", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      const status = await c.claims.statementStatus(await statementOf());

      expect(status).to.deep.equal([0n, false, false]);
    });
  });
});
