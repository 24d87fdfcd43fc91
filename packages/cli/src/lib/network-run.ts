import { decide, type Happening } from "@assay/agent";
import type { AgentNetwork, Answering, NetworkOptions, SwarmQuestion } from "@assay/network";
import type { Hex } from "@assay/sdk/protocol";
import type { Signer } from "ethers";
import { createServer, type Server } from "node:http";
import type { AgentRunConfig } from "./agent-config.ts";
import { runtimeOptionsOf } from "./agent-run.ts";
import { fail } from "./errors.ts";
import { printable, toJson } from "./io.ts";
import { type NetworkIdentity, networkPackage } from "./network-identity.ts";
import { metricLines } from "./prometheus.ts";
import type { Session } from "./session.ts";

/** Longest part of a private message that is shown, characters; all of it is kept. */
const MAX_MESSAGE = 1_000;
/** Longest that an agent's statements can be challenged for unless told, seconds. */
const MAX_VALID_FOR = 86_400;
/** How long a request may take to arrive, ms. */
const REQUEST_TIMEOUT = 10_000;

/** Opens an agent's node as the configuration says. @param signer of its statements; null: it only asks */
export async function openNode(
  session: Session,
  identity: NetworkIdentity,
  config: AgentRunConfig,
  signer: Signer | null,
  report: (happening: Happening) => void,
): Promise<AgentNetwork> {
  const { AgentNetwork } = await networkPackage();
  const { agentId, keys, binding, folder } = identity;
  const { listen = [], bootstrap = [], targetPeers, minStake, confirmations } = config.network ?? {};
  const domains = Object.keys(config.domains).map(Number);
  const options: NetworkOptions = {
    ...{ assay: session.assay, keys, binding, folder, listen, bootstrap, domains, report },
    onMessage: (message, from) => {
      const text = printable(Buffer.from(message).toString("utf8")).slice(0, MAX_MESSAGE);
      const said = `agent ${from.agentId} writes: ${JSON.stringify(text)}`;
      report({ level: "info", event: "message", message: said, fields: { from: from.agentId, bytes: message.length } });
    },
    ...(targetPeers !== undefined && { targetPeers }),
    ...(confirmations !== undefined && { confirmations }),
    ...(minStake !== undefined && { minStake: session.amount(minStake) }),
    ...(signer !== null && { answering: await answeringOf(session, agentId, config, signer) }),
  };
  return AgentNetwork.open(options);
}

/** How an agent answers the swarm: with the verifiers that it votes with. */
async function answeringOf(
  session: Session,
  agentId: bigint,
  config: AgentRunConfig,
  signer: Signer,
): Promise<Answering> {
  const { assay, account } = session;
  const { maxBond, maxOpen, maxValidForSeconds, concurrency, perMinute } = config.network ?? {};
  if ((await assay.claims.answerableUntil(agentId, account)) === null) {
    fail(
      `${account} is no statement signer of agent ${agentId}: its owner adds it with "assay agent signer ${account}"`,
    );
  }
  const { pledged } = await assay.stake.account(agentId);
  if (pledged === 0n)
    fail(`agent ${agentId} has pledged nothing, so that nothing answers for what it says: assay stake pledge`);
  const { verification, domains } = runtimeOptionsOf(session, config, false);
  const { minConfidence } = verification;
  const open = maxOpen === undefined ? pledged : session.amount(maxOpen);
  const outcomesOf = async (domainId: number) => (await assay.domains.get(domainId)).outcomes;
  return {
    signer,
    domains: new Map(domains.map((domainId) => [domainId, minConfidence])),
    policy: {
      maxBond: maxBond === undefined ? open : session.amount(maxBond),
      maxOpen: open,
      maxValidFor: maxValidForSeconds ?? MAX_VALID_FOR,
    },
    verify: async (question, content, signal) => {
      const asked = { ...pseudoQuestion(question), uri: "" };
      const [decision] = await decide([asked], outcomesOf, { ...verification, contentOf: async () => content }, signal);
      if (decision === undefined || decision.outcome === null) return { abstain: decision?.why ?? "it did not decide" };
      return { outcome: decision.outcome, confidence: decision.confidence ?? 1 };
    },
    ...(concurrency !== undefined && { concurrency }),
    ...(perMinute !== undefined && { perMinute }),
  };
}

/** A question as verifiers know them. It is on no chain: its id is of its domain and content, and its round is 0. */
function pseudoQuestion({ domainId, contentHash }: SwarmQuestion) {
  const id: Hex = `0x${domainId.toString(16).padStart(8, "0")}${contentHash.slice(2, 42)}`;
  const nobody: Hex = `0x${"00".repeat(20)}`;
  return { id, domainId, contentHash, asker: nobody, round: 0, voteEpoch: 0, offeredSeats: 0 };
}

/** How a node fares, for people and programs. */
export function describeNode(network: AgentNetwork): object {
  const { node, peers, statements, store, trustedBlock, answered } = network;
  return {
    ok: isWell(network),
    agentId: node.self.agentId,
    peerId: node.self.peerId,
    addresses: node.addresses,
    peers: peers.map(({ agentId, peerId }) => ({ agentId, peerId })),
    trustedBlock,
    domains: statements.domains,
    statements: { stored: store.total, verdicts: statements.verdicts, ...statements.counts },
    answered,
    counters: node.counters,
  };
}

/** Whether it has seen the chain, and somebody. */
function isWell({ peers, trustedBlock }: AgentNetwork): boolean {
  return peers.length > 0 && trustedBlock !== null;
}

/** Serves GET /health and /metrics of a node. */
export function createNodeServer(network: AgentNetwork): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT };
  return createServer(limits, ({ method, url }, response) => {
    if (method === "GET" && url === "/health") {
      response.writeHead(isWell(network) ? 200 : 503, { "content-type": "application/json" });
      response.end(toJson(describeNode(network)));
    } else if (method === "GET" && url === "/metrics") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(nodeMetrics(network));
    } else {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(toJson({ error: { code: "NOT_FOUND", message: "there is /health and /metrics" } }));
    }
  });
}

/** Prometheus' text format. */
function nodeMetrics(network: AgentNetwork): string {
  const { node, peers, statements, store, trustedBlock, answered } = network;
  const { connections, refused, messages } = node.counters;
  const all = (name: string, label: string, counts: Readonly<Record<string, number>>) =>
    metricLines(
      `assay_network_${name}`,
      "counter",
      Object.entries(counts).map(([value, count]) => [`{${label}="${value}"}`, count]),
    );
  const gauge = (name: string, value: number) => metricLines(`assay_network_${name}`, "gauge", [["", value]]);
  return [
    ...gauge("up", isWell(network) ? 1 : 0),
    ...gauge("peers", peers.length),
    ...gauge("trusted_block", trustedBlock ?? -1),
    ...gauge("statements_stored", store.total.rows),
    ...all("connections_total", "kind", connections),
    ...all("refused_total", "reason", refused),
    ...all("messages_total", "verdict", messages),
    ...all("statements_total", "verdict", statements.verdicts),
    ...all("statements_noted_total", "what", { ...statements.counts }),
    ...(answered === null ? [] : all("questions_total", "end", answered)),
    "",
  ].join("\n");
}
