import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "@assay/protocol";
import { hashContent } from "@assay/sdk";
import { newPath } from "../testing/files.ts";
import { seededRandom } from "../testing/fuzz.ts";
import { killAfter } from "../testing/killed.ts";
import { type ContentBounds, ContentStore, PART_SIZE } from "./store.ts";

const context = { chainId: 31_337n, registry: `0x${"Ab".repeat(20)}` } as const;
const bounds: ContentBounds = { maxSize: 400_000, maxBytes: 1_000_000, maxContents: 8, maxPins: 4 };

let clock = 1000;
function open(path = newPath(), changes: Partial<ContentBounds> = {}): ContentStore {
  return new ContentStore({ path, context, bounds: { ...bounds, ...changes }, now: () => clock });
}

function content(size: number, seed = size): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: size }, () => random() * 256);
}

const statement = (i: number): Hex => `0x${i.toString(16).padStart(64, "0")}`;

describe("the store of contents", () => {
  it("gives what it was given, of any size, after a restart too", () => {
    const path = newPath();
    const sizes = [0, 1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 3 * PART_SIZE];
    const store = open(path);
    for (const size of sizes) assert.equal(store.put(content(size)), hashContent(content(size)));
    store.put(content(1));
    store.close();
    const again = open(path);
    assert.equal(again.list().length, sizes.length);
    assert.equal(
      again.bytes,
      sizes.reduce((total, size) => total + size),
    );
    for (const size of sizes) {
      const hash = hashContent(content(size));
      assert.deepEqual(new Uint8Array(again.get(hash) ?? []), content(size));
      assert.equal(again.sizeOf(hash), size);
      assert.ok(again.check(hash));
    }
    assert.equal(again.get(hashContent("other")), null);
    assert.equal(again.check(hashContent("other")), false);
    assert.equal(again.partOf(hashContent("other"), 0), null);
    again.close();
    const other = { ...context, chainId: 1n };
    assert.throws(() => new ContentStore({ path, context: other, now: () => 0 }), { code: "STORE_UNREADABLE" });
  });

  it("lets the least recently used go for new ones", () => {
    const store = open();
    const [a, b, c] = [300_000, 300_001, 300_002].map((size) => store.put(content(size))) as [Hex, Hex, Hex];
    store.touch(a);
    const d = store.put(content(300_003));
    assert.deepEqual(
      store.list().map(({ contentHash }) => contentHash),
      [d, a, c],
    );
    assert.equal(store.get(b), null);
    for (let i = 0; i < 20; i++) store.put(content(10, i));
    assert.equal(store.list().length, bounds.maxContents);
    assert.ok(store.bytes <= bounds.maxBytes);
    store.close();
  });

  it("never lets a pinned one go before its time", () => {
    clock = 1000;
    const store = open();
    const kept = [1, 2, 3].map((i) => store.put(content(300_000, i), { by: statement(i), until: 2000 + i }));
    assert.throws(() => store.put(content(200_000)), {
      code: "STORE_UNWRITABLE",
      message: "no room for a content of 200000 bytes: 900000 of 1000000 bytes, 3 of 8 contents are pinned",
    });
    for (const hash of kept) assert.ok(store.check(hash));
    clock = 2001;
    store.put(content(200_000));
    assert.deepEqual(
      kept.map((hash) => store.check(hash)),
      [false, true, true],
    );
    assert.deepEqual(store.list()[1]?.pins, [{ by: statement(3), until: 2003 }]);
    store.unpin(statement(2));
    store.put(content(300_000, 9));
    assert.deepEqual(
      kept.map((hash) => store.check(hash)),
      [false, false, true],
    );
    store.close();
  });

  it("holds a content for as many statements as are about it, even if it comes later", () => {
    clock = 1000;
    const store = open(newPath(), { maxContents: 1 });
    const hash = hashContent(content(10));
    store.pin(hash, { by: statement(1), until: 1500 });
    store.pin(hash, { by: statement(2), until: 1200 });
    store.pin(hash, { by: statement(1), until: 1400 });
    store.put(content(10));
    store.unpin(statement(2));
    assert.deepEqual(store.list(), [{ contentHash: hash, size: 10, pins: [{ by: statement(1), until: 1400 }] }]);
    assert.throws(() => store.put(content(11)), { code: "STORE_UNWRITABLE" });
    clock = 1400;
    store.put(content(11));
    assert.equal(store.get(hash), null);
    store.close();
  });

  it("refuses a content that is too large, and more pins than it may have", () => {
    clock = 1000;
    const store = open();
    assert.throws(() => store.put(new Uint8Array(bounds.maxSize + 1)), { code: "TOO_LARGE" });
    for (let i = 1; i <= 4; i++) store.pin(statement(i), { by: statement(i), until: 2000 });
    store.pin(statement(1), { by: statement(1), until: 3000 });
    assert.throws(() => store.pin(statement(1), { by: statement(5), until: 2000 }), { code: "STORE_UNWRITABLE" });
    assert.throws(() => store.put(content(5), { by: statement(5), until: 2000 }), { code: "STORE_UNWRITABLE" });
    assert.deepEqual(store.list(), []);
    store.close();
  });

  it("is as it was when its disk is full, and goes on when there is room", () => {
    const store = new ContentStore({ path: newPath(), context, bounds, maxFileBytes: 300_000, now: () => 1000 });
    const first = store.put(content(100_000, 0));
    const full = { code: "STORE_UNWRITABLE", message: /no room for the store of contents/ };
    assert.throws(() => store.put(content(250_000), { by: statement(1), until: 2000 }), full);
    assert.deepEqual(store.list(), [{ contentHash: first, size: 100_000, pins: [] }]);
    assert.ok(store.check(first));
    store.put(content(50_000));
    assert.equal(store.list().length, 2);
    store.close();
  });

  it("drops what the disk has damaged, and says when the file as a whole is", () => {
    const path = newPath();
    const store = open(path);
    const hash = store.put(content(100_000));
    store.close();
    const raw = new DatabaseSync(path);
    raw.exec("UPDATE parts SET data = zeroblob(length(data)) WHERE part = 1");
    raw.close();
    const again = open(path);
    assert.equal(again.sizeOf(hash), 100_000);
    assert.equal(again.check(hash), false);
    assert.equal(again.sizeOf(hash), null);
    again.put(content(100_000));
    again.close();
    const twice = new DatabaseSync(path);
    twice.exec("DELETE FROM parts WHERE part = 0");
    twice.close();
    const third = open(path);
    third.put(content(100_000));
    assert.ok(third.check(hash));
    third.close();
    writeFileSync(path, readFileSync(path).subarray(0, 50_000));
    assert.throws(() => open(path), { code: "STORE_UNREADABLE", message: /damaged/ });
  });

  it("has only whole contents after it was killed while writing, and every one that it has reported", async () => {
    const path = newPath();
    const program = `
      import { writeSync } from "node:fs";
      import { ContentStore } from ${JSON.stringify(fileURLToPath(new URL("store.ts", import.meta.url)))};
      const store = new ContentStore({
        path: ${JSON.stringify(path)}, context: { chainId: 31337n, registry: "${context.registry}" }, now: () => 0,
        bounds: { maxSize: 1e6, maxBytes: 2e7, maxContents: 1e6, maxPins: 1e6 },
      });
      for (let i = Date.now(); ; i++) writeSync(1, store.put(new Uint8Array(200_000).fill(i), undefined) + "\\n");`.replace(
      "fill(i)",
      "map((_, j) => i >> (j & 31))",
    );
    for (const steps of [5, 20, 40]) {
      const reported = await killAfter(steps, program);
      assert.ok(reported.length >= steps);
      const store = new ContentStore({
        path,
        context,
        bounds: { ...bounds, maxSize: 1e6, maxBytes: 2e7, maxContents: 1e6 },
        now: () => 0,
      });
      for (const hash of reported) assert.ok(store.check(hash as Hex), hash);
      for (const { contentHash } of store.list()) assert.ok(store.check(contentHash));
      store.close();
    }
  });
});
