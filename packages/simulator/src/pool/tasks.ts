import { loadTasks } from "../data/load.ts";
import type { Config } from "../model/config.ts";
import type { Tasks } from "../model/tasks.ts";

/** Beyond so many workers agents share their answers, as they do where there are more agents than a crowd has workers. */
const MOST_WORKERS = 1_000;
/** Models are built once, as a crowd has answered once: seeds differ in what becomes of the answers. */
const MODEL_SEED = 1;
/** Sources kept: their neighbours in a study ask about the same. */
const KEPT = 3;

const kept = new Map<string, Promise<Tasks>>();

/** The items and answers of a configuration, loaded once for all that ask about the same in a row. */
export async function tasksFor({ source, seed, agents }: Pick<Config, "source" | "seed" | "agents">): Promise<Tasks> {
  const workers = agents === null ? null : Math.min(agents, MOST_WORKERS);
  const own = source.kind === "builtin" ? MODEL_SEED : seed;
  const key = JSON.stringify([source, own, source.kind === "folder" ? null : workers]);
  const loaded = kept.get(key) ?? loadTasks(source, own, workers);
  kept.delete(key);
  kept.set(key, loaded);
  for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT))) kept.delete(oldest);
  try {
    return await loaded;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}
