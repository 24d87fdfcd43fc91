import { writeFileSync } from "node:fs";
import { combine } from "../report/combine.ts";
import { renderReport } from "../report/html.ts";
import { toJson } from "../report/json.ts";
import type { Summary } from "../report/summary.ts";
import { accuracyTable, costTable, definitions, findings, kindTable, titleOf } from "../report/texts.ts";
import type { Done } from "../pool/job.ts";
import { runAll } from "../pool/pool.ts";
import type { CommandIo } from "./command.ts";
import type { SimulateOptions } from "./options.ts";

/** `npm run simulate`: one configuration, with one seed or several. */
export async function simulateCommand(options: SimulateOptions, io: CommandIo): Promise<void> {
  const { config, seeds, gasPrices, rows, json, report } = options;
  const toStdout = json === "-";
  const finished: (Done | undefined)[] = [];
  await runAll(
    seeds.map((seed) => ({ ...config, seed })),
    (one, index) => (finished[index] = one),
    {
      gasPrices,
      rows,
      signal: io.signal,
      onProgress: (part, count) =>
        io.progress.update(part, seeds.length === 1 ? "simulating" : `simulating, ${count} of ${seeds.length} seeds`),
    },
  );
  const all = finished.filter((one) => one !== undefined);
  // Of several seeds those that were stopped before anything was final tell nothing.
  const some = all.filter(({ summary }) => summary.questions > 0);
  const done = some.length > 0 ? some : all.slice(0, 1);
  if (done.length === 0) {
    io.progress.end("stopped before it began");
    return;
  }
  const summary = combine(done.map((one) => one.summary));
  const complete = summary.complete && done.length === seeds.length;
  const shown: Summary = { ...summary, complete };
  io.progress.end(complete ? "simulated" : "stopped: what follows is partial");
  if (!toStdout) io.out(`${textOf(shown)}\n`);
  if (report !== undefined) write(report, renderReport(shown), io, toStdout);
  if (json === undefined) return;
  const runs = done.map((one) => ({ seed: one.summary.seeds[0], ...one.rows }));
  const text = toJson(rows ? { ...shown, runs } : shown);
  if (toStdout) io.out(text);
  else write(json, text, io, toStdout);
}

function write(file: string, text: string, io: CommandIo, quiet: boolean): void {
  writeFileSync(file, text);
  if (!quiet) io.out(`wrote ${file}\n`);
}

/** What is printed. */
function textOf(summary: Summary): string {
  return [
    ...(summary.complete
      ? []
      : ["PARTIAL: stopped before its end; this is what was known by then, and not the result of the run"]),
    titleOf(summary),
    accuracyTable(summary),
    findings(summary).join("\n"),
    kindTable(summary),
    costTable(summary),
    [...definitions(summary), ...summary.notes].join("\n"),
  ].join("\n\n");
}
