import { LANGUAGE_OUTCOMES, languageItems } from "./language-task.ts";
import { requireInteger } from "./random.ts";
import { SPAM_OUTCOMES, spamItems } from "./spam-task.ts";
import type { Task, TaskName } from "./types.ts";

export const TASK_NAMES: readonly TaskName[] = ["spam", "language"];

export interface LoadTaskOptions {
  /** Any safe integer >= 0; the same seed gives the same items in the same order. */
  readonly seed: number;
  /** Items to learn from. Default: 4,000 messages, 600 language claims. */
  readonly trainSize?: number;
  /** Items to ask about. Default: 1,000. */
  readonly heldOutSize?: number;
}

const DEFAULT_TRAIN_SIZE: Record<TaskName, number> = { spam: 4000, language: 600 };
const DEFAULT_HELD_OUT_SIZE = 1000;

/**
 * Loads real claims with known answers. The held-out items of a seed do not depend on `trainSize`.
 * @throws RangeError on an unknown task, a bad seed, or more items than there are.
 * @example
 * const task = await loadTask('spam', { seed: 1 })
 * console.log(task.heldOut[0]?.statement)
 */
export async function loadTask(name: TaskName, options: LoadTaskOptions): Promise<Task> {
  if (!TASK_NAMES.includes(name)) throw new RangeError(`unknown task "${name}": use ${TASK_NAMES.join(" or ")}`);
  const { seed, trainSize = DEFAULT_TRAIN_SIZE[name], heldOutSize = DEFAULT_HELD_OUT_SIZE } = options;
  requireInteger("seed", seed, 0);
  requireInteger("trainSize", trainSize, 1);
  requireInteger("heldOutSize", heldOutSize, 1);
  const wanted = heldOutSize + trainSize;
  const items = name === "spam" ? await spamItems(seed, wanted) : languageItems(seed, wanted);
  if (items.length < wanted) {
    throw new RangeError(
      `task ${name} has ${items.length} items, not ${heldOutSize} held out and ${trainSize} to train on`,
    );
  }
  return {
    name,
    outcomes: name === "spam" ? SPAM_OUTCOMES : LANGUAGE_OUTCOMES,
    train: items.slice(heldOutSize),
    heldOut: items.slice(0, heldOutSize),
  };
}
