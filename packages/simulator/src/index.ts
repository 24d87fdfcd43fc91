export { loadTasks } from "./data/load.ts";
export * from "./errors.ts";
export type * from "./engine/engine.ts";
export * from "./engine/memory/engine.ts";
export * from "./engine/refusal.ts";
export type * from "./engine/rules.ts";
export type * from "./model/config.ts";
export * from "./model/result.ts";
export type * from "./model/tasks.ts";
