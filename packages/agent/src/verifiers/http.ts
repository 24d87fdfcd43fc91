import { Buffer } from "node:buffer";
import { setTimeout as wait } from "node:timers/promises";
import { parseFinding, MAX_ANSWER } from "./answers.ts";
import type { VerifiedQuestion, Verifier } from "./verifier.ts";

/** How a service is asked. */
export interface RequestOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one attempt may take, ms. */
  readonly timeoutMs: number;
  /** How long to wait before the second attempt, ms; twice as long before each further one. */
  readonly backoffMs?: number;
}

/** Attempts at one answer. */
const MAX_ATTEMPTS = 4;

/** A refusal that is the same however often one asks. */
class Refused extends Error {}

/**
 * Posts JSON, again and again while the service is busy or out of reach.
 * @returns the answer's text. @throws what the last attempt failed with
 */
export async function postJson(
  { url, headers = {}, timeoutMs, backoffMs = 1_000 }: RequestOptions,
  body: unknown,
  signal: AbortSignal,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(url, headers, body, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      if (error instanceof Refused || signal.aborted || attempt === MAX_ATTEMPTS) throw describe(error, url, timeoutMs);
    }
    await wait(backoffMs * 2 ** (attempt - 1), undefined, { signal });
  }
}

/** Asks a service that answers `{"outcome", "confidence"}` or `{"abstain"}` to `{"question", "content"}`. */
export function httpVerifier(options: RequestOptions): Verifier {
  return async (question, content, signal) =>
    parseFinding(await postJson(options, payloadOf(question, content), signal), question.outcomes);
}

/** A question and its content as verifiers elsewhere get them: the content in base64, so that it is of one field whatever it says. */
export function payloadOf({ id, domainId, outcomes, contentHash, uri }: VerifiedQuestion, content: Uint8Array): object {
  return {
    version: 1,
    question: { id, domainId, outcomes, contentHash, uri },
    content: { base64: Buffer.from(content).toString("base64") },
  };
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    // An answer that leads elsewhere would take the key with it.
    redirect: "error",
    signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    const message = `HTTP ${response.status}`;
    throw response.status === 429 || response.status >= 500 ? new Error(message) : new Refused(message);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_ANSWER) throw new Refused(`it answers with more than ${MAX_ANSWER} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function describe(error: unknown, url: string, timeoutMs: number): Error {
  const { message, name, cause } = error as Error;
  const { code } = Object(cause) as { code?: unknown };
  const what =
    typeof code === "string" ? code : name === "TimeoutError" ? `no answer in ${timeoutMs / 1000} s` : message;
  return new Error(`${new URL(url).origin}: ${what}`, { cause: error });
}
