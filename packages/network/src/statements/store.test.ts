import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { type Hex, type Statement, statementDigest } from "@assay/protocol";
import { parseSignedStatement } from "@assay/sdk";
import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import { newPath } from "../testing/files.ts";
import { BOND, CONTEXT, messageOf, NOW, signStatement } from "../testing/statements.ts";
import { type StatementMessage, toMessage } from "./message.ts";
import { type StoreLimits, StatementStore } from "./store.ts";
import type { NewStatement } from "./stored.ts";

const opened: StatementStore[] = [];
after(() => opened.forEach((store) => store.close()));

function open(limits: Partial<StoreLimits> = {}, path = newPath()): StatementStore {
  const store = new StatementStore(path, CONTEXT, limits);
  opened.push(store);
  return store;
}

const TEMPLATE = messageOf();

let made = 0;

/** A statement to keep; of the signature the store knows nothing. */
function entry(changes: Partial<Statement> = {}, more: Partial<NewStatement> = {}): NewStatement {
  const statement = { ...TEMPLATE.statement, nonce: BigInt(++made), ...changes };
  const message: StatementMessage = { ...TEMPLATE, statement };
  return { hash: statementDigest(CONTEXT, statement), message, receivedAt: NOW, source: "peer", ...more };
}

function contentOf(n: number): Hex {
  return `0x${n.toString(16).padStart(64, "0")}`;
}

