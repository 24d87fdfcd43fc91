import type { RuntimeStatus } from "@assay/agent";
import { createServer, type Server } from "node:http";
import { toJson } from "./io.ts";
import { metricLines } from "./prometheus.ts";

/** How long an agent may not have looked at the chain while it is to be called well, ms. */
const MAX_SILENCE = 120_000;
const REQUEST_TIMEOUT = 10_000;

/** Whether an agent is well: it sees the chain, and no ballot is at risk. */
function isWell({ phase, lastLook, alerts }: RuntimeStatus, now = performance.now()): boolean {
  if (alerts.has("reveal_at_risk") || alerts.has("chain_unreachable")) return false;
  const busy = phase === "verifying" || phase === "sending" || phase === "starting";
  return busy || (lastLook !== null && now - lastLook < MAX_SILENCE);
}

/** What is known of an agent, for people and programs. */
export function describeAgent(status: RuntimeStatus): object {
  const { alerts, lastLook: _, ...rest } = status;
  return { ok: isWell(status), ...rest, alerts: Object.fromEntries(alerts) };
}

/** Serves GET /health and /metrics of an agent. */
export function createAgentServer(status: RuntimeStatus): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT };
  return createServer(limits, ({ method, url }, response) => {
    if (method === "GET" && url === "/health") {
      response.writeHead(isWell(status) ? 200 : 503, { "content-type": "application/json" });
      response.end(toJson(describeAgent(status)));
    } else if (method === "GET" && url === "/metrics") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(agentMetrics(status));
    } else {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(toJson({ error: { code: "NOT_FOUND", message: "there is /health and /metrics" } }));
    }
  });
}

/** An agent's metrics in Prometheus' text format. */
function agentMetrics(status: RuntimeStatus): string {
  const { agentId, counts, alerts, stake, openBallot } = status;
  const of = `agent="${agentId}"`;
  const metric = (name: string, type: "counter" | "gauge", value: number | bigint | null | undefined) =>
    value === null || value === undefined ? [] : metricLines(`assay_agent_${name}`, type, [[`{${of}}`, value]]);
  const { abstentions, ...totals } = counts;
  return [
    ...metric("up", "gauge", isWell(status) ? 1 : 0),
    ...metric("epoch", "gauge", status.epoch),
    ...metric("last_beat_epoch", "gauge", status.lastBeat),
    ...metric("reveal_before_seconds", "gauge", openBallot?.revealBefore ?? 0),
    ...metric("stake_wei", "gauge", stake?.balance),
    ...metric("stake_locked_wei", "gauge", stake?.locked),
    ...metric("stake_free_wei", "gauge", stake?.free),
    ...metric("ether_wei", "gauge", status.ether),
    ...metric("spent_day_wei", "gauge", status.spent),
    ...metric("secrets_left", "gauge", status.secretsLeft),
    ...Object.entries(totals).flatMap(([name, count]) => metric(`${name}_total`, "counter", count)),
    ...metricLines(
      "assay_agent_abstentions_total",
      "counter",
      Object.entries(abstentions).map(([reason, count]) => [`{${of},reason="${reason}"}`, count]),
    ),
    ...metricLines(
      "assay_agent_alert",
      "gauge",
      [...alerts.keys()].map((name) => [`{${of},alert="${name}"}`, 1]),
    ),
    "",
  ].join("\n");
}
