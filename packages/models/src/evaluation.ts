import type { Model, Task } from "./types.ts";

interface ModelResult {
  readonly id: string;
  readonly kind: string;
  readonly contaminated: boolean;
  /** Share of the held-out items answered right. */
  readonly accuracy: number;
  /** Mean confidence less accuracy: above 0 is overconfident. */
  readonly overconfidence: number;
}

export interface Evaluation {
  readonly task: string;
  readonly items: number;
  /** Accuracy of always giving the commonest answer. */
  readonly baseline: number;
  readonly models: readonly ModelResult[];
  readonly best: number;
  readonly median: number;
  /** Accuracy of the plain majority of all the models; a tie counts as half right. */
  readonly majority: number;
  /** The same without the models that were built from the text that they are asked about. */
  readonly cleanMajority: number;
  /** Share of the items that two models both get wrong: [row][column], own error rate on the diagonal. */
  readonly bothWrong: readonly (readonly number[])[];
}

/** Asks every model about every held-out item. */
export function evaluate(task: Task, models: readonly Model[]): Evaluation {
  const items = task.heldOut;
  const predictions = models.map((model) => items.map((item) => model.predict(item)));
  const right = predictions.map((row) => row.map(({ outcome }, i) => outcome === items[i]?.truth));
  const results = models.map((model, m): ModelResult => {
    const accuracy = mean((right[m] ?? []).map(Number));
    return {
      id: model.id,
      kind: model.kind,
      contaminated: model.contaminated ?? false,
      accuracy,
      overconfidence: mean((predictions[m] ?? []).map(({ confidence }) => confidence)) - accuracy,
    };
  });
  const positives = mean(items.map(({ truth }) => truth));
  const accuracies = results.map(({ accuracy }) => accuracy);
  return {
    task: task.name,
    items: items.length,
    baseline: Math.max(positives, 1 - positives),
    models: results,
    best: Math.max(...accuracies),
    median: median(accuracies),
    majority: majorityAccuracy(right),
    cleanMajority: majorityAccuracy(right.filter((_, m) => models[m]?.contaminated !== true)),
    bothWrong: right.map((row) => right.map((column) => mean(row.map((r, i) => Number(!r && !column[i]))))),
  };
}

/** With two outcomes the majority is right when more than half of the models are. */
function majorityAccuracy(right: readonly (readonly boolean[])[]): number {
  const itemCount = right[0]?.length ?? 0;
  return mean(
    Array.from({ length: itemCount }, (_, i) => {
      const share = mean(right.map((row) => Number(row[i])));
      return share > 0.5 ? 1 : share < 0.5 ? 0 : 0.5;
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
