import type { Question, Verifier } from "@assay/agent";
import { createModels, loadTask, type Model, MODEL_KINDS, TASK_NAMES, type TaskName } from "@assay/models";
import { inlineContent } from "@assay/sdk";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadSession, Say } from "./session.ts";

/** A model less sure than this leaves the question out. */
const LEAST_CONFIDENCE = 0.6;

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

/** Answers every question with the same outcome: to try a network, not to earn. */
export function alwaysAnswer(outcome: number): Verifier {
  return () => outcome;
}

/**
 * A verifier for each of `count` agents: the agent's own models, one for each task. Questions whose content is not in their URI, does
 * not match its hash, or is of a domain without a built-in task are left out.
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
    return (question) => {
      const task = tasks.get(question.domainId);
      const models = task === undefined ? undefined : populations.get(task);
      return models === undefined ? null : answer(models[i % models.length] as Model, question);
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

function answer(model: Model, question: Question): number | null {
  const bytes = inlineContent(question);
  if (bytes === null) return null;
  const input = readInput(model.task, new TextDecoder().decode(bytes));
  if (input === null) return null;
  const { outcome, confidence } = model.predict({ id: question.contentHash, ...input });
  return confidence < LEAST_CONFIDENCE ? null : outcome;
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
