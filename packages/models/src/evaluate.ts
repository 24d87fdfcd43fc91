import { parseArgs } from "node:util";
import { createModels } from "./create-models.ts";
import { evaluate, type Evaluation } from "./evaluation.ts";
import { loadTask, TASK_NAMES } from "./load-task.ts";
import type { TaskName } from "./types.ts";

const HELP = `Accuracy of the built-in models on claims that they have not seen.

Usage: node packages/models/src/evaluate.ts [options]
  --task NAME       spam or language (default: both)
  --seed N          integer >= 0 (default: 1)
  --per-kind N      models of each kind (default: 2 for spam, 1 for language)
  --shard-size N    training items of one model, at least 40 (default: 200)
  --train-size N    training items of all the models together (default: 4000 for spam, 600 for language)
  --held-out N      items to ask about (default: 1000)
  --json            machine-readable output
  --help            this text`;

/** Enough of a kind's name to head a column. */
const COLUMN = 6;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      task: { type: "string" },
      seed: { type: "string", default: "1" },
      "per-kind": { type: "string" },
      "shard-size": { type: "string" },
      "train-size": { type: "string" },
      "held-out": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);

  const seed = number(values.seed);
  const results = [];
  for (const name of values.task === undefined ? TASK_NAMES : [values.task as TaskName]) {
    const started = performance.now();
    const task = await loadTask(name, {
      seed,
      ...optional("trainSize", values["train-size"]),
      ...optional("heldOutSize", values["held-out"]),
    });
    const loaded = performance.now();
    const models = await createModels(task, {
      seed,
      ...optional("perKind", values["per-kind"]),
      ...optional("shardSize", values["shard-size"]),
    });
    const trained = performance.now();
    const evaluation = evaluate(task, models);
    const milliseconds = {
      load: Math.round(loaded - started),
      train: Math.round(trained - loaded),
      predict: Math.round(performance.now() - trained),
    };
    results.push({ ...evaluation, milliseconds });
    if (!values.json) print(evaluation, milliseconds);
  }
  if (values.json) console.log(JSON.stringify(results, null, 2));
}

function print(evaluation: Evaluation, milliseconds: Record<string, number>): void {
  const { task, items, models, bothWrong } = evaluation;
  console.log(`\n${task}: ${items} held-out items, ${models.length} models`);
  for (const { id, accuracy, overconfidence, contaminated } of models) {
    const note = contaminated ? "  (built from this very text)" : "";
    console.log(`  ${id.padEnd(26)} ${percent(accuracy)}  confidence ${signed(overconfidence)}${note}`);
  }
  for (const name of ["baseline", "median", "best", "majority", "cleanMajority"] as const) {
    console.log(`  ${name.padEnd(26)} ${percent(evaluation[name])}`);
  }
  const first = models.findIndex(({ kind }, i) => models.findIndex((other) => other.kind === kind) !== i);
  const kinds = models.slice(0, first < 0 ? models.length : first);
  console.log(`  both wrong, % of items (first model of each kind; diagonal: wrong)`);
  console.log(`  ${"".padEnd(26)}${kinds.map(({ kind }) => kind.slice(0, COLUMN).padStart(COLUMN + 1)).join("")}`);
  kinds.forEach(({ id }, row) => {
    const cells = kinds.map((_, column) => ((bothWrong[row]?.[column] ?? 0) * 100).toFixed(1).padStart(COLUMN + 1));
    console.log(`  ${id.padEnd(26)}${cells.join("")}`);
  });
  console.log(`  load ${milliseconds.load} ms, train ${milliseconds.train} ms, predict ${milliseconds.predict} ms`);
}

function optional<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, number>> {
  return text === undefined ? {} : ({ [name]: number(text) } as Record<Name, number>);
}

function number(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`.padStart(6);
}

function signed(difference: number): string {
  return `${difference < 0 ? "-" : "+"}${Math.abs(difference * 100).toFixed(1)}%`;
}

main().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
