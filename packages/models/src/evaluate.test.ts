import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import type { Evaluation } from "./evaluation.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL("evaluate.ts", import.meta.url)), ...args], { encoding: "utf8" });

describe("evaluate command", () => {
  it("prints one JSON object per task", () => {
    const { status, stdout } = run("--json", "--task", "language", "--held-out", "50", "--seed", "3");
    assert.equal(status, 0);
    const [result] = JSON.parse(stdout) as Evaluation[];
    assert.equal(result?.items, 50);
    assert.equal(result?.models.length, 6);
  });
  it("explains itself", () => assert.match(run("--help").stdout, /^Accuracy of the built-in models/));
  it("names bad input in one line, with status 1", () => {
    for (const [args, message] of [
      [["--seed", "x"], "error: seed must be an integer of at least 0, got NaN"],
      [["--task", "weather"], 'error: unknown task "weather": use spam or language'],
      [["--per-kind", ""], "error: perKind must be an integer of at least 1, got NaN"],
      [["--fast"], "error: Unknown option '--fast'"],
    ] as const) {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(message), stderr);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
  });
});
