import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));
const SMALL = ["--data", "synthetic:items=60", "--agents", "20", "--epochs", "6"];

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command. @param interruptAfter a text on standard error upon which it gets Ctrl-C */
async function run(args: readonly string[], interruptAfter?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err, interrupted] = ["", "", false];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
    if (interrupted || interruptAfter?.test(err) !== true) return;
    interrupted = true;
    child.kill("SIGINT");
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, out, err };
}

const folder = () => mkdtempSync(join(tmpdir(), "assay-simulate-"));

describe("npm run simulate", () => {
  it("prints tables, and writes JSON and a report", async () => {
    const to = folder();
    const [json, report] = [join(to, "a.json"), join(to, "a.html")];
    const groups = ["--adversaries", "colluders:0.2", "--canaries", "0.1"];
    const { status, out } = await run([...SMALL, ...groups, "--json", json, "--report", report]);
    assert.equal(status, 0);
    for (const text of ["synthetic: 60 questions, 20 agents", "the swarm", "Dawid-Skene", "colluders", "gwei"]) {
      assert.ok(out.includes(text), text);
    }
    const summary = JSON.parse(readFileSync(json, "utf8")) as Record<string, unknown>;
    assert.deepEqual([summary["complete"], summary["questions"]], [true, 60]);
    assert.match(readFileSync(report, "utf8"), /^<!doctype html>/);
  });

  it("gives the same JSON for the same arguments, byte for byte, and nothing else on standard output", async () => {
    const args = [...SMALL, "--seeds", "3", "--rows", "--json", "-"];
    const [one, other] = await Promise.all([run(args), run(args)]);
    assert.equal(one.status, 0);
    assert.equal(one.out, other.out);
    const { runs } = JSON.parse(one.out) as { runs: { seed: number; questions: unknown[]; agents: unknown[] }[] };
    assert.deepEqual(
      runs.map(({ seed, questions, agents }) => [seed, questions.length, agents.length]),
      [
        [1, 60, 20],
        [2, 60, 20],
        [3, 60, 20],
      ],
    );
    assert.notEqual((await run([...SMALL, "--seed", "2", "--json", "-"])).out, one.out);
  });

  it("refuses bad input in one line, with status 2", async () => {
    const { status, out, err } = await run(["--adversaries", "collders:0.2"]);
    assert.deepEqual([status, out], [2, ""]);
    assert.match(err, /^assay: there is no strategy "collders"; there are honest, [^\n]*\n$/);
  });

  it("refuses what only the data tell in one line, too", async () => {
    const { status, err } = await run(["--data", folder()]);
    assert.equal(status, 2);
    assert.match(err, /(^|\n)assay: [^\n]*answers\.csv[^\n]*\n$/);
  });

  it("leaves a partial result that says so after Ctrl-C, with status 130", async () => {
    const to = folder();
    const [json, report] = [join(to, "a.json"), join(to, "a.html")];
    // Far longer than anybody waits: it is interrupted at the first sign of progress.
    const long = ["--data", "synthetic:items=20000", "--epochs", "1900", "--json", json, "--report", report];
    const { status, out } = await run(long, /[1-9]%/);
    assert.equal(status, 130);
    assert.match(out, /PARTIAL/);
    assert.equal((JSON.parse(readFileSync(json, "utf8")) as { complete: boolean }).complete, false);
    assert.match(readFileSync(report, "utf8"), /<h2>Partial<\/h2>/);
  });
});

describe("npm run simulate -- --advise", () => {
  it("prints the cheapest choices that reach a wish", async () => {
    const { status, out } = await run(["--advise", "--error", "0.05", "--attacker", "0.1", "--seeds", "1"]);
    assert.equal(status, 0);
    assert.match(out, /choose k=\d+,rounds=\d,supermajority=\d+ with/);
    assert.match(out, /meet the wish, cheapest first/);
  });

  it("says so where nothing reaches it", async () => {
    const wish = ["--error", "0.001", "--attacker", "0.45", "--undecided", "0", "--budget", "10", "--seeds", "1"];
    const { status, out } = await run(["--advise", ...wish]);
    assert.equal(status, 0);
    assert.match(out, /NOTHING REACHES THIS/);
  });
});