function refuses(code: NetworkErrorCode, message: RegExp, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof NetworkError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

describe("the store of statements", () => {
  it("keeps a statement with all that it takes to challenge it, in the file that the SDK reads", () => {
    const path = newPath();
    const signed = signStatement();
    const message = toMessage(CONTEXT, signed, "because");
    const kept = entry({}, { message, hash: statementDigest(CONTEXT, signed.statement) });
    const first = new StatementStore(path, CONTEXT);
    assert.equal(first.put(kept).added, true);
    assert.equal(first.put({ ...kept, message: { ...message, uri: "elsewhere" } }).added, false);
    first.close();
    const store = open({}, path);
    assert.deepEqual(store.get(kept.hash), {
      ...message,
      ...{ id: 1, hash: kept.hash, receivedAt: NOW, source: "peer", pinned: false, equivocal: false },
    });
    assert.equal(store.has(kept.hash), true);
    assert.deepEqual(parseSignedStatement(store.export(kept.hash) ?? ""), signed);
    assert.equal(store.has(contentOf(1)), false);
    assert.deepEqual([store.isKept(kept.hash), store.isKept(contentOf(1))], [true, false]);
    assert.equal(store.get(contentOf(1)), null);
    assert.equal(store.export(contentOf(1)), null);
    assert.equal(store.total.rows, 1);
    // What was there when it was opened is not forgotten.
    const opposite = { ...signed.statement, outcome: signed.statement.outcome === 0 ? 1 : 0 };
    assert.equal(store.put(entry(opposite)).opposed.length, 1);
  });

  it("finds statements by agent, by domain and by content, the newest first, page by page, live ones only", () => {
    const store = open();
    for (let i = 0; i < 10; i++) {
      store.put(
        entry({ agentId: BigInt(i % 2), domainId: 1 + (i % 3), contentHash: contentOf(i % 4), nonce: BigInt(i) }),
      );
    }
    store.put(entry({ domainId: 1, contentHash: contentOf(0), expiry: BigInt(NOW - 1), agentId: 5n }));
    const nonces = (found: readonly StatementMessage[]) => found.map(({ statement }) => Number(statement.nonce));
    assert.deepEqual(nonces(store.byAgent(0n, 3)), [8, 6, 4]);
    assert.deepEqual(nonces(store.page({ domainId: 1, limit: 9, now: NOW })), [9, 6, 3, 0]);
    const page = store.page({ domainId: 1, limit: 2, now: NOW });
    assert.deepEqual(nonces(page), [9, 6]);
    assert.deepEqual(nonces(store.page({ domainId: 1, limit: 2, now: NOW, before: page[1]?.id ?? 0 })), [3, 0]);
    assert.deepEqual(nonces(store.page({ domainId: 1, contentHash: contentOf(0), limit: 9, now: NOW })), [0]);
    assert.equal(store.page({ domainId: 1, contentHash: contentOf(0), limit: 9, now: NOW - 1 }).length, 2);
  });

  it("drops what has expired, unless it is pinned", () => {
    const store = open();
    const [old, pinned, live] = [entry({ expiry: BigInt(NOW) }), entry({ expiry: BigInt(NOW) }), entry()];
    for (const each of [old, pinned, live]) store.put(each);
    assert.equal(store.pin([pinned.hash, contentOf(1)]), 1);
    assert.equal(store.purge(NOW), 0);
    assert.equal(store.purge(NOW + 1), 1);
    assert.deepEqual([store.has(old.hash), store.has(pinned.hash), store.has(live.hash)], [false, true, true]);
    store.unpin([pinned.hash, pinned.hash]);
    assert.equal(store.purge(NOW + 1), 1);
    assert.equal(store.total.rows, 1);
  });

  it("says how much of an agent's pledge its live statements have used", () => {
    const store = open();
    const committed = (changes: Partial<Statement>, receivedAt = NOW) => {
      return store.put(entry({ contentHash: contentOf(made), ...changes }, { receivedAt })).committed / BOND;
    };
    assert.equal(committed({ expiry: BigInt(NOW + 10) }), 1n);
    assert.equal(committed({ bond: 2n * BOND }), 3n);
    assert.equal(committed({ agentId: 8n }), 1n);
    const again = entry();
    assert.equal(store.put(again).committed / BOND, 4n);
    assert.equal(store.put(again).committed / BOND, 4n);
    assert.equal(committed({}, NOW + 10), 5n);
    assert.equal(committed({}, NOW + 11), 5n);
    assert.equal(store.committed(7n, NOW + 11), 5n * BOND);
    assert.equal(store.committed(9n, NOW), 0n);
    store.purge(NOW + 1_000);
    assert.equal(store.committed(7n, NOW), 0n);
  });
});

describe("equivocation", () => {
  it("is kept as evidence: opposite statements of an agent about the same content, live at once", () => {
    const store = open();
    const [yes, again, no] = [entry({ outcome: 1 }), entry({ outcome: 1 }), entry({ outcome: 0 })];
    assert.deepEqual(store.put(yes).opposed, []);
    // Of other content, in another domain, by another agent, or when the first has expired: no contradiction.
    for (const changes of [{ contentHash: contentOf(1) }, { domainId: 2 }, { agentId: 8n }]) {
      assert.deepEqual(store.put(entry({ outcome: 0, ...changes })).opposed, []);
    }
    const late = { receivedAt: Number(yes.message.statement.expiry) + 1 };
    assert.deepEqual(store.put(entry({ outcome: 0, agentId: 8n, contentHash: contentOf(2) })).opposed, []);
    assert.deepEqual(store.put(entry({ outcome: 1, agentId: 8n, contentHash: contentOf(2) }, late)).opposed, []);
    assert.deepEqual(store.put(again).opposed, []);
    assert.deepEqual(store.equivocations(), []);

    const { opposed } = store.put(no);
    assert.deepEqual(
      opposed.map(({ hash }) => hash),
      [yes.hash, again.hash],
    );
    const [pair, ...others] = store.equivocations({ agentId: 7n });
    assert.deepEqual([pair?.first.hash, pair?.second.hash, others], [yes.hash, no.hash, []]);
    assert.deepEqual([pair?.first.equivocal, pair?.second.equivocal], [true, true]);
    assert.deepEqual(store.equivocations({ agentId: 8n }), []);
    assert.equal(store.equivocations({ limit: 0 }).length, 0);
    // Both are there when everything else has expired.
    store.purge(NOW + 10_000);
    assert.deepEqual([store.has(yes.hash), store.has(again.hash), store.has(no.hash)], [true, false, true]);
  });

  it("of all outcomes is a pair for each that contradicts the first", () => {
    const store = open();
    for (const outcome of [2, 0, 1]) store.put(entry({ outcome }));
    const pairs = store
      .equivocations()
      .map(({ first, second }) => [first, second].map((each) => each.statement.outcome));
    assert.deepEqual(pairs, [
      [2, 1],
      [2, 0],
    ]);
  });

  it("is bounded: one agent fills its share of evidence only, and what has expired goes first", () => {
    const store = open({ evidencePerAgent: 4, evidence: 8 });
    const pairs = (agentId: bigint, count: number, changes: Partial<Statement> = {}) => {
      for (let i = 0; i < count; i++) {
        for (const outcome of [0, 1]) {
          assert.equal(
            store.put(entry({ agentId, outcome, contentHash: contentOf(i), ...changes })).opposed.length,
            outcome,
          );
        }
      }
    };
    pairs(1n, 10);
    assert.equal(store.equivocations({ agentId: 1n }).length, 2);
    pairs(2n, 2, { expiry: BigInt(NOW) });
    assert.equal(store.equivocations().length, 4);
    const later = [0, 1].map((outcome) => entry({ agentId: 3n, outcome }, { receivedAt: NOW + 1 }));
    for (const each of later) store.put(each);
    assert.deepEqual(
      [1n, 2n, 3n].map((agentId) => store.equivocations({ agentId }).length),
      [2, 1, 1],
    );
  });
});

describe("the bounds of the store", () => {
  it("keep the newest of each agent", () => {
    const store = open({ rowsPerAgent: 5 });
    for (let i = 0; i < 20; i++) store.put(entry({ contentHash: contentOf(i), nonce: BigInt(i) }));
    const nonces = store.byAgent(7n, 99).map(({ statement }) => Number(statement.nonce));
    assert.deepEqual(nonces, [19, 18, 17, 16, 15]);
    assert.equal(store.total.rows, 5);
  });

  it("keep those of who says little, whoever floods", () => {
    const store = open({ rows: 100, rowsPerAgent: 1_000 });
    const few = Array.from({ length: 10 }, (_, i) => entry({ agentId: BigInt(i), contentHash: contentOf(i) }));
    for (const each of few) store.put(each);
    for (let i = 0; i < 500; i++) {
      store.put(entry({ agentId: 100n + BigInt(i % 2), contentHash: contentOf(i) }));
      assert.ok(store.total.rows <= 100);
    }
    assert.ok(few.every(({ hash }) => store.has(hash)));
    assert.ok(store.byAgent(100n, 99).length >= 40);
  });

  it("count bytes, and what has expired goes before anything else", () => {
    const store = open({ bytes: 25_000 });
    const old = Array.from({ length: 20 }, () => entry({ agentId: 1n, expiry: BigInt(NOW) }));
    const live = Array.from({ length: 20 }, () => entry({ agentId: 2n }));
    for (const each of [...live, ...old]) store.put(each);
    const { bytes, rows } = store.total;
    assert.equal(rows, 40);
    assert.ok(bytes > 15_000 && bytes <= 25_000);
    for (let i = 0; i < 20; i++) store.put(entry({ agentId: 3n }, { receivedAt: NOW + 1 }));
    assert.ok(live.every(({ hash }) => store.has(hash)));
    assert.ok(old.every(({ hash }) => !store.has(hash)));
    for (let i = 0; i < 200; i++) store.put(entry({ agentId: 3n }, { receivedAt: NOW + 1 }));
    assert.ok(store.total.bytes <= 25_000);
    assert.ok(live.every(({ hash }) => store.has(hash)));
  });

  it("do not touch what is pinned, of which there is a bound, too", () => {
    const store = open({ rows: 10, rowsPerAgent: 3, pinned: 4 });
    const pinned = Array.from({ length: 4 }, () => entry());
    for (const each of pinned) {
      store.put(each);
      store.pin([each.hash, each.hash]);
    }
    assert.equal(store.total.rows, 0);
    for (let i = 0; i < 50; i++) store.put(entry());
    assert.ok(pinned.every(({ hash }) => store.get(hash)?.pinned));
    assert.equal(store.total.rows, 3);
    const [newest] = store.byAgent(7n, 1);
    refuses("STORE_UNWRITABLE", /4 statements are pinned: unpin some/, () => store.pin([newest?.hash ?? "0x"]));
    assert.equal(store.get(newest?.hash ?? "0x")?.pinned, false);
    assert.equal(store.total.rows, 3);
  });

  it("are counted the same after a restart, with pins and evidence", () => {
    const path = newPath();
    const store = new StatementStore(path, CONTEXT);
    for (let i = 0; i < 30; i++)
      store.put(entry({ agentId: BigInt(i % 4), outcome: i % 3, contentHash: contentOf(i % 5) }));
    store.pin(store.byAgent(1n, 3).map(({ hash }) => hash));
    store.unpin(store.byAgent(1n, 1).map(({ hash }) => hash));
    store.purge(NOW);
    const { total } = store;
    assert.ok(total.rows > 0 && total.rows < 28);
    store.close();
    assert.deepEqual(open({}, path).total, total);
  });
});

describe("statements that are put with others", () => {
  it("are kept once that is said, as if each had been put by itself", async () => {
    const path = newPath();
    const store = open({}, path);
    const other = open({}, path);
    const [yes, no] = [entry({ outcome: 1 }), entry({ outcome: 0 })];
    const putting = [yes, no, yes].map((each) => store.putWithOthers(each));
    assert.deepEqual([store.has(yes.hash), other.has(yes.hash), other.has(no.hash)], [true, false, false]);
    const results = await Promise.all(putting);
    assert.deepEqual([other.has(yes.hash), other.has(no.hash)], [true, true]);
    assert.deepEqual(
      results.map(({ added, committed }) => [added, committed / BOND]),
      [
        [true, 1n],
        [true, 2n],
        [false, 2n],
      ],
    );
    assert.deepEqual(
      results[1]?.opposed.map(({ hash }) => hash),
      [yes.hash],
    );
    assert.equal(other.equivocations().length, 1);
  });

  it("are kept before anything else is written, and before the store is closed", async () => {
    const path = newPath();
    const store = new StatementStore(path, CONTEXT);
    const other = open({}, path);
    const [first, second] = [entry(), entry()];
    const putting = [store.putWithOthers(first)];
    store.pin([first.hash]);
    assert.equal(other.get(first.hash)?.pinned, true);
    putting.push(store.putWithOthers(second));
    store.close();
    assert.equal(other.has(second.hash), true);
    await Promise.all(putting);
  });

  it("are none of them kept, nor counted, where one cannot be", async () => {
    const path = newPath();
    const store = open({ fileBytes: 160 * 1_024 }, path);
    const putting: Promise<unknown>[] = [];
    await assert.rejects(async () => {
      for (;;) {
        const one = store.putWithOthers(entry());
        one.catch(() => undefined);
        putting.push(one);
        await Promise.race([one, Promise.resolve()]);
      }
    }, /no room/);
    const settled = await Promise.allSettled(putting);
    assert.ok(settled.length > 20 && settled.every(({ status }) => status === "rejected"));
    assert.deepEqual(store.total, { rows: 0, bytes: 0 });
    assert.equal(store.committed(7n, NOW), 0n);
    assert.equal((await store.putWithOthers(entry())).added, true);
    assert.equal(store.total.rows, 1);
  });
});

describe("a store that fails", () => {
  it("is refused where it is of another chain or deployment, or no store", () => {
    const path = newPath();
    new StatementStore(path, CONTEXT).close();
    const claims = `0x${"d1".repeat(20)}` as const;
    refuses(
      "STORE_UNREADABLE",
      /is of chain 31337, not of 1/,
      () => new StatementStore(path, { ...CONTEXT, chainId: 1 }),
    );
    refuses("STORE_UNREADABLE", /is of claims 0xc1/, () => new StatementStore(path, { ...CONTEXT, claims }));
    const noise = newPath();
    writeFileSync(noise, "noise ".repeat(1_000));
    refuses("STORE_UNREADABLE", /is damaged/, () => new StatementStore(noise, CONTEXT));
  });

  it("says that its disk is full, keeps what it has, and goes on once there is room", () => {
    const path = newPath();
    const store = open({ fileBytes: 160 * 1_024 }, path);
    const kept: Hex[] = [];
    refuses("STORE_UNWRITABLE", /no room for the store of statements/, () => {
      for (;;) {
        const each = entry({ expiry: BigInt(NOW) });
        store.put(each);
        kept.push(each.hash);
      }
    });
    assert.ok(kept.length > 20);
    assert.equal(store.total.rows, kept.length);
    assert.equal(store.committed(7n, NOW), BigInt(kept.length) * BOND);
    assert.ok(kept.every((hash) => store.has(hash)));
    refuses("STORE_UNWRITABLE", /no room/, () => store.put(entry()));
    assert.equal(store.purge(NOW + 1), kept.length);
    assert.equal(store.put(entry()).added, true);
    assert.equal(store.total.rows, 1);
  });
});
