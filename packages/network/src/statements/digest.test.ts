import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Hex, type Statement, STATEMENT_TYPES, type StatementContext, statementDigest } from "@assay/protocol";
import { hexlify, toBigInt, TypedDataEncoder } from "ethers";
import { seededRandom } from "../testing/fuzz.ts";
import { createStatementDigest } from "./digest.ts";

const random = seededRandom(29);
const bytes = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
const number = (size: number) => toBigInt(bytes(Math.floor(random() * (size + 1))));

function randomStatement(): Statement {
  return {
    agentId: number(32),
    domainId: Number(number(4)),
    outcome: Number(number(1)),
    contentHash: hexlify(bytes(32)) as Hex,
    bond: number(32),
    expiry: number(8),
    nonce: number(32),
  };
}

describe("a statement's digest", () => {
  it("is that of EIP-712, by ethers and by the protocol, of 2,000 random statements of 20 deployments", () => {
    for (let i = 0; i < 20; i++) {
      const context: StatementContext = { chainId: number(6), claims: hexlify(bytes(20)) as Hex };
      const digestOf = createStatementDigest(context);
      const domain = { name: "Assay", version: "1", chainId: context.chainId, verifyingContract: context.claims };
      for (let j = 0; j < 100; j++) {
        const statement = randomStatement();
        const digest = digestOf(statement);
        assert.equal(digest, TypedDataEncoder.hash(domain, { Statement: [...STATEMENT_TYPES.Statement] }, statement));
        assert.equal(digest, statementDigest(context, statement));
      }
    }
  });

  it("is that of the largest numbers, and of none that are larger, negative, or of no hash", () => {
    const context: StatementContext = { chainId: 1n, claims: `0x${"11".repeat(20)}` };
    const digestOf = createStatementDigest(context);
    const most = 2n ** 256n - 1n;
    const largest = { ...randomStatement(), agentId: most, bond: most, nonce: most, expiry: 2n ** 64n - 1n };
    assert.equal(digestOf(largest), statementDigest(context, largest));
    const wrong: Partial<Statement>[] = [
      { agentId: most + 1n },
      { nonce: -1n },
      { contentHash: "0x00" },
      { contentHash: `0x${"0g".repeat(32)}` },
      { contentHash: `0x${"00".repeat(33)}` },
    ];
    for (const change of wrong) assert.throws(() => digestOf({ ...largest, ...change }), RangeError);
    assert.equal(digestOf(largest), statementDigest(context, largest));
  });
});
