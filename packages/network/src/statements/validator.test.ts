import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex, Statement } from "@assay/protocol";
import { getBytes, hexlify, type Wallet } from "ethers";
import { NetworkError } from "../errors.ts";
import {
  BOND,
  bytesOf,
  CLOCK,
  CONTEXT,
  FakeStatementChain,
  messageOf,
  NOW,
  outsider,
  RULES,
  signer,
  signStatement,
} from "../testing/statements.ts";
import { statementCodec, toMessage } from "./message.ts";
import { type StatementReason, VERDICTS } from "./reasons.ts";
import { StatementValidator } from "./validator.ts";

function setUp({ pledge = 100n * BOND }: { readonly pledge?: bigint } = {}) {
  const chain = new FakeStatementChain();
  chain.set(7n, signer, { slashable: pledge });
  const time = { now: NOW, ms: 0 };
  const known = new Set<Hex>();
  const validator = new StatementValidator({
    context: CONTEXT,
    chain,
    now: () => time.now,
    monotonic: () => time.ms,
    isKnown: (hash) => known.has(hash),
  });
  const judge = (bytes: Uint8Array) => validator.judge(bytes, RULES);
  const reasonOf = async (bytes: Uint8Array): Promise<StatementReason> =>
    (await judge(bytes)).refusal?.reason ?? "ACCEPTED";
  return { chain, time, known, validator, judge, reasonOf };
}

/** Changes some of a statement's message after it was signed. */
function forged(changes: Partial<Statement>, by: Wallet = signer): Uint8Array {
  const message = messageOf({}, by);
  return statementCodec.encode({ ...message, statement: { ...message.statement, ...changes } });
}

