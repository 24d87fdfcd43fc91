import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "@assay/protocol";
import { newPath } from "../testing/files.ts";
import { seededRandom } from "../testing/fuzz.ts";
import { killAfter } from "../testing/killed.ts";
import { CONTEXT } from "../testing/statements.ts";
import { StatementStore } from "./store.ts";

const KILLS = 12;

const source = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** Keeps statements without end, pins some, drops others, and says of each that it is kept once it is. */
function writerOf(path: string, run: number): string {
  return `
    import { writeSync } from "node:fs";
    import { statementDigest } from ${source("../../../protocol/src/index.ts")};
    import { CONTEXT, messageOf, NOW } from ${source("../testing/statements.ts")};
    import { StatementStore } from ${source("./store.ts")};
    const store = new StatementStore(${JSON.stringify(path)}, CONTEXT);
    const message = messageOf();
    for (let i = 0; ; i++) {
      const statement = { ...message.statement, nonce: BigInt(${run}) * 10n ** 9n + BigInt(i), outcome: i & 1 };
      const hash = statementDigest(CONTEXT, statement);
      store.put({ hash, message: { ...message, statement }, receivedAt: NOW, source: null });
      if (i % 5 === 0) store.pin([hash]);
      writeSync(1, hash + (i % 5 === 0 ? " pinned" : "") + "\\n");
    }`;
}

describe("a store whose process is killed in mid-write", () => {
  it("is whole, and has every statement that was acknowledged", async () => {
    const path = newPath();
    const random = seededRandom(17);
    const acknowledged: string[] = [];
    for (let run = 0; run < KILLS; run++) {
      acknowledged.push(...(await killAfter(1 + Math.floor(random() * 150), writerOf(path, run))));
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
      database.close();
      const store = new StatementStore(path, CONTEXT);
      for (const line of acknowledged) {
        const [hash, pinned] = line.split(" ");
        const kept = store.get(hash as Hex);
        assert.ok(kept !== null, `${hash} is lost`);
        if (pinned !== undefined) assert.equal(kept.pinned, true);
      }
      store.close();
    }
    assert.ok(acknowledged.length > KILLS);
  });
});
