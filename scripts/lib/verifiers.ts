import type { Finding, Verifier } from "@assay/agent";
import { createModels, loadTask, type Model, MODEL_KINDS, TASK_NAMES, type TaskName } from "@assay/models";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadSession, Say } from "./session.ts";

/** Training items of one built-in model. */
const SHARD_SIZE = 200;

/** A domain's URI as `create-domain --task` writes it. */
interface DomainDescription {
  readonly task?: string;
}

/** URI of a domain whose questions the built-in models answer. */
export function describeTask(task: TaskName): string {
  const outcomes = task === "spam" ? ["not spam", "spam"] : ["not in that language", "in that language"];
  const content = task === "spam" ? "the message" : 'JSON: {"language": ISO 639-3 code, "text": ...}';
  return `data:application/json,${encodeURIComponent(JSON.stringify({ task, content, outcomes }))}`;
}

/** The task that a domain's URI names; null if it is none of the built-in ones. */
function taskOf(domainUri: string): TaskName | null {
  const [, body] = /^data:application\/json,(.*)$/s.exec(domainUri) ?? [];
  if (body === undefined) return null;
  try {
    const { task } = JSON.parse(decodeURIComponent(body)) as DomainDescription;
    return TASK_NAMES.find((name) => name === task) ?? null;
  } catch {
    return null;
  }
}

/**
 * A verifier for each of `count` agents: the agent's own models, one for each task. Questions of a domain without a built-in task are
 * left out.
 * @param tasks by domain
 */
export async function createVerifiers(
  tasks: ReadonlyMap<number, TaskName>,
  count: number,
  seed: number,
  say: Say,
): Promise<Verifier[]> {
  const populations = new Map<TaskName, Model[]>();
  for (const task of new Set(tasks.values())) {
    const kinds = MODEL_KINDS[task].length;
    const perKind = Math.ceil(count / kinds);
    say(`training ${Math.min(count, kinds)} kinds of model for ${task} questions`);
    const wanted = MODEL_KINDS[task].slice(0, count);
    const trainSize = task === "spam" ? 1_200 : 400;
    const data = await loadTask(task, { seed, trainSize, heldOutSize: 1 });
    populations.set(task, await createModels(data, { seed, perKind, shardSize: SHARD_SIZE, kinds: wanted }));
  }
  // Training keeps the process busy for seconds: let it notice connections that servers have closed meanwhile.
  await sleep(20);
  return Array.from({ length: count }, (_, i): Verifier => {
    return (question, content) => {
      const task = tasks.get(question.domainId);
      const models = task === undefined ? undefined : populations.get(task);
      if (models === undefined) return { abstain: `domain ${question.domainId} names no built-in task` };
      return answer(models[i % models.length] as Model, question.contentHash, content);
    };
  });
}

/** Built-in tasks of those domains that name one, by domain. */
export async function tasksOf({ assay }: ReadSession, domains: readonly number[]): Promise<Map<number, TaskName>> {
  const tasks = new Map<number, TaskName>();
  for (const domainId of domains) {
    const uri = await assay.domains.uri(domainId);
    const task = uri === null ? null : taskOf(uri);
    if (task !== null) tasks.set(domainId, task);
  }
  return tasks;
}

function answer(model: Model, id: string, content: Uint8Array): Finding {
  const input = readInput(model.task, new TextDecoder().decode(content));
  return input === null ? { abstain: "the content is no question of the task" } : model.predict({ id, ...input });
}

function readInput(task: TaskName, content: string): { text: string; language?: string } | null {
  if (task === "spam") return { text: content };
  try {
    const { language, text } = JSON.parse(content) as Record<string, unknown>;
    return typeof language === "string" && typeof text === "string" ? { language, text } : null;
  } catch {
    return null;
  }
}
