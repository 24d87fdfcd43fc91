import { basename, resolve } from "node:path";
import type { Source } from "../model/config.ts";
import type { Tasks } from "../model/tasks.ts";
import { builtinTasks } from "./builtin.ts";
import { readFolder } from "./folder.ts";
import { tasksOf } from "./labels.ts";
import { syntheticTasks } from "./synthetic.ts";

/**
 * Items and answers of a source.
 * @param workers how many are wanted where the source makes them (built-in and synthetic tasks); `null`: its default
 * @throws SimulatorError `DATA_UNREADABLE`, `DATA_MALFORMED`, `DATA_UNUSABLE`, `BAD_CONFIG`
 * @example
 * const tasks = await loadTasks({ kind: "folder", path: "data/rte" }, 1);
 * tasks.notes.forEach((note) => console.log(note));
 */
export async function loadTasks(source: Source, seed: number, workers: number | null = null): Promise<Tasks> {
  switch (source.kind) {
    case "folder":
      return tasksOf(
        await readFolder(source.path),
        basename(resolve(source.path)),
        source.openAs ?? "candidates",
        seed,
      );
    case "builtin":
      return builtinTasks(source.task, seed, workers);
    case "synthetic":
      return syntheticTasks(source, seed, workers);
  }
}
