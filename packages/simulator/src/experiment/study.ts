import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandIo } from "../cli/command.ts";
import type { Config } from "../model/config.ts";
import { runAll } from "../pool/pool.ts";
import { type Cell, hashOf, idOf } from "./cell.ts";
import { cellsOf } from "./cells.ts";
import { codeFingerprint } from "./fingerprint.ts";
import { Journal } from "./journal.ts";
import { metricsOf } from "./metrics.ts";
import type { StudyOptions } from "./options.ts";
import { resultsOf, resultsText } from "./results.ts";

/** A cell with one of its seeds. */
interface Run {
  readonly cell: Cell;
  readonly id: string;
  readonly hash: string;
  readonly seed: number;
}

/** Runs what is missing of the study, records it, and writes the results. */
export async function study(options: StudyOptions, io: CommandIo): Promise<void> {
  const cells = cellsOf(options.dataRoot);
  const journal = new Journal(join(options.work, "runs.jsonl"));
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  const code = codeFingerprint();
  const wanted = runsOf(
    cells.filter(({ part }) => options.only.includes(part)),
    seeds,
    code,
  );
  const missing = wanted.filter((run) => journal.find(run) === undefined);
  const before = wanted.length - missing.length;
  const configs = missing.map(({ cell, seed }): Config => ({ ...cell.config, seed }));
  await runAll(
    configs,
    ({ summary }, index) => {
      const run = missing[index];
      // One that was stopped is no result of its configuration.
      if (run === undefined || !summary.complete) return;
      journal.add({ id: run.id, hash: run.hash, seed: run.seed, metrics: metricsOf(summary) });
    },
    {
      threads: options.threads,
      signal: io.signal,
      onProgress: (part, finished) =>
        io.progress.update(
          part,
          `${before + finished} of ${wanted.length} runs${before > 0 ? `, ${before} of them before` : ""}`,
        ),
    },
  );
  const results = resultsOf(cells, journal, { seeds, code });
  writeFileSync(options.out, resultsText(results));
  io.progress.end(`${wanted.filter((run) => journal.find(run) !== undefined).length} of ${wanted.length} runs`);
  io.out(
    `wrote ${options.out}: ${results.cells.length} of ${cells.length} configurations` +
      `${results.complete ? `, each with ${seeds.length} seeds` : ", PARTIAL: start again to go on"}\n`,
  );
}

/** Every cell with every seed; those that ask about the same stand together, as it is loaded once for them. */
function runsOf(cells: readonly Cell[], seeds: readonly number[], code: string): Run[] {
  const bySource = [
    ...Map.groupBy(cells, ({ config: { source, agents } }) => JSON.stringify([source, agents])).values(),
  ];
  return bySource.flatMap((own) => {
    const named = own.map((cell) => ({ cell, id: idOf(cell), hash: hashOf(cell, code) }));
    return seeds.flatMap((seed) => named.map((run) => ({ ...run, seed })));
  });
}
