import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, hashStruct, hashTypedData, keccak256, parseAbiParameters, stringToBytes } from "viem";
import { toHex, type Hex } from "./hex.ts";
import { domainSeparator, statementDigest, statementHash, statementTypedData } from "./statement.ts";

const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

describe("statement, against viem's EIP-712", () => {
  it("has the same struct hash, domain separator and digest", () => {
    const statements = fc.record({
      agentId: uint256,
      domainId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      outcome: fc.integer({ min: 0, max: 255 }),
      contentHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
      bond: uint256,
      expiry: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      nonce: uint256,
    });
    const claims = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex);
    fc.assert(
      fc.property(statements, claims, fc.integer({ min: 1, max: 2 ** 31 }), (message, address, chainId) => {
        const context = { chainId, claims: address };
        const typed = statementTypedData(context, message);
        assert.equal(statementDigest(context, message), hashTypedData(typed));
        assert.equal(
          statementHash(message),
          hashStruct({ data: { ...message }, primaryType: "Statement", types: typed.types }),
        );
        const domainTypes = parseAbiParameters("bytes32, bytes32, bytes32, uint256, address");
        const hash = (text: string): Hex => keccak256(stringToBytes(text));
        const type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
        const parts = [hash(type), hash("Assay"), hash("1"), BigInt(chainId), address] as const;
        assert.equal(domainSeparator(context), keccak256(encodeAbiParameters(domainTypes, parts)));
      }),
      { seed: 15, numRuns: 1_000 },
    );
  });

  it("rejects fields that do not fit", () => {
    const statement = {
      agentId: 1n,
      domainId: 1,
      outcome: 1,
      contentHash: `0x${"00".repeat(32)}`,
      bond: 1n,
      expiry: 1n,
      nonce: 1n,
    } as const;
    assert.throws(() => statementHash({ ...statement, expiry: 2n ** 64n }), { code: "OutOfRange" });
    assert.throws(() => statementHash({ ...statement, outcome: 256 }), { code: "OutOfRange" });
    assert.throws(() => statementHash({ ...statement, agentId: -1n }), { code: "OutOfRange" });
    assert.throws(() => statementHash({ ...statement, contentHash: "0x00" }), { code: "MalformedHex" });
  });
});
