import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./plan.ts";

/** What is asked in a soak, and who answers: whether the numbers of a document add up to an odd one. */

/** A document of so many numbers. */
export function documentOf(name: string, random: Random): string {
  const numbers = Array.from({ length: 8 }, () => Math.floor(random() * 1_000));
  return JSON.stringify({ name, numbers });
}

/** What is asked of a verifier. */
export interface Asked {
  readonly content: { readonly base64: string };
}

/** The right answer; the wrong one to some documents, of whoever is mistaken. */
export function judge({ content }: Asked, mistaken: boolean): { outcome: number; confidence: number } {
  const bytes = Buffer.from(content.base64, "base64");
  const { numbers } = JSON.parse(bytes.toString("utf8")) as { numbers: number[] };
  const outcome = numbers.reduce((sum, number) => sum + number, 0) % 2;
  const [first = 0] = createHash("sha256").update(bytes).digest();
  return { outcome: mistaken && first < MISTAKES ? 1 - outcome : outcome, confidence: 0.95 };
}

/** Of 256 documents, those that the mistaken one gets wrong. */
const MISTAKES = 40;

/** Chances of a request to be answered late, or with an error that a second attempt may not meet. */
const CHANCE = { busy: 0.08, late: 0.08 };
const LATE_MS = 600;

/** A verifier as a service, which is busy at times. */
export async function serveJudge(random: Random): Promise<{ url: string; server: Server }> {
  return serve(async (path, body) => {
    const drawn = random();
    if (drawn < CHANCE.busy) return { status: 503 };
    if (drawn < CHANCE.busy + CHANCE.late) await sleep(LATE_MS);
    return { status: 200, body: JSON.stringify(judge(body as Asked, path === "/mistaken")) };
  });
}

/** Serves contents by their paths. */
export async function serveContents(contents: ReadonlyMap<string, string>): Promise<{ url: string; server: Server }> {
  return serve(async (path) => {
    const body = contents.get(path);
    return body === undefined ? { status: 404 } : { status: 200, body };
  });
}

async function serve(
  answer: (path: string, body: unknown) => Promise<{ readonly status: number; readonly body?: string }>,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    void (async () => {
      const asked = request.method === "POST" ? await json(request) : null;
      const { status, body } = await answer(request.url ?? "", asked);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
