export { createModels, MODEL_KINDS, type CreateModelsOptions } from "./create-models.ts";
export { loadTask, TASK_NAMES, type LoadTaskOptions } from "./load-task.ts";
export type { Item, Model, ModelInput, Prediction, Task, TaskName } from "./types.ts";
