import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Address, Hex } from "@assay/protocol";
import { encode } from "cborg";
import { concat, hexlify, Signature, Wallet } from "ethers";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { bindingCodec, recordCodec, signBinding, type SignedBinding, verifyBinding } from "./binding.ts";
import { createNodeKeys } from "./keys.ts";

const REGISTRY: Address = `0x${"11".repeat(20)}`;
const OWNER: Address = `0x${"22".repeat(20)}`;
const CONTEXT = { chainId: 31_337n, registry: REGISTRY };
const wallet = new Wallet(`0x${"07".repeat(32)}`);
const authority = { owner: OWNER, wallet: wallet.address as Address };
const keys = await createNodeKeys(new Uint8Array(32).fill(9));
const binding = await signBinding(CONTEXT, { agentId: 7n, owner: OWNER, issuedAt: 1_900_000_000n }, keys, wallet);
const addresses = ["/ip4/127.0.0.1/tcp/4001", "/dns4/node.example/tcp/4001"];

const nobody = () => Promise.resolve(false);

describe("a binding", () => {
  it("holds for the wallet and owner that it was made for", async () => {
    await verifyBinding(CONTEXT, binding, authority, () => assert.fail("no contract is to be asked"));
  });

  it("is void for another owner, and without a wallet", async () => {
    const sold = { ...authority, owner: REGISTRY };
    await assert.rejects(verifyBinding(CONTEXT, binding, sold, nobody), { code: "UNBOUND" });
    await assert.rejects(verifyBinding(CONTEXT, binding, { ...authority, wallet: null }, nobody), { code: "UNBOUND" });
  });

  it("is void for another wallet, chain or deployment, and with any field changed", async () => {
    const refused = { code: "BAD_SIGNATURE" };
    await assert.rejects(verifyBinding(CONTEXT, binding, { ...authority, wallet: REGISTRY }, nobody), refused);
    await assert.rejects(verifyBinding({ ...CONTEXT, chainId: 1n }, binding, authority, nobody), refused);
    await assert.rejects(verifyBinding({ ...CONTEXT, registry: OWNER }, binding, authority, nobody), refused);
    const word: Hex = `0x${"33".repeat(32)}`;
    for (const changed of [{ agentId: 8n }, { networkKey: word }, { hpkeKey: word }, { issuedAt: 1n }]) {
      await assert.rejects(verifyBinding(CONTEXT, { ...binding, ...changed }, authority, nobody), refused);
    }
  });

  it("takes a key's signature in the one form that the contracts take", async () => {
    const { r, s, yParity, compactSerialized } = Signature.from(binding.signature);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = `0x${(order - BigInt(s)).toString(16).padStart(64, "0")}`;
    const others = [
      compactSerialized,
      concat([r, s, Uint8Array.of(yParity)]),
      concat([r, high, Uint8Array.of(28 - yParity)]),
      "0x",
      concat([binding.signature, "0x00"]),
    ];
    for (const signature of others as Hex[]) {
      await assert.rejects(verifyBinding(CONTEXT, { ...binding, signature }, authority, nobody), {
        code: "BAD_SIGNATURE",
      });
    }
  });

  it("asks a contract wallet, with what it is to judge", async () => {
    const asked: unknown[][] = [];
    const signature: Hex = "0xc0ffee";
    const contract = { ...authority, wallet: REGISTRY };
    await verifyBinding(CONTEXT, { ...binding, signature }, contract, (...args) => {
      asked.push(args);
      return Promise.resolve(true);
    });
    assert.equal(asked.length, 1);
    assert.deepEqual([asked[0]?.[0], asked[0]?.[2]], [REGISTRY, signature]);
    const failure = new Error("no node");
    await assert.rejects(
      verifyBinding(CONTEXT, { ...binding, signature }, contract, () => Promise.reject(failure)),
      failure,
    );
  });
});

describe("the encoding of a binding", () => {
  it("is read back as it was, within a few hundred bytes", () => {
    assert.deepEqual(bindingCodec.decode(bindingCodec.encode(binding)), binding);
    const record = recordCodec.encode({ binding, addresses });
    assert.deepEqual(recordCodec.decode(record), { binding, addresses });
    assert.ok(record.length < 300, `${record.length} bytes`);
  });

  it("refuses what is cut off, of another version, or no address", () => {
    const record = recordCodec.encode({ binding, addresses });
    for (let length = 0; length < record.length; length++) {
      assert.throws(() => recordCodec.decode(record.subarray(0, length)), { code: "MALFORMED" });
    }
    const parts = (version: number, listed: string[]) => encode([version, [7, 7], listed]);
    assert.throws(() => recordCodec.decode(parts(2, [])), { code: "MALFORMED" });
    assert.throws(() => recordCodec.decode(recordCodec.encode({ binding, addresses: ["localhost:80"] })), {
      code: "MALFORMED",
    });
    const many = Array<string>(5).fill("/ip4/127.0.0.1/tcp/1");
    assert.throws(() => recordCodec.decode(recordCodec.encode({ binding, addresses: many })), { code: "MALFORMED" });
  });

  it("refuses what is too large, before it reads it", () => {
    const long: SignedBinding = { ...binding, signature: hexlify(new Uint8Array(5000)) as Hex };
    assert.throws(() => bindingCodec.encode(long), { code: "TOO_LARGE" });
    assert.throws(() => bindingCodec.decode(new Uint8Array(5000)), { code: "TOO_LARGE" });
    assert.throws(() => recordCodec.decode(new Uint8Array(5000)), { code: "TOO_LARGE" });
    const signature = hexlify(new Uint8Array(1024)) as Hex;
    assert.deepEqual(bindingCodec.decode(bindingCodec.encode({ ...binding, signature })), { ...binding, signature });
  });

  it("takes one encoding only, and ends in nothing worse than a NetworkError, 20,000 times", () => {
    const record = { binding, addresses };
    const few = { binding: { ...binding, agentId: 0n, issuedAt: 0n }, addresses: [] };
    const counts = fuzz(recordCodec, [record, few], 20_000, seededRandom(1));
    assert.ok(counts.refused > 10_000 && counts.accepted > 100, JSON.stringify(counts));
    fuzz(bindingCodec, [binding, few.binding], 20_000, seededRandom(2));
  });
});
