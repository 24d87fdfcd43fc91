import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createSecretChain, ZERO_HASH } from "@assay/protocol";
import { AgentError, type AgentErrorCode } from "./errors.ts";
import { type AgentMemory, createMemoryJournal, type KeptBallot } from "./journal.ts";
import { openJournal } from "./journal-database.ts";
import type { SignedTransaction } from "./transactions.ts";

const identity = { chainId: 31_337n, consensus: `0x${"Ab".repeat(20)}`, agentId: 7n };

const memory: AgentMemory = {
  agentId: "7",
  chain: createSecretChain({ seed: ZERO_HASH, length: 16 }).serialize(),
  tipEpoch: 3,
  ballots: [],
  receipts: [{ epoch: 5, receipts: "0x0102" }],
};

const ballot: KeptBallot = {
  epoch: 8,
  votes: [],
  ballot: "0x",
  commitment: `0x${"11".repeat(32)}`,
  exposure: (1n << 200n).toString(),
  bonds: "0",
  backing: "3000000",
};

function transaction(nonce: number, byte: string): SignedTransaction {
  const hash = `0x${byte.repeat(32)}` as const;
  return { account: "0xme", nonce, hash, raw: "0x02", purpose: `beat of epoch ${nonce}`, deadline: null };
}

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function newPath(name = "7.db"): string {
  const folder = mkdtempSync(join(tmpdir(), "assay-journal-"));
  folders.push(folder);
  return join(folder, name);
}

