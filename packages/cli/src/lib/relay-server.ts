import type { Hex } from "@assay/sdk/protocol";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { toJson } from "./io.ts";
import { metricLines } from "./prometheus.ts";
import { type Relay, RelayRefusal } from "./relay.ts";

/** Largest body, bytes: twice what the largest beat takes. */
const MAX_BODY = 65_536;
/** How long a request may take to arrive, ms. */
const REQUEST_TIMEOUT = 10_000;
const MAX_CONNECTIONS = 256;

/** Serves a relay over HTTP: POST /beats, GET /beats/ID, /health and /metrics. */
export function createRelayServer(relay: Relay, describe: () => object): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT },
    (request, response) => {
      void answer(relay, describe, request)
        .catch(toAnswer)
        .then(({ status, body, type = "application/json" }) => {
          // What is left of a body that was not read to its end must not be taken for the next request.
          const whole = request.complete;
          response.writeHead(status, { "content-type": type, ...(whole ? {} : { connection: "close" }) });
          response.end(body, () => whole || request.destroy());
        });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

async function answer(relay: Relay, describe: () => object, request: IncomingMessage): Promise<Answer> {
  const { method = "", url = "" } = request;
  if (method === "POST" && url === "/beats") {
    const status = await relay.submit(await readBody(request));
    return { status: 202, body: toJson(status) };
  }
  if (method === "GET" && url === "/health") {
    const ok = relay.trouble === null;
    const body = { ok, queued: relay.queued, ...describe(), ...(ok ? {} : { trouble: relay.trouble }) };
    return { status: ok ? 200 : 503, body: toJson(body) };
  }
  if (method === "GET" && url === "/metrics")
    return { status: 200, body: metricsOf(relay), type: "text/plain; version=0.0.4" };
  const id = /^\/beats\/(0x[0-9a-f]{64})$/.exec(url)?.[1];
  const status = method === "GET" && id !== undefined ? relay.status(id as Hex) : null;
  if (status === null)
    throw new RelayRefusal(404, "NOT_FOUND", "there is POST /beats, GET /beats/ID, /health and /metrics");
  return { status: 200, body: toJson(status) };
}

/** @throws RelayRefusal for a body that is too large, or no JSON */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) throw new RelayRefusal(413, "TOO_LARGE", `a beat has at most ${MAX_BODY} bytes of JSON`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    throw new RelayRefusal(400, "BAD_INPUT", "the body is no JSON");
  }
}

function toAnswer(error: unknown): Answer {
  if (error instanceof RelayRefusal) {
    const { status, code, message } = error;
    return { status, body: toJson({ error: { code, message } }) };
  }
  return { status: 500, body: toJson({ error: { code: "FAILED", message: "the relay failed" } }) };
}

/** Prometheus' text format. */
function metricsOf({ metrics, queued, trouble }: Relay): string {
  const { beats, transactions, gasUsed, fees } = metrics;
  const metric = (name: string, type: "counter" | "gauge", values: Parameters<typeof metricLines>[2]) =>
    metricLines(`assay_relay_${name}`, type, values);
  return [
    ...metric(
      "beats_total",
      "counter",
      Object.entries(beats).map(([result, count]) => [`{result="${result}"}`, count]),
    ),
    ...metric("transactions_total", "counter", [["", transactions]]),
    ...metric("gas_used_total", "counter", [["", gasUsed]]),
    ...metric("fees_wei_total", "counter", [["", fees]]),
    ...metric("queue", "gauge", [["", queued]]),
    ...metric("up", "gauge", [["", trouble === null ? 1 : 0]]),
    "",
  ].join("\n");
}