describe("the judgement of a statement", () => {
  it("accepts what is signed, pledged for and timely, with its hash and its pledge", async () => {
    const { judge } = setUp();
    const message = messageOf();
    const { accepted, refusal } = await judge(statementCodec.encode(message));
    assert.equal(refusal, null);
    assert.deepEqual(accepted?.message, message);
    assert.equal(accepted.slashable, 100n * BOND);
    assert.match(accepted.hash, /^0x[0-9a-f]{64}$/);
  });

  it("rejects what every honest node must have seen as wrong", async () => {
    const { reasonOf } = setUp();
    const valid = bytesOf();
    const cases: [StatementReason, Uint8Array][] = [
      ["TOO_LARGE", new Uint8Array(5_000)],
      ["MALFORMED", new Uint8Array()],
      ["MALFORMED", valid.subarray(0, valid.length - 1)],
      ["MALFORMED", Uint8Array.of(...valid, 0)],
      ["OTHER_DOMAIN", bytesOf({ domainId: 2 })],
      ["UNKNOWN_OUTCOME", bytesOf({ outcome: 2 })],
      ["BOND_TOO_SMALL", bytesOf({ bond: BOND - 1n })],
      ["EXPIRED", bytesOf({ expiry: BigInt(NOW - 31) })],
      ["TOO_FAR_AHEAD", bytesOf({ expiry: BigInt(NOW + 18 * 60 + 30) })],
      ["TOO_FAR_AHEAD", bytesOf({ expiry: 2n ** 64n - 1n })],
      ["BAD_SIGNATURE", forged({ outcome: 0 })],
      ["BAD_SIGNATURE", forged({ bond: BOND + 1n })],
      ["BAD_SIGNATURE", forged({ nonce: 0n })],
    ];
    for (const [reason, bytes] of cases) {
      assert.equal(await reasonOf(bytes), reason);
      assert.equal(VERDICTS[reason], "reject");
    }
    assert.equal(await reasonOf(valid), "ACCEPTED");
  });

  it("rejects a statement that is signed for another chain or deployment", async () => {
    const { reasonOf } = setUp();
    for (const foreign of [{ chainId: 1n }, { claims: `0x${"d1".repeat(20)}` as const }]) {
      const signed = signStatement({}, signer, { ...CONTEXT, ...foreign });
      const here = { ...signed, chainId: Number(CONTEXT.chainId), claims: CONTEXT.claims };
      assert.equal(await reasonOf(statementCodec.encode(toMessage(CONTEXT, here))), "BAD_SIGNATURE");
    }
  });

  it("rejects a signature with one bit changed, another form of one, and another's name on it", async () => {
    const { reasonOf } = setUp();
    const message = messageOf();
    const signature = getBytes(message.signature);
    for (const bit of [0, 100, 300, 511]) {
      const changed = signature.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const bytes = statementCodec.encode({ ...message, signature: hexlify(changed) as Hex });
      assert.equal(await reasonOf(bytes), "BAD_SIGNATURE");
    }
    const parity = signature.map((byte, i) => (i === 64 ? byte - 27 : byte));
    for (const changes of [
      { signature: hexlify(parity) as Hex },
      { signer: outsider.address.toLowerCase() as Hex },
      { signature: messageOf({}, outsider).signature },
    ]) {
      assert.equal(await reasonOf(statementCodec.encode({ ...message, ...changes })), "BAD_SIGNATURE");
    }
    assert.equal(await reasonOf(statementCodec.encode(message)), "ACCEPTED");
  });

  it("ignores what another clock may see otherwise", async () => {
    const { reasonOf, time } = setUp();
    const [late, early] = [bytesOf({ expiry: BigInt(NOW - 1) }), bytesOf({ expiry: BigInt(NOW + 18 * 60) })];
    assert.equal(await reasonOf(late), "EXPIRING");
    time.now = NOW + 40;
    assert.equal(await reasonOf(early), "EARLY");
    assert.deepEqual([VERDICTS.EXPIRING, VERDICTS.EARLY], ["ignore", "ignore"]);
    time.now = NOW + 60;
    assert.equal(await reasonOf(early), "ACCEPTED");
    time.now = NOW - 1;
    assert.equal(await reasonOf(late), "ACCEPTED");
  });

  it("ignores who is no signer until it expires, and a bond beyond the pledge", async () => {
    const { reasonOf, chain } = setUp();
    assert.equal(await reasonOf(bytesOf({}, outsider)), "NOT_A_SIGNER");
    const { expiry } = messageOf().statement;
    const epoch = (Number(expiry) - CLOCK.genesis) / CLOCK.epochLength;
    chain.set(7n, signer, { answerableUntil: epoch });
    assert.equal(await reasonOf(bytesOf()), "NOT_A_SIGNER");
    chain.set(7n, signer, { answerableUntil: epoch + 1, slashable: BOND - 1n });
    assert.equal(await reasonOf(bytesOf()), "OVERCOMMITTED");
    chain.set(7n, signer, { answerableUntil: epoch + 1, slashable: BOND });
    assert.equal(await reasonOf(bytesOf({ bond: BOND + 1n })), "OVERCOMMITTED");
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
    assert.deepEqual([VERDICTS.NOT_A_SIGNER, VERDICTS.OVERCOMMITTED], ["ignore", "ignore"]);
  });

  it("ignores what it has seen, by its hash, whatever else was changed, and forgets nothing if the store fails", async () => {
    const { reasonOf, judge, known, validator } = setUp();
    const message = messageOf();
    const { accepted } = await judge(statementCodec.encode(message));
    assert.equal(await reasonOf(statementCodec.encode(message)), "REPLAYED");
    assert.equal(await reasonOf(statementCodec.encode({ ...message, evidence: "more" })), "REPLAYED");
    assert.ok(accepted);
    const stored = bytesOf({ nonce: 10n ** 9n });
    const other = await setUp().judge(stored);
    known.add(other.accepted?.hash ?? "0x");
    assert.equal(await reasonOf(stored), "REPLAYED");
    const failing = new StatementValidator({
      context: CONTEXT,
      chain: setUp().chain,
      now: () => NOW,
      monotonic: () => 0,
      isKnown: () => {
        throw new NetworkError("STORE_UNREADABLE", "broken");
      },
    });
    const bytes = bytesOf();
    assert.equal((await failing.judge(bytes, RULES)).refusal, null);
    assert.equal((await failing.judge(bytes, RULES)).refusal?.reason, "REPLAYED");
    assert.equal(validator.pending, 0);
  });

  it("ignores what an agent says beyond its rate, which forgeries in its name do not use up", async () => {
    const { reasonOf, time, judge, validator } = setUp({ pledge: BOND });
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
    for (let i = 0; i < 20; i++) assert.equal(await reasonOf(forged({ outcome: 0 })), "BAD_SIGNATURE");
    for (let i = 1; i < 6; i++) assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
    const late = bytesOf();
    assert.equal(await reasonOf(late), "RATE_LIMITED");
    // Beyond the rate no signature is looked at.
    assert.equal(await reasonOf(forged({ outcome: 0 })), "RATE_LIMITED");
    assert.equal((await validator.judge(bytesOf(), RULES, { rated: false })).refusal, null);
    time.ms += 5_000;
    assert.notEqual((await judge(late)).accepted, null);
    assert.equal(await reasonOf(bytesOf()), "RATE_LIMITED");
  });

  it("ignores everything while the chain fails, and goes on", async () => {
    const { reasonOf, chain, judge } = setUp();
    chain.failure = new NetworkError("CHAIN_UNREACHABLE", "the node does not answer");
    assert.equal(await reasonOf(bytesOf()), "CHAIN_UNREACHABLE");
    chain.failure = new NetworkError("RATE_LIMITED", "too many reads");
    assert.equal(await reasonOf(bytesOf()), "BUSY");
    chain.failure = new TypeError("anything else");
    const { refusal } = await judge(bytesOf());
    assert.deepEqual([refusal?.reason, refusal?.message], ["CHAIN_UNREACHABLE", "anything else"]);
    chain.failure = null;
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
  });

  it("ignores what it cannot judge for an error of its own", async () => {
    const { reasonOf, time } = setUp();
    time.now = CLOCK.genesis - 100_000; // before the first epoch
    assert.equal(await reasonOf(bytesOf()), "FAILED");
    time.now = NOW;
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
  });

  it("asks the chain last where it knows nothing, and not about what is forged", async () => {
    const { reasonOf, chain } = setUp();
    assert.equal(await reasonOf(forged({ outcome: 0 })), "BAD_SIGNATURE");
    assert.equal(chain.reads.length, 0);
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
    assert.equal(await reasonOf(bytesOf()), "ACCEPTED");
    assert.equal(chain.reads.length, 1);
  });

  it("lets no more wait for the chain than it bears, and takes one of two that are the same", async () => {
    const { judge, chain, validator } = setUp({ pledge: 10n ** 6n * BOND });
    chain.caches = false;
    let open = (): void => undefined;
    chain.gate = new Promise((resolve) => (open = resolve));
    const twin = bytesOf();
    const judging = [twin, twin, ...Array.from({ length: 256 }, () => bytesOf())].map(judge);
    assert.equal(validator.pending, 256);
    open();
    const reasons = (await Promise.all(judging)).map(({ refusal }) => refusal?.reason ?? "ACCEPTED");
    const count = (reason: StatementReason) => reasons.filter((each) => each === reason).length;
    assert.deepEqual([count("ACCEPTED"), count("REPLAYED"), count("BUSY")], [255, 1, 2]);
    assert.equal(validator.pending, 0);
  });
});
