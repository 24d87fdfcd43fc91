import { writeFileSync } from "node:fs";
import type { CommandIo } from "../cli/command.ts";
import type { AdviseOptions } from "../cli/options.ts";
import type { Done } from "../pool/job.ts";
import { runAll } from "../pool/pool.ts";
import { toJson } from "../report/json.ts";
import type { Summary } from "../report/summary.ts";
import { adviceOf, advised } from "./advice.ts";
import { candidatesOf, configOf } from "./candidates.ts";
import { choices, judge } from "./law.ts";
import { adviceText } from "./texts.ts";

/** `npm run simulate -- --advise`: candidates by the exact law, the best of them simulated. */
export async function advise({ wish, seed, seeds, json }: AdviseOptions, io: CommandIo): Promise<void> {
  const judged = choices().map((choice) => judge(choice, wish));
  const candidates = candidatesOf(judged, wish);
  const configs = candidates.flatMap((candidate) =>
    Array.from({ length: seeds }, (_, i) => configOf(candidate, wish, seed + i)),
  );
  const summaries = new Map<number, Summary[]>();
  const collect = ({ summary }: Done, index: number) => {
    const at = Math.floor(index / seeds);
    if (summary.complete) summaries.set(at, [...(summaries.get(at) ?? []), summary]);
  };
  await runAll(configs, collect, {
    signal: io.signal,
    onProgress: (part, finished) =>
      io.progress.update(part, `simulating candidates, ${finished} of ${configs.length} runs`),
  });
  const found = candidates.flatMap((candidate, i) => {
    // In the order of the seeds, whichever was finished first.
    const own = (summaries.get(i) ?? []).sort((a, b) => (a.seeds[0] ?? 0) - (b.seeds[0] ?? 0));
    return own.length === 0 ? [] : [advised(candidate, own, wish)];
  });
  const advice = adviceOf(wish, found, seeds, !io.signal.aborted);
  io.progress.end(`${judged.length} choices by the exact law, ${found.length} simulated`);
  if (json !== "-") io.out(`${adviceText(advice)}\n`);
  if (json === "-") io.out(toJson(advice));
  else if (json !== undefined) {
    writeFileSync(json, toJson(advice));
    io.out(`wrote ${json}\n`);
  }
}
