import { createModels, loadTask, MODEL_KINDS, type TaskName } from "@assay/models";
import type { TaskAnswer, Tasks } from "../model/tasks.ts";

/**
 * Real claims with real models as workers, kind by kind, until there are enough. Models that were built from the text that they are asked
 * about are left out.
 * @param workers how many are wanted; `null`: as many as a population of the task's models has by default
 */
export async function builtinTasks(name: TaskName, seed: number, workers: number | null): Promise<Tasks> {
  const task = await loadTask(name, { seed });
  const kinds = MODEL_KINDS[name].length;
  const perKind = workers === null ? undefined : Math.max(1, Math.ceil(workers / kinds));
  const models = await createModels(task, { seed, ...(perKind === undefined ? {} : { perKind }) });
  const used = models.filter(({ contaminated }) => contaminated !== true);
  const left = models.filter(({ contaminated }) => contaminated === true).map(({ id }) => id);
  return {
    name,
    outcomes: task.outcomes.length,
    openAnswers: false,
    items: task.heldOut.map(({ id, truth }) => ({ id, truth, labels: task.outcomes })),
    workers: used.map(({ id }) => id),
    answers: task.heldOut.map(
      (item) => new Map(used.map((model, w): [number, TaskAnswer] => [w, model.predict(item)])),
    ),
    notes: left.length === 0 ? [] : [`left out, built from the very text it is asked about: ${left.join(", ")}`],
  };
}
