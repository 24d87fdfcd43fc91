import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readCalls } from "./calls.ts";

describe("readCalls", () => {
  const folder = mkdtempSync(join(tmpdir(), "assay-calls-"));
  const file = join(folder, "calls");
  after(() => rmSync(folder, { recursive: true }));

  it("adds up the runs of a campaign", () => {
    writeFileSync(file, "200 603 120\n150 303 80\n150 303 80\n");
    assert.deepEqual(readCalls(file), { runs: 3, actions: 500, calls: 1209, hostile: 280 });
  });

  it("counts the last run of a finished campaign once", () => {
    assert.deepEqual(readCalls(file, true), { runs: 2, actions: 350, calls: 906, hostile: 200 });
  });

  it("finds nothing where no run has ended", () => {
    assert.deepEqual(readCalls(join(folder, "none"), true), { runs: 0, actions: 0, calls: 0, hostile: 0 });
  });
});
