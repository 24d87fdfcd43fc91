import type { RuntimeEnd } from "./runtime-options.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Runs agents beside each other, until the signal or as long as each is told. Their journals must stay open until all have ended.
 * @returns how each ended
 * @throws what one of them throws, after all others have finished their transactions under way
 */
export async function runTogether(runtimes: readonly Runtime[], signal: AbortSignal): Promise<RuntimeEnd[]> {
  const failure = new AbortController();
  const until = AbortSignal.any([signal, failure.signal]);
  const runs = runtimes.map((runtime) =>
    runtime.run(until).catch((error: unknown) => {
      failure.abort();
      throw error;
    }),
  );
  await Promise.allSettled(runs);
  return Promise.all(runs);
}
