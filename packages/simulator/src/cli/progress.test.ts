import assert from "node:assert/strict";
import { it } from "node:test";
import { createProgress, duration } from "./progress.ts";

function recorder(isTTY: boolean) {
  let now = 0;
  let text = "";
  const progress = createProgress({ isTTY, write: (more: string) => (text += more) }, () => now);
  return { progress, pass: (ms: number) => (now += ms), written: () => text };
}

it("draws one line again and again on a terminal, with the time left", () => {
  const { progress, pass, written } = recorder(true);
  pass(1_000);
  progress.update(0.25, "simulating");
  assert.equal(written(), "\r\x1b[K 25%  simulating, 3 s left");
  pass(10);
  progress.update(0.26, "simulating");
  assert.doesNotMatch(written(), /26%/);
  pass(1_000);
  progress.end("simulated");
  assert.ok(written().endsWith("\r\x1b[Ksimulated, 2 s\n"));
});

it("writes lines elsewhere, the rarer the longer it takes, and at least twice a minute", () => {
  const { progress, pass, written } = recorder(false);
  for (let i = 1; i <= 100; i++) {
    pass(1_000);
    progress.update(i / 100, "simulating");
  }
  const seconds = [...written().matchAll(/(\d+)% {2}simulating/g)].map(([, percent]) => Number(percent));
  assert.deepEqual(seconds, [1, 2, 4, 8, 16, 32, 62, 92]);
  assert.match(written(), / 62% {2}simulating, 38 s left\n/);
});

it("says nothing of the rest too early", () => {
  const { progress, pass, written } = recorder(true);
  pass(1_000);
  progress.update(0.001, "simulating");
  assert.doesNotMatch(written(), /left/);
});

it("takes away what it has drawn, and nothing else", () => {
  for (const [isTTY, after] of [
    [true, "\r\x1b[K"],
    [false, ""],
  ] as const) {
    const { progress, pass, written } = recorder(isTTY);
    progress.clear();
    assert.equal(written(), "");
    pass(5_000);
    progress.update(0.5, "simulating");
    const before = written();
    progress.clear();
    assert.equal(written(), before + after);
  }
});

it("tells durations in seconds, then in minutes", () => {
  assert.deepEqual([duration(59_400), duration(60_000), duration(754_000)], ["59 s", "1 min 00 s", "12 min 34 s"]);
});