function refuses(code: AgentErrorCode, message: RegExp, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof AgentError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

/** Runs a program that imports `openJournal` in a process of its own. */
function programOf(lines: string): string[] {
  const source = fileURLToPath(new URL("journal-database.ts", import.meta.url));
  return ["--input-type=module", "-e", `import { openJournal } from ${JSON.stringify(source)};\n${lines}`];
}

function openIn(path: string): string {
  return `openJournal(${JSON.stringify(path)}, { chainId: 31337n, consensus: "${identity.consensus}", agentId: 7n })`;
}

describe("the journal in memory", () => {
  it("keeps a memory in the process", () => {
    const journal = createMemoryJournal();
    assert.equal(journal.load(), null);
    journal.save(memory);
    assert.deepEqual(journal.load(), memory);
  });
});

describe("the journal on disk", () => {
  it("keeps a memory in files that only their owner can read", () => {
    const path = newPath(join("agent", "7.db"));
    const journal = openJournal(path, identity);
    assert.equal(journal.load(), null);
    const whole = { ...memory, ballots: [ballot] };
    journal.save(whole);
    for (const name of readdirSync(join(path, ".."))) {
      assert.equal(statSync(join(path, "..", name)).mode & 0o077, 0, name);
    }
    journal.close();
    const again = openJournal(path, { ...identity, consensus: identity.consensus.toLowerCase() });
    assert.deepEqual(again.load(), whole);
    again.save({ ...whole, tipEpoch: 4, receipts: [] });
    assert.deepEqual(again.load(), { ...whole, tipEpoch: 4, receipts: [] });
    again.close();
  });

  it("never replaces a ballot, and keeps nothing of a save that would", () => {
    const journal = openJournal(newPath(), identity);
    const whole = { ...memory, ballots: [ballot] };
    journal.save(whole);
    const other = { ...ballot, commitment: `0x${"22".repeat(32)}` as const };
    refuses("JOURNAL_CONFLICT", /another ballot of epoch 8/, () =>
      journal.save({ ...memory, receipts: [], ballots: [other] }),
    );
    assert.deepEqual(journal.load(), whole);
    // An epoch may be voted in anew with another chain only: its secrets are others.
    const chain = createSecretChain({ seed: `0x${"01".repeat(32)}`, length: 16 }).serialize();
    journal.save({ ...memory, chain, ballots: [other] });
    assert.deepEqual(journal.load(), { ...memory, chain, ballots: [other] });
    journal.close();
  });

  it("keeps transactions until their nonce is used", () => {
    const path = newPath();
    const journal = openJournal(path, identity);
    const { transactions } = journal;
    const [first, bumped, next] = [transaction(1, "aa"), transaction(1, "bb"), transaction(2, "cc")] as const;
    for (const each of [next, first, bumped]) transactions.keep(each);
    journal.close();
    const again = openJournal(path, identity);
    assert.deepEqual(again.transactions.pending("0xme"), [first, bumped, next]);
    assert.deepEqual(again.transactions.pending("0xother"), []);
    again.transactions.close("0xme", 1, { hash: bumped.hash, reverted: false });
    assert.deepEqual(again.transactions.pending("0xme"), [next]);
    again.transactions.close("0xme", 2, null);
    assert.deepEqual(again.transactions.pending("0xme"), []);
    again.close();
    const database = new DatabaseSync(path);
    const states = database.prepare("SELECT state FROM transactions ORDER BY hash").all();
    assert.deepEqual(
      states.map(({ state }) => state),
      ["replaced", "mined", "replaced"],
    );
    database.close();
  });

  it("is of one process at a time, and free again as soon as that is killed", async () => {
    const path = newPath();
    const child = spawn(
      process.execPath,
      programOf(`${openIn(path)}; console.log("open"); setInterval(() => {}, 1e6);`),
    );
    await once(child.stdout, "data");
    refuses("JOURNAL_LOCKED", /^agent 7 is run by another process: stop it first/, () => openJournal(path, identity));
    child.kill("SIGKILL");
    await once(child, "close");
    openJournal(path, identity).close();
  });

  it("takes over the file of an older version, once", () => {
    const path = newPath();
    const file = path.replace(".db", ".json");
    writeFileSync(file, JSON.stringify({ ...memory, ballots: [ballot] }));
    const journal = openJournal(path, identity);
    assert.deepEqual(journal.load(), { ...memory, ballots: [ballot] });
    assert.deepEqual([existsSync(file), existsSync(`${file}.old`)], [false, true]);
    journal.close();
    // Killed after the memory was taken over and before the file was renamed.
    copyFileSync(`${file}.old`, file);
    const again = openJournal(path, identity);
    again.save({ ...memory, tipEpoch: 9 });
    again.close();
    assert.equal(existsSync(file), false);
    const last = openJournal(path, identity);
    assert.equal(last.load()?.tipEpoch, 9);
    last.close();
  });

  it("refuses a file of an older version that is no memory, or of another agent", () => {
    for (const text of ["", "{", "[]", "{}"]) {
      const path = newPath();
      writeFileSync(path.replace(".db", ".json"), text);
      refuses("JOURNAL_CORRUPT", /restore it from a backup$/, () => openJournal(path, identity));
    }
    const path = newPath();
    writeFileSync(path.replace(".db", ".json"), JSON.stringify({ ...memory, agentId: "8" }));
    refuses("JOURNAL_OTHER", /is of agent 8, not of 7: move it away$/, () => openJournal(path, identity));
  });

  it("refuses to serve another agent, deployment or chain", () => {
    const path = newPath();
    openJournal(path, identity).close();
    const others = [{ agentId: 8n }, { consensus: `0x${"cd".repeat(20)}` }, { chainId: 1n }];
    for (const other of others) {
      refuses("JOURNAL_OTHER", /is of agent 7 at 0x(ab){20} on chain 31337, not of .*: give each its own path$/, () =>
        openJournal(path, { ...identity, ...other }),
      );
    }
    openJournal(path, identity).close();
  });

  it("refuses the journal of a newer version, and changes nothing of it", () => {
    const path = newPath();
    openJournal(path, identity).close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 2");
    database.close();
    const before = readFileSync(path);
    refuses("JOURNAL_NEWER", /newer version \(2, this one knows 1\): update this one$/, () =>
      openJournal(path, identity),
    );
    assert.deepEqual(readFileSync(path), before);
  });

  it("refuses what is damaged, or no journal, and changes nothing of it", () => {
    const path = newPath();
    const journal = openJournal(path, identity);
    journal.save(memory);
    journal.close();
    const whole = readFileSync(path);
    const torn = Buffer.from(whole);
    torn.fill(0x5a, 4096, 4096 + 1024);
    const cut = whole.subarray(0, whole.length - 5000);
    for (const [bytes, message] of [
      [Buffer.from("not a database, but long enough to look like one".repeat(40)), /is damaged: keep a copy/],
      [torn, /is damaged: keep a copy/],
      [cut, /is damaged: keep a copy/],
    ] as const) {
      writeFileSync(path, bytes);
      refuses("JOURNAL_CORRUPT", message, () => openJournal(path, identity));
      assert.deepEqual(readFileSync(path), bytes);
    }
    const other = newPath();
    const database = new DatabaseSync(other);
    database.exec("CREATE TABLE t (a)");
    database.close();
    refuses("JOURNAL_CORRUPT", /is no journal of an agent/, () => openJournal(other, identity));
  });

  it("says so where it cannot be written", () => {
    const folder = newPath("a file");
    writeFileSync(folder, "");
    refuses("JOURNAL_UNWRITABLE", /cannot be written: let this user/, () =>
      openJournal(join(folder, "7.db"), identity),
    );
    const path = newPath();
    execFileSync("mkdir", [path]);
    refuses("JOURNAL_UNWRITABLE", /cannot be written: let this user/, () => openJournal(path, identity));
  });

  it("keeps what it has on a full disk, and says so", () => {
    const path = newPath();
    openJournal(path, identity).close();
    const program = programOf(`
      const journal = ${openIn(path)};
      const keep = (nonce) => journal.transactions.keep({
        account: "0xme", nonce, hash: "0x" + nonce, raw: "0x" + "ab".repeat(2_000), purpose: "", deadline: null });
      let kept = 0;
      try { for (;;) keep(kept++); } catch (error) { console.log(JSON.stringify([kept - 1, error.code, error.message])); }
    `);
    // A limit on the size of files is what a full disk is to a process.
    const shell = `ulimit -f 512 && exec "$0" "$@"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", shell, process.execPath, ...program], { encoding: "utf8" });
    assert.notEqual(stdout, "", stderr);
    const [kept, code, message] = JSON.parse(stdout) as [number, string, string];
    assert.ok(kept > 10);
    assert.equal(code, "JOURNAL_UNWRITABLE");
    assert.match(message, /^no room for the journal .*: make room and start again; nothing kept is lost$/);
    const journal = openJournal(path, identity);
    assert.equal(journal.transactions.pending("0xme").length, kept);
    journal.close();
  });
});
