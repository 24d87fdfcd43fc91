import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { Console } from "node:console";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Io } from "../lib/io.ts";
import { type HttpOptions, MCP_PATH, McpHttp } from "./http.ts";
import type { ToolContext } from "./read-tools.ts";
import { createMcpServer } from "./server.ts";

/** Where to listen. */
export interface Listening extends HttpOptions {
  readonly host: string;
  readonly port: number;
}

/** Serves one client over standard input and output, until either ends or the user interrupts. */
export async function serveStdio(context: ToolContext, io: Io): Promise<void> {
  // Standard output is the protocol's alone, whatever a library has to say.
  globalThis.console = new Console(io.stderr, io.stderr);
  const server = createMcpServer(context);
  const closed = new Promise<void>((resolve) => (server.server.onclose = resolve));
  const interruption = io.interruption();
  const close = () => void server.close();
  process.stdin.once("end", close);
  interruption.addEventListener("abort", close);
  await server.connect(new StdioServerTransport(process.stdin, process.stdout));
  await closed;
}

/** Serves any number of clients over HTTP, until the user interrupts. */
export async function serveHttp(context: ToolContext, io: Io, { host, port, ...options }: Listening): Promise<void> {
  const interruption = io.interruption();
  const http = new McpHttp(() => createMcpServer(context), options);
  const { server } = http;
  server.listen(port, host);
  await once(server, "listening");
  const name = host.includes(":") ? `[${host}]` : host;
  io.stderr.write(`listening on http://${name}:${(server.address() as AddressInfo).port}${MCP_PATH}\n`);
  if (!interruption.aborted) await once(interruption, "abort");
  const closed = once(server, "close");
  server.close();
  await http.close();
  server.closeAllConnections();
  await closed;
}
