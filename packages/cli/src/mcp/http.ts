import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** Who may talk to a server. */
export interface HttpOptions {
  /** Names that a request may be addressed to, besides this machine's own. */
  readonly hosts: readonly string[];
  /** Origins of web pages that may send requests; others may not. */
  readonly origins: readonly string[];
  /** What requests must bear; null: nothing. */
  readonly token: string | null;
}

/** One client's connection. */
interface HttpSession {
  readonly transport: StreamableHTTPServerTransport;
  lastUsed: number;
  /** Requests under way, streams included. */
  open: number;
}

/** Where the protocol is spoken. */
export const MCP_PATH = "/mcp";
/** Largest body, bytes: a signed statement with its content inside, with room to spare. */
const MAX_BODY = 262_144;
/** How long a request may take to arrive, ms. */
const REQUEST_TIMEOUT = 10_000;
const MAX_CONNECTIONS = 256;
const MAX_SESSIONS = 64;
/** How long a session is kept without a request, ms. */
const IDLE = 1_800_000;
/** Names of this machine, by which only it is reached. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return ["localhost", "127.0.0.1", "::1"].includes(host);
}

/** Serves the protocol over HTTP (streamable), with a server of its own for each session. */
export class McpHttp {
  readonly server: Server;
  readonly #create: () => McpServer;
  readonly #options: HttpOptions;
  readonly #sessions = new Map<string, HttpSession>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(create: () => McpServer, options: HttpOptions) {
    this.#create = create;
    this.#options = options;
    const timeouts = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT };
    this.server = createServer(timeouts, (request, response) => void this.#answer(request, response));
    this.server.maxConnections = MAX_CONNECTIONS;
    this.#sweeper = setInterval(() => this.#closeIdle(), IDLE / 10);
    this.#sweeper.unref();
  }

  /** Ends every session. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refused = this.#refusal(request);
      if (refused !== null) return refuse(response, ...refused);
      const session = await this.#sessionOf(request, response);
      if (session === null) return;
      session.lastUsed = Date.now();
      session.open++;
      response.once("close", () => session.open--);
      await session.transport.handleRequest(request, response);
    } catch {
      if (!response.headersSent) refuse(response, 500, "the server failed");
      else response.destroy();
    }
  }

  /** Why a request is not for this server; null if it is. */
  #refusal({ headers, url = "" }: IncomingMessage): [status: number, message: string] | null {
    const { hosts, origins, token } = this.#options;
    // A web page that has its own name resolve to this machine (DNS rebinding) gives itself away by that name, or by its origin.
    const host = URL.parse(`http://${headers.host ?? ""}`)?.hostname ?? "";
    if (!LOOPBACK.includes(host) && !hosts.includes(host)) return [403, `not a name of this server: ${host}`];
    const { origin } = headers;
    if (origin !== undefined && !origins.includes(origin))
      return [403, `web pages of ${origin} may not use this server`];
    if (token !== null && !isSame(headers.authorization ?? "", `Bearer ${token}`)) return [401, "a token is needed"];
    if (url.split("?")[0] !== MCP_PATH) return [404, `there is ${MCP_PATH} only`];
    return null;
  }

  /** The session that a request belongs to, a new one if it names none; null where it was answered. */
  async #sessionOf({ headers, method }: IncomingMessage, response: ServerResponse): Promise<HttpSession | null> {
    const id = headers["mcp-session-id"];
    if (typeof id === "string") {
      const session = this.#sessions.get(id);
      if (session === undefined) refuse(response, 404, "no such session: initialize again");
      return session ?? null;
    }
    if (method !== "POST") {
      refuse(response, 400, "name a session, or POST to begin one");
      return null;
    }
    this.#makeRoom();
    if (this.#sessions.size >= MAX_SESSIONS) {
      refuse(response, 503, "too many sessions");
      return null;
    }
    // Refuses by itself what does not begin a session.
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: MAX_BODY,
      onsessioninitialized: (sessionId) => void this.#sessions.set(sessionId, session),
    });
    const session: HttpSession = { transport, lastUsed: Date.now(), open: 0 };
    const server = this.#create();
    await server.connect(transport);
    server.server.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
    };
    return session;
  }

  /** Ends the session that was unused for longest, if there are too many. */
  #makeRoom(): void {
    if (this.#sessions.size < MAX_SESSIONS) return;
    const unused = [...this.#sessions.values()].filter(({ open }) => open === 0);
    const [oldest] = unused.sort((a, b) => a.lastUsed - b.lastUsed);
    void oldest?.transport.close();
  }

  #closeIdle(): void {
    const since = Date.now() - IDLE;
    for (const { transport, lastUsed, open } of this.#sessions.values()) {
      if (open === 0 && lastUsed < since) void transport.close();
    }
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null });
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(body);
}

/** Whether two texts are the same, in a time that does not tell how much of them is. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
