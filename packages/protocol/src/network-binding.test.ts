import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hashStruct, hashTypedData } from "viem";
import { toHex } from "./hex.ts";
import { networkBindingDigest, networkBindingHash, networkBindingTypedData } from "./network-binding.ts";

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(toHex);

describe("network binding, against viem's EIP-712", () => {
  it("has the same struct hash and digest", () => {
    const bindings = fc.record({
      agentId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      owner: bytes(20),
      networkKey: bytes(32),
      hpkeKey: bytes(32),
      issuedAt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    fc.assert(
      fc.property(bindings, bytes(20), fc.integer({ min: 1, max: 2 ** 31 }), (message, registry, chainId) => {
        const context = { chainId, registry };
        const typed = networkBindingTypedData(context, message);
        assert.equal(networkBindingDigest(context, message), hashTypedData(typed));
        const struct = { data: { ...message }, primaryType: "NetworkBinding", types: typed.types } as const;
        assert.equal(networkBindingHash(message), hashStruct(struct));
      }),
      { seed: 51, numRuns: 1_000 },
    );
  });

  it("rejects fields that do not fit", () => {
    const word = `0x${"00".repeat(32)}` as const;
    const owner = `0x${"00".repeat(20)}` as const;
    const binding = { agentId: 1n, owner, networkKey: word, hpkeKey: word, issuedAt: 1n };
    assert.throws(() => networkBindingHash({ ...binding, issuedAt: 2n ** 64n }), { code: "OutOfRange" });
    assert.throws(() => networkBindingHash({ ...binding, agentId: -1n }), { code: "OutOfRange" });
    assert.throws(() => networkBindingHash({ ...binding, owner: "0x00" }), { code: "MalformedHex" });
    assert.throws(() => networkBindingHash({ ...binding, networkKey: "0x00" }), { code: "MalformedHex" });
    assert.throws(() => networkBindingHash({ ...binding, hpkeKey: "0x00" }), { code: "MalformedHex" });
  });
});
