import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Hex } from "@assay/protocol";
import { seededRandom } from "../testing/fuzz.ts";
import { CONTEXT } from "../testing/statements.ts";
import { StatementStore } from "./store.ts";

const KILLS = 12;

const folder = mkdtempSync(join(tmpdir(), "assay-statements-crash-"));
after(() => rmSync(folder, { recursive: true }));

const source = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** Keeps statements without end, pins some, drops others, and says of each that it is kept once it is. */
function writerOf(path: string, run: number): string[] {
  const program = `
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
  return ["--input-type=module", "-e", program];
}

/** @returns what the writer has said before it was killed */
async function killAfter(path: string, run: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, writerOf(path, run), { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    if (said.split("\n").length > lines) child.kill("SIGKILL");
  });
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  assert.equal(signal, "SIGKILL", "the writer ended by itself");
  return said.split("\n").slice(0, -1);
}

describe("a store whose process is killed in mid-write", () => {
  it("is whole, and has every statement that was acknowledged", async () => {
    const path = join(folder, "statements.db");
    const random = seededRandom(17);
    const acknowledged: string[] = [];
    for (let run = 0; run < KILLS; run++) {
      acknowledged.push(...(await killAfter(path, run, 1 + Math.floor(random() * 150))));
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
