import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex, Statement } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { getBytes, sha256, toUtf8Bytes } from "ethers";
import { NetworkError } from "../errors.ts";
import { type DeskPolicy, type OwnStatements, StatementDesk, type Stating } from "./desk.ts";

const NOW = 1_800_000_000;
const HASH: Hex = `0x${"11".repeat(32)}`;
const POLICY: DeskPolicy = { maxBond: 500n, maxOpen: 1_000n, maxValidFor: 3_600 };
const STATING: Stating = { domainId: 1, contentHash: HASH, outcome: 1, bond: 100n, validFor: 600, uri: "" };

/** A desk with its own statements in memory, and a pledge. */
function deskOf({ pledge = 10_000n, policy = POLICY, keep = () => undefined } = {}) {
  const kept: SignedStatement[] = [];
  const clock = { now: NOW };
  const live = (now: number) => kept.filter(({ statement }) => Number(statement.expiry) >= now);
  const own: OwnStatements = {
    about: (domainId, contentHash, now) =>
      live(now).filter(({ statement: s }) => s.domainId === domainId && s.contentHash === contentHash),
    openBonds: (now) => live(now).reduce((sum, { statement }) => sum + statement.bond, 0n),
    keep: (signed) => {
      keep();
      kept.push(signed);
    },
  };
  let count = 0;
  const desk = new StatementDesk({
    ...{ agentId: 7n, own, policy, now: () => clock.now },
    chain: {
      minBond: async () => 72n,
      slashable: async () => pledge,
      sign: async (statement: Statement, uri) => ({
        ...{ chainId: 1, claims: `0x${"22".repeat(20)}`, signer: `0x${"33".repeat(20)}`, uri, statement },
        signature: "0x",
      }),
    },
    randomBytes: (length) => getBytes(sha256(toUtf8Bytes(String(count++)))).slice(0, length),
  });
  return { desk, kept, clock };
}

const refusedWith = (code: string) => (error: unknown) => error instanceof NetworkError && error.code === code;

describe("a desk that signs what its agent says", () => {
  it("signs what is wanted, and keeps it before it hands it out", async () => {
    const { desk, kept } = deskOf();
    const signed = await desk.state(STATING);
    assert.deepEqual(kept, [signed]);
    const { agentId, domainId, outcome, contentHash, bond, expiry } = signed.statement;
    assert.deepEqual(
      { agentId, domainId, outcome, contentHash, bond, expiry },
      { agentId: 7n, domainId: 1, outcome: 1, contentHash: HASH, bond: 100n, expiry: BigInt(NOW + 600) },
    );
  });

  it("answers with the domain's least bond where less is wanted, and for no longer than its policy allows", async () => {
    const { desk } = deskOf();
    const { statement } = await desk.state({ ...STATING, bond: 1n, validFor: 10_000 });
    assert.equal(statement.bond, 72n);
    assert.equal(statement.expiry, BigInt(NOW + POLICY.maxValidFor));
  });

  it("hands out the same statement again while half of the wanted time is left, then a new one", async () => {
    const { desk, clock, kept } = deskOf();
    const first = await desk.state(STATING);
    clock.now += 300;
    assert.equal(await desk.state(STATING), first);
    clock.now += 1;
    const second = await desk.state(STATING);
    assert.notEqual(second.statement.nonce, first.statement.nonce);
    assert.equal(kept.length, 2);
  });

  it("never states another outcome of the same content while the first can be challenged", async () => {
    const { desk, clock } = deskOf();
    const { statement } = await desk.state(STATING);
    await assert.rejects(desk.state({ ...STATING, outcome: 0 }), refusedWith("REFUSED"));
    await desk.state({ ...STATING, outcome: 0, domainId: 2 });
    clock.now = Number(statement.expiry) + 1;
    await desk.state({ ...STATING, outcome: 0 });
  });

  it("signs for no more than its pledge and its policy cover, also where it is asked by many at once", async () => {
    const asked = (n: number) => ({ ...STATING, contentHash: sha256(toUtf8Bytes(String(n))) as Hex, bond: 300n });
    await assert.rejects(deskOf().desk.state({ ...STATING, bond: 501n }), refusedWith("OVERCOMMITTED"));
    for (const [options, fit] of [
      [{ pledge: 650n }, 2],
      [{ pledge: 10_000n }, 3],
    ] as const) {
      const { desk, kept } = deskOf(options);
      const ends = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => desk.state(asked(n))));
      assert.equal(kept.length, fit);
      const refused = ends.filter((end) => end.status === "rejected");
      assert.equal(refused.length, 5 - fit);
      for (const { reason } of refused) assert.ok(refusedWith("OVERCOMMITTED")(reason));
    }
  });

  it("hands out nothing that it could not keep, and goes on", async () => {
    let full = true;
    const { desk } = deskOf({
      keep: () => {
        if (full) throw new NetworkError("STORE_UNWRITABLE", "no room");
      },
    });
    await assert.rejects(desk.state(STATING), refusedWith("STORE_UNWRITABLE"));
    full = false;
    await desk.state(STATING);
  });
});
