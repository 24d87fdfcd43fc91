import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSignedStatement, formatSignedStatement } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { CONTEXT, messageOf, signStatement } from "../testing/statements.ts";
import { MAX_EVIDENCE, MAX_URI, statementCodec, statementTopic, toMessage, toSignedStatement } from "./message.ts";

const LARGEST = 2n ** 256n - 1n;

describe("a statement's message", () => {
  it("reads what it has written, up to the largest numbers", () => {
    const all = { agentId: LARGEST, domainId: 2 ** 32 - 1, outcome: 255, bond: LARGEST, nonce: LARGEST };
    for (const changes of [{}, { ...all, expiry: 2n ** 64n - 1n }, { agentId: 0n, bond: 0n, expiry: 0n, nonce: 0n }]) {
      const message = { ...messageOf(changes), uri: "", evidence: "because it is so — ünd so weiter" };
      assert.deepEqual(statementCodec.decode(statementCodec.encode(message)), message);
    }
    const texts = { uri: "u".repeat(MAX_URI), evidence: "e".repeat(MAX_EVIDENCE) };
    assert.equal(statementCodec.encode({ ...messageOf(), ...texts }).length < statementCodec.maxSize, true);
  });

  it("refuses what is truncated, too long, or has a text that is", () => {
    const bytes = statementCodec.encode(messageOf());
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => statementCodec.decode(bytes.subarray(0, length)), { code: "MALFORMED" });
    }
    assert.throws(() => statementCodec.decode(new Uint8Array([...bytes, 0])), { code: "MALFORMED" });
    assert.throws(() => statementCodec.decode(new Uint8Array(4_097)), { code: "TOO_LARGE" });
    const long = statementCodec.encode({ ...messageOf(), uri: "u".repeat(MAX_URI + 1) });
    assert.throws(() => statementCodec.decode(long), { code: "MALFORMED" });
  });

  it("bears 20,000 malformed inputs", () => {
    const samples = [messageOf(), { ...messageOf({ agentId: LARGEST }), evidence: "ünsigned", uri: "" }];
    const { refused } = fuzz(statementCodec, samples, 20_000, seededRandom(5));
    assert.ok(refused > 10_000);
  });

  it("is the signed statement of the SDK, with evidence", () => {
    const signed = signStatement();
    const file = formatSignedStatement(toSignedStatement(CONTEXT, toMessage(CONTEXT, signed, "why")));
    assert.deepEqual(parseSignedStatement(file), signed);
  });

  it("is of one chain and one deployment, which its topic names", () => {
    const signed = signStatement();
    for (const other of [{ chainId: 1 }, { claims: `0x${"d1".repeat(20)}` as const }]) {
      assert.throws(
        () => toMessage(CONTEXT, { ...signed, ...other }),
        (error) => error instanceof NetworkError && error.code === "OTHER_NETWORK",
      );
    }
    const context = { chainId: 1, claims: `0x${"AB".repeat(20)}` as const };
    assert.equal(statementTopic(context, 4), `/assay/1/0x${"ab".repeat(20)}/statements/4/1`);
  });
});
