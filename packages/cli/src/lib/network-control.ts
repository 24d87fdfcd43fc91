import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { AssayError, toAssayError } from "@assay/sdk";
import { explain } from "./errors.ts";
import { toJson } from "./io.ts";

/** What a process that runs an agent's node does for others of the same user. */
export type ControlActs = Readonly<Record<string, (request: unknown, signal: AbortSignal) => Promise<object>>>;

/** A node that another process runs. */
export interface RunningNode {
  /** @throws AssayError as the act does there */
  call(act: string, request: object, signal?: AbortSignal): Promise<Record<string, unknown>>;
}

/** Where a node listens for its user, and what its user shows. */
interface Door {
  readonly port: number;
  readonly token: string;
}

/** Most bytes of a request: a content in base64, and a little. */
const MAX_BODY = 2_097_152;
/** How long a node that is there takes to say so, ms. */
const KNOCK_MS = 2_000;

const doorPath = (folder: string) => join(folder, "control.json");

/**
 * Lets other commands of this user use a node: on the machine itself, for who can read the node's folder.
 * @returns closes it
 */
export async function serveControl(folder: string, acts: ControlActs): Promise<() => void> {
  const token = randomBytes(32).toString("hex");
  const ending = new AbortController();
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([gone.signal, ending.signal]);
    void answer(request, acts, token, signal).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(toJson(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const door: Door = { port: (server.address() as AddressInfo).port, token };
  writeFileSync(doorPath(folder), JSON.stringify(door), { mode: 0o600 });
  return () => {
    rmSync(doorPath(folder), { force: true });
    ending.abort();
    server.close();
    server.closeAllConnections();
  };
}

/** The node that runs for an agent; null if none does. */
export async function findRunning(folder: string): Promise<RunningNode | null> {
  const door = readDoor(folder);
  if (door === null) return null;
  const node: RunningNode = {
    call: async (act, request, signal) => {
      const response = await fetch(`http://127.0.0.1:${door.port}/${act}`, {
        method: "POST",
        headers: { authorization: `Bearer ${door.token}`, "content-type": "application/json" },
        body: toJson(request),
        ...(signal !== undefined && { signal }),
      });
      const body = (await response.json()) as Record<string, unknown>;
      if (response.ok) return body;
      const { code, message, retryable } = body as { code: string; message: string; retryable: boolean };
      throw new AssayError(code, message, { retryable });
    },
  };
  try {
    await node.call("status", {}, AbortSignal.timeout(KNOCK_MS));
    return node;
  } catch {
    return null; // it was killed, and left its door
  }
}

async function answer(
  request: IncomingMessage,
  acts: ControlActs,
  token: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: object }> {
  const refusal = (status: number, code: string, message: string) => ({
    status,
    body: { code, message, retryable: false },
  });
  if (!isToken(request.headers.authorization, token)) return refusal(401, "REFUSED", "who are you?");
  const act = acts[(request.url ?? "").slice(1)];
  if (request.method !== "POST" || act === undefined) return refusal(404, "NOT_FOUND", "there is no such act");
  try {
    return { status: 200, body: await act(JSON.parse(await readBody(request)), signal) };
  } catch (thrown) {
    const error = toAssayError(thrown);
    const { code, message } = explain(error);
    return { status: 422, body: { code, message, retryable: error instanceof AssayError && error.retryable } };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) throw new RangeError(`more than ${MAX_BODY} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function isToken(header: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ""), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function readDoor(folder: string): Door | null {
  try {
    return JSON.parse(readFileSync(doorPath(folder), "utf8")) as Door;
  } catch {
    return null;
  }
}
