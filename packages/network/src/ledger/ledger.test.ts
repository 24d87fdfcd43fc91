import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "@assay/protocol";
import { newPath } from "../testing/files.ts";
import { seededRandom } from "../testing/fuzz.ts";
import { killAfter } from "../testing/killed.ts";
import { FORGOTTEN_AFTER, HALF_LIFE } from "./decay.ts";
import { type Interaction, Ledger, type LedgerOptions } from "./ledger.ts";

const context = { chainId: 31_337n, registry: `0x${"Ab".repeat(20)}` } as const;
const START = 1_790_000_000;
let clock = START;

function open(path = newPath(), changes: Partial<LedgerOptions> = {}): Ledger {
  return new Ledger({ path, context, agentId: 1n, now: () => clock, ...changes });
}

const hashOf = (i: number): Hex => `0x${i.toString(16).padStart(64, "0")}`;

function interaction(i: number, changes: Partial<Interaction> = {}): Interaction {
  const statement = hashOf(i);
  return { statement, agentId: 7n, generation: 1, domainId: 3, held: true, basis: "verdict", at: START, ...changes };
}

describe("the ledger", () => {
  it("keeps what came of answers, by agent and domain, after a restart too", () => {
    const path = newPath();
    const ledger = open(path);
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 0, fell: 0 });
    ledger.record(interaction(1));
    ledger.record(interaction(2, { held: false, basis: "challenge" }));
    ledger.record(interaction(3, { basis: "agreement", at: START + 5 }));
    ledger.record(interaction(4, { domainId: 4 }));
    ledger.record(interaction(5, { agentId: 8n, held: false }));
    ledger.close();
    const again = open(path);
    assert.deepEqual(again.evidence(7n, 3, 1), { held: 256 + 64, fell: 256 });
    assert.deepEqual(again.evidence(7n, 4, 1), { held: 256, fell: 0 });
    assert.deepEqual(again.evidence(8n, 3, 1), { held: 0, fell: 256 });
    assert.deepEqual(again.list(8n), [interaction(5, { agentId: 8n, held: false })]);
    assert.equal(again.list()[0]?.statement, hashOf(3));
    assert.deepEqual(again.accounts(7n)[0], {
      ...{ agentId: 7n, generation: 1, domainId: 3, held: 320, fell: 256, answers: 3, lastAt: START + 5 },
    });
    again.close();
  });

  it("counts an answer once, however often it is recorded", () => {
    const ledger = open();
    for (let i = 0; i < 5; i++) ledger.record(interaction(1));
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 256, fell: 0 });
    assert.equal(ledger.list().length, 1);
    ledger.close();
  });

  it("believes a verdict before a challenge before agreement, in whatever order they come", () => {
    const bases = ["verdict", "challenge", "agreement"] as const;
    for (const order of [bases, bases.toReversed()]) {
      const ledger = open();
      for (const basis of order) ledger.record(interaction(1, { basis, held: basis === "verdict" }));
      assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 256, fell: 0 });
      assert.ok(ledger.retract(hashOf(1), "verdict"));
      assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 0, fell: 256 });
      assert.ok(ledger.retract(hashOf(1), "challenge"));
      assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 0, fell: 64 });
      assert.equal(ledger.retract(hashOf(1), "challenge"), false);
      ledger.close();
    }
  });

  it("corrects a verdict that a reorganisation has changed", () => {
    const ledger = open();
    ledger.record(interaction(1));
    ledger.record(interaction(1, { held: false, at: START + 60 }));
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 0, fell: 256 });
    ledger.retract(hashOf(1), "verdict");
    assert.deepEqual([ledger.evidence(7n, 3, 1), ledger.list()], [{ held: 0, fell: 0 }, []]);
    ledger.close();
  });

  it("forgets with time, and an agent's past under another owner", () => {
    clock = START;
    const ledger = open();
    ledger.record(interaction(1));
    ledger.record(interaction(2, { held: false, at: START - HALF_LIFE }));
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 256, fell: 128 });
    assert.deepEqual(ledger.evidence(7n, 3, 2), { held: 0, fell: 0 });
    clock += HALF_LIFE;
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 128, fell: 64 });
    clock = START + FORGOTTEN_AFTER;
    assert.deepEqual(ledger.evidence(7n, 3, 1), { held: 0, fell: 0 });
    ledger.record(interaction(3, { at: clock }));
    assert.deepEqual(
      ledger.list().map(({ statement }) => statement),
      [hashOf(3)],
    );
    ledger.close();
    clock = START;
  });

  it("is reset for one agent, or for all", () => {
    const ledger = open();
    for (let i = 0; i < 6; i++) ledger.record(interaction(i, { agentId: BigInt(i % 2) }));
    assert.equal(ledger.reset(0n), 3);
    assert.deepEqual(
      ledger.accounts().map(({ agentId }) => agentId),
      [1n],
    );
    assert.equal(ledger.reset(), 3);
    assert.deepEqual(ledger.list(), []);
    ledger.close();
  });

  it("is read as JSON", () => {
    const ledger = open();
    ledger.record(interaction(1, { agentId: 2n ** 200n }));
    const { accounts, interactions } = JSON.parse(ledger.export()) as Record<string, { agentId: string }[]>;
    assert.deepEqual(
      accounts?.map(({ agentId }) => agentId),
      [(2n ** 200n).toString()],
    );
    assert.deepEqual(interactions?.[0], { ...interaction(1), agentId: (2n ** 200n).toString() });
    ledger.close();
  });

  it("stays within its bounds, and lets nobody push out what is known of others", () => {
    const ledger = open(newPath(), { bounds: { maxInteractions: 30, maxPerAgent: 10 } });
    ledger.record(interaction(1, { agentId: 1n, held: false }));
    for (let i = 0; i < 50; i++) ledger.record(interaction(100 + i, { agentId: 2n, at: START + i }));
    assert.equal(ledger.list(2n).length, 10);
    assert.equal(ledger.list(2n)[9]?.at, START + 40);
    assert.equal(ledger.list(1n).length, 1);
    for (let i = 0; i < 50; i++) ledger.record(interaction(200 + i, { agentId: BigInt(10 + i), at: START + i }));
    assert.equal(ledger.list().length, 30);
    ledger.close();
  });

  it("is one agent's of one deployment", () => {
    const path = newPath();
    open(path).close();
    assert.throws(() => open(path, { agentId: 2n }), { code: "STORE_UNREADABLE" });
    assert.throws(() => open(path, { context: { ...context, chainId: 1n } }), { code: "STORE_UNREADABLE" });
  });

  it("is as it was when its disk is full, and says when its file is damaged", () => {
    const path = newPath();
    const ledger = open(path, { maxFileBytes: 100_000, bounds: { maxInteractions: 1e6, maxPerAgent: 1e6 } });
    let i = 0;
    const fill = () => {
      for (; ; i++) ledger.record(interaction(i));
    };
    assert.throws(fill, { code: "STORE_UNWRITABLE" });
    assert.equal(ledger.list().length, i);
    ledger.reset();
    ledger.record(interaction(1));
    ledger.close();
    const bytes = readFileSync(path);
    const random = seededRandom(3);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at > 4096 && at < 20_000 ? random() * 256 : byte)),
    );
    assert.throws(() => open(path), { code: "STORE_UNREADABLE" });
  });

  it("holds all that it has reported after it was killed while writing", async () => {
    const path = newPath();
    const program = `
      import { writeSync } from "node:fs";
      import { Ledger } from ${JSON.stringify(fileURLToPath(new URL("ledger.ts", import.meta.url)))};
      const ledger = new Ledger({
        path: ${JSON.stringify(path)}, context: { chainId: 31337n, registry: "${context.registry}" }, agentId: 1n, now: () => 0,
      });
      for (let i = 0; ; i++) {
        const statement = "0x" + (Date.now() * 1000 + i).toString(16).padStart(64, "0");
        ledger.record({ statement, agentId: BigInt(i), generation: 0, domainId: 1, held: true, basis: "verdict", at: 1 });
        writeSync(1, statement + "\\n");
      }`;
    for (const steps of [1, 50, 200]) {
      const reported = await killAfter(steps, program);
      const ledger = open(path, { now: () => 0 });
      const kept = new Set<string>(ledger.list().map(({ statement }) => statement));
      assert.ok(reported.length >= steps && reported.every((statement) => kept.has(statement)));
      ledger.close();
    }
  });
});
