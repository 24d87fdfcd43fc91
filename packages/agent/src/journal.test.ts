import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSecretChain, ZERO_HASH } from "@assay/protocol";
import { AgentError } from "./errors.ts";
import { type AgentMemory, createFileJournal, createMemoryJournal } from "./journal.ts";

const memory: AgentMemory = {
  agentId: "7",
  chain: createSecretChain({ seed: ZERO_HASH, length: 16 }).serialize(),
  tipEpoch: 3,
  ballots: [],
  receipts: [{ epoch: 5, receipts: "0x0102" }],
};

describe("the journal", () => {
  it("keeps a memory in the process", () => {
    const journal = createMemoryJournal();
    assert.equal(journal.load(), null);
    journal.save(memory);
    assert.deepEqual(journal.load(), memory);
  });

  it("keeps a memory in a file that only its owner can read, and leaves nothing beside it", () => {
    const folder = mkdtempSync(join(tmpdir(), "assay-journal-"));
    const path = join(folder, "agent", "7.json");
    const journal = createFileJournal(path);
    assert.equal(journal.load(), null);
    journal.save(memory);
    assert.deepEqual(createFileJournal(path).load(), memory);
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.deepEqual(readdirSync(join(folder, "agent")), ["7.json"]);
  });

  it("keeps the last whole memory when a save breaks off", () => {
    const path = join(mkdtempSync(join(tmpdir(), "assay-journal-")), "7.json");
    createFileJournal(path).save(memory);
    // What a process killed in the middle of the next save leaves behind.
    writeFileSync(`${path}.next`, readFileSync(path, "utf8").slice(0, 20));
    assert.deepEqual(createFileJournal(path).load(), memory);
  });

  it("refuses a file that is no memory", () => {
    const path = join(mkdtempSync(join(tmpdir(), "assay-journal-")), "7.json");
    for (const text of ["", "{", "[]", "{}"]) {
      writeFileSync(path, text);
      assert.throws(
        () => createFileJournal(path).load(),
        (error) => error instanceof AgentError && error.code === "JOURNAL_CORRUPT",
      );
    }
  });
});
