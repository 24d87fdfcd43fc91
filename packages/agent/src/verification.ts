import { type Content, toAssayError } from "@assay/sdk";
import type { Question } from "./board.ts";
import type { Finding, Verifier } from "./verifiers/verifier.ts";

/** Gets the content of a question: whole, and of the hash that the question names. */
export type ContentSource = (content: Content, signal: AbortSignal) => Promise<Uint8Array>;

/** How questions are answered. */
export interface VerificationOptions {
  /** By domain; questions of others are left out. */
  readonly verifiers: ReadonlyMap<number, Verifier>;
  readonly contentOf: ContentSource;
  /** Least confidence to vote with, 0 to 1. */
  readonly minConfidence: number;
  /** Questions that are answered at the same time. */
  readonly concurrency: number;
}

/** Why a question is left out. */
export type AbstentionReason =
  /** No verifier answers questions of its domain. */
  | "no-verifier"
  /** Its content cannot be had, or is another one. */
  | "content"
  /** The verifier chose to, or answered nonsense. */
  | "verifier"
  /** The verifier failed. */
  | "failed"
  /** Not done in time. */
  | "late"
  /** Less sure than the policy asks for. */
  | "confidence";

/** What the agent does about a question. */
export interface Decision {
  readonly question: Question;
  /** null: it abstains. */
  readonly outcome: number | null;
  readonly confidence: number | null;
  /** Why it abstains; null if it does not. */
  readonly reason: AbstentionReason | null;
  /** One line for people. */
  readonly why: string;
}

/**
 * Answers questions, several at a time; never rejects.
 * @param outcomesOf outcomes of a domain's questions
 * @param signal questions that are not answered by then are left out
 */
export async function decide(
  questions: readonly Question[],
  outcomesOf: (domainId: number) => Promise<number>,
  options: VerificationOptions,
  signal: AbortSignal,
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  const queue = [...questions.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, question] = next;
      decisions[i] = await decideOne(question, outcomesOf, options, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, worker));
  return decisions;
}

async function decideOne(
  question: Question,
  outcomesOf: (domainId: number) => Promise<number>,
  { verifiers, contentOf, minConfidence }: VerificationOptions,
  signal: AbortSignal,
): Promise<Decision> {
  const abstain = (reason: AbstentionReason, why: string, confidence: number | null = null): Decision => ({
    ...{ question, outcome: null, confidence, reason },
    why: oneLine(why),
  });
  const verifier = verifiers.get(question.domainId);
  if (verifier === undefined) return abstain("no-verifier", `no verifier for domain ${question.domainId}`);
  const late = () => abstain("late", "not answered in time");
  if (signal.aborted) return late();
  let stage: AbstentionReason = "content";
  try {
    const content = await orAborted(contentOf(question, signal), signal);
    stage = "failed";
    const outcomes = await orAborted(outcomesOf(question.domainId), signal);
    const asked = verifier({ ...question, outcomes }, content, signal);
    const found = await orAborted(Promise.resolve(asked), signal);
    if ("abstain" in found) return abstain("verifier", found.abstain);
    const nonsense = nonsenseIn(found, outcomes);
    if (nonsense !== null) return abstain("verifier", nonsense);
    const { outcome, confidence } = found;
    if (confidence < minConfidence) {
      return abstain("confidence", `${confidence} sure of outcome ${outcome}, less than ${minConfidence}`, confidence);
    }
    return { question, outcome, confidence, reason: null, why: `${confidence} sure` };
  } catch (error) {
    if (signal.aborted) return late();
    const known = toAssayError(error);
    return abstain(stage, known instanceof Error ? known.message : String(known));
  }
}

/** What is wrong with an answer; null if nothing is. */
function nonsenseIn(found: Exclude<Finding, { abstain: string }>, outcomes: number): string | null {
  const { outcome, confidence } = found;
  if (!Number.isInteger(outcome) || outcome < 0 || outcome >= outcomes) {
    return `the verifier answered outcome ${String(outcome)} of ${outcomes}`;
  }
  return confidence >= 0 && confidence <= 1 ? null : `the verifier is ${String(confidence)} sure, not 0 to 1`;
}

/** Rejects at the signal, whatever the work does. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error("aborted"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** At most 300 characters on one line: what verifiers and servers say goes into logs. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters must not reach a terminal
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return flat.length <= 300 ? flat : `${flat.slice(0, 297)}...`;
}
