import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { once } from "node:events";
import { runTogether } from "./run-together.ts";
import type { RuntimeEnd } from "./runtime-options.ts";
import type { Runtime } from "./runtime.ts";

/** Ends at the signal, after a while. */
function runtime(epochs: number, ended: number[] = []): Runtime {
  const run = async (signal: AbortSignal): Promise<RuntimeEnd> => {
    if (!signal.aborted) await once(signal, "abort");
    await new Promise((done) => setImmediate(done));
    ended.push(epochs);
    return { epochs, openBallot: null };
  };
  return { run } as Runtime;
}

describe("runtimes that run together", () => {
  it("end at the signal, and say how", async () => {
    const stop = new AbortController();
    const ends = runTogether([runtime(1), runtime(2)], stop.signal);
    stop.abort();
    assert.deepEqual(
      (await ends).map(({ epochs }) => epochs),
      [1, 2],
    );
  });

  it("all end when one cannot go on, before that is told", async () => {
    const ended: number[] = [];
    const failing = { run: () => Promise.reject(new Error("no secrets")) } as unknown as Runtime;
    const { signal } = new AbortController();
    await assert.rejects(runTogether([runtime(1, ended), failing, runtime(2, ended)], signal), /no secrets/);
    assert.deepEqual(ended, [1, 2]);
  });
});
