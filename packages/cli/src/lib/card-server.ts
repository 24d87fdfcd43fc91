import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** Where an agent's registration file is found (ERC-8004), and where it is for people who look. */
export const CARD_PATHS: readonly string[] = ["/.well-known/agent-registration.json", "/agent.json"];
/** How long a file is taken to be up to date, seconds. */
const MAX_AGE = 60;
/** How long a request may take to arrive, ms. */
const REQUEST_TIMEOUT = 10_000;
const MAX_CONNECTIONS = 256;

/** A file as it is sent. */
interface Page {
  readonly body: string;
  readonly etag: string;
  /** When it was made, ms. */
  readonly made: number;
}

/**
 * Serves one file that anybody may read.
 * @param make the file as it is now; asked once a minute at most. Where it fails what it gave before is served
 * @param onFailure told of every failure
 */
export function createCardServer(make: () => Promise<string>, onFailure: (error: unknown) => void): Server {
  let page: Page | null = null;
  let making: Promise<Page> | null = null;
  const renew = async (): Promise<Page> => {
    const body = await make();
    return { body, etag: `"${createHash("sha256").update(body).digest("base64url")}"`, made: Date.now() };
  };
  const current = async (): Promise<{ readonly page: Page | null; readonly fresh: boolean }> => {
    if (page !== null && Date.now() - page.made < MAX_AGE * 1000) return { page, fresh: true };
    try {
      making ??= renew().finally(() => (making = null));
      page = await making;
      return { page, fresh: true };
    } catch (error) {
      onFailure(error);
      return { page, fresh: false };
    }
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    // Public, and for web pages of anybody.
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("x-content-type-options", "nosniff");
    if (!CARD_PATHS.includes(url.split("?")[0] ?? ""))
      return end(response, 404, `there is ${CARD_PATHS.join(" and ")}`);
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return end(response, 405, "it can be read only");
    }
    const { page: found, fresh } = await current();
    if (found === null) return end(response, 503, "the registration file cannot be made now");
    response.setHeader("etag", found.etag);
    response.setHeader("cache-control", fresh ? `public, max-age=${MAX_AGE}` : "no-cache");
    if (matches(headers["if-none-match"], found.etag)) return response.writeHead(304).end();
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(found.body) });
    return response.end(method === "HEAD" ? undefined : found.body);
  };
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function end(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${message}\n`);
}

/** Whether a client has that version already. */
function matches(given: string | undefined, etag: string): boolean {
  const tags = (given ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
