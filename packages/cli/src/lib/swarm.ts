import type { AgentNetwork, AskOptions, NetworkOptions, SwarmResult, SwarmSubject } from "@assay/network";
import type { Hex } from "@assay/sdk/protocol";
import { decodeBase64, encodeBase64 } from "ethers";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "./errors.ts";
import { toJson } from "./io.ts";
import { findRunning } from "./network-control.ts";
import { loadIdentity, type NetworkIdentity, networkPackage } from "./network-identity.ts";
import type { ReadSession } from "./session.ts";

/** What the swarm is asked, as it goes from process to process. */
export interface SwarmQuery extends Pick<AskOptions, "budget" | "timeoutMs" | "minWeight" | "validFor"> {
  readonly domainId: number;
  /** In base64; the hash alone where agents fetch it themselves. */
  readonly content?: string;
  readonly contentHash?: Hex;
  readonly cid?: string;
  /** Wei, decimal. */
  readonly bond?: string;
}

/** One agent's answer; amounts are decimal strings of wei. */
export interface ReportedAnswer {
  readonly agentId: string;
  readonly outcome: number;
  /** Trust, times the covered share of the bond. */
  readonly weight: number;
  /** By its record on the chain, together with what the asker has seen of it; and by the former alone. */
  readonly trust: number;
  readonly chainTrust: number;
  readonly covered: string;
  /** EIP-712 digest, by which `assay network export` finds the statement. */
  readonly statement: string;
  /** Unix seconds until which it can be challenged. */
  readonly expiry: string;
  /** What the agent says to it: a stranger's words. */
  readonly evidence: string;
  readonly ms: number;
}

/** What the swarm says, as JSON. */
export interface SwarmReport {
  readonly domainId: number;
  readonly contentHash: string;
  readonly outcome: number | null;
  readonly support: number;
  readonly dissent: number;
  /** Wei of pledge that answers for the outcome. */
  readonly coverage: string;
  readonly bond: string;
  readonly asked: number;
  readonly outcomes: readonly { outcome: number; agents: number; weight: number; coverage: string }[];
  readonly answers: readonly ReportedAnswer[];
  readonly silent: readonly { agentId: string; code: string; reason: string }[];
  readonly ms: number;
}

/** How long a node that has just started looks for agents before it asks, ms; and how many are enough. */
const MEETING = { ms: 15_000, settleMs: 2_000, lookMs: 100, peers: 32 };

/** A result as JSON. */
function reportOf(result: SwarmResult): SwarmReport {
  const answers = result.answers.map(({ hash, signed, ...answer }) => ({
    ...answer,
    ...{ statement: hash, expiry: signed.statement.expiry },
  }));
  return JSON.parse(toJson({ ...result, answers })) as SwarmReport;
}

/** What the network is asked with. @throws CliError `BAD_INPUT` */
function subjectOf({ domainId, content, contentHash, cid }: SwarmQuery): SwarmSubject {
  if (content !== undefined) return { domainId, content: decodeBase64(content) };
  if (cid !== undefined) return { domainId, cid };
  return contentHash === undefined ? fail("there is nothing to ask about") : { domainId, contentHash };
}

/** Asks with a node that is running. */
export async function askNetwork(network: AgentNetwork, query: SwarmQuery, signal: AbortSignal): Promise<SwarmReport> {
  const { bond, domainId: _, content: __, contentHash: ___, cid: ____, ...options } = query;
  const result = await network.ask(subjectOf(query), { ...options, ...(bond && { bond: BigInt(bond) }), signal });
  return reportOf(result);
}

/** A content for a {@link SwarmQuery}. */
export function queryContent(bytes: Uint8Array): string {
  return encodeBase64(bytes);
}

/** Opens a node that only asks. */
async function openAsker(
  session: ReadSession,
  identity: NetworkIdentity,
  report: NetworkOptions["report"],
): Promise<AgentNetwork> {
  const { AgentNetwork } = await networkPackage();
  const { agentId, keys, binding, folder } = identity;
  const { bootstrap = [], minStake, confirmations } = session.network.agents?.[agentId.toString()]?.network ?? {};
  return AgentNetwork.open({
    ...{ assay: session.assay, keys, binding, folder, report, bootstrap, listen: [], domains: [] },
    ...(minStake !== undefined && { minStake: session.amount(minStake) }),
    ...(confirmations !== undefined && { confirmations }),
    targetPeers: MEETING.peers,
  });
}

/** A question to one agent alone, as it goes from process to process. */
export interface PrivateQuery {
  readonly to: string;
  readonly domainId: number;
  /** In base64. */
  readonly content: string;
  readonly timeoutMs: number;
}

/** What one agent said in private, as JSON. */
export interface PrivateReport {
  readonly agentId: string;
  readonly outcome: number;
  /** What the agent says to it: a stranger's words. */
  readonly evidence: string;
  /** The signed statement, as `statement challenge` takes it. */
  readonly signed: object;
  /** What shows anybody that just this was asked and answered: see docs/network.md. */
  readonly proof: object;
}

/** A message to one agent, as it goes from process to process. */
export interface MessageQuery {
  readonly to: string;
  /** In base64. */
  readonly message: string;
}

/** Sends a message with a node that is running. @returns its receipt, as JSON */
export async function sendByNetwork(
  network: AgentNetwork,
  { to, message }: MessageQuery,
  signal: AbortSignal,
): Promise<object> {
  const receipt = await network.privately.send(network.peerOf(BigInt(to)), decodeBase64(message), signal);
  return JSON.parse(toJson(receipt)) as object;
}

/** Sends a message that nobody else can read. @returns its receipt, which both agents have signed */
export function sendMessage(session: ReadSession, agentId: bigint, query: MessageQuery, how: Asking): Promise<object> {
  return withNode(session, agentId, query, how, {
    ...{ act: "send", own: sendByNetwork },
    meet: (network) => meetOne(network, query.to, how),
  });
}

/** Asks one agent with a node that is running. */
export async function askNetworkPrivately(
  network: AgentNetwork,
  { to, domainId, content, timeoutMs }: PrivateQuery,
  signal: AbortSignal,
): Promise<PrivateReport> {
  const { formatProof } = await networkPackage();
  const agentId = BigInt(to);
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const reply = await network.askPrivately(agentId, { domainId, content: decodeBase64(content) }, until);
  const proof = JSON.parse(formatProof(await network.prove(agentId, reply))) as object;
  const { statement } = reply;
  return {
    agentId: to,
    outcome: statement.statement.outcome,
    evidence: Buffer.from(reply.evidence).toString("utf8"),
    signed: JSON.parse(toJson(statement)) as object,
    proof,
  };
}

/**
 * Asks one agent alone: through the node that runs for the one who asks, or with one of its own that ends with the answer.
 * @param how.say told of what is waited for
 */
export function askOneAgent(
  session: ReadSession,
  agentId: bigint,
  query: PrivateQuery,
  how: Asking,
): Promise<PrivateReport> {
  return withNode(session, agentId, query, how, {
    ...{ act: "ask-privately", own: askNetworkPrivately },
    meet: (network) => meetOne(network, query.to, how),
  });
}

/** Until when, and who is told. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What a node does for a query. */
interface NodeAct<Query, Result> {
  /** Name by which a node that runs is asked to do it; its result is the same as `own`'s. */
  readonly act: string;
  /** Waits for whom a node that has just been opened needs. */
  readonly meet: (network: AgentNetwork) => Promise<void>;
  readonly own: (network: AgentNetwork, query: Query, signal: AbortSignal) => Promise<Result>;
}

/** Does something through the node that runs for an agent, or with one of its own. */
async function withNode<Query extends object, Result extends object>(
  session: ReadSession,
  agentId: bigint,
  query: Query,
  { say, signal }: Asking,
  { act, meet, own }: NodeAct<Query, Result>,
): Promise<Result> {
  const identity = await loadIdentity(session, agentId);
  const running = await findRunning(identity.folder);
  if (running !== null) return (await running.call(act, query, signal)) as Result;
  const network = await openAsker(session, identity, ({ level, message }) => {
    if (level === "warn" || level === "error") say(message);
  });
  try {
    await meet(network);
    return await own(network, query, signal);
  } finally {
    await network.close();
  }
}

/**
 * Asks the swarm: through the node that runs for the agent, or with one of its own that ends with the answer.
 * @param how.say told of what is waited for
 */
export function askSwarm(session: ReadSession, agentId: bigint, query: SwarmQuery, how: Asking): Promise<SwarmReport> {
  return withNode(session, agentId, query, how, { act: "ask", own: askNetwork, meet: (network) => meet(network, how) });
}

/** Waits for one agent. */
async function meetOne(network: AgentNetwork, agentId: string, { signal, say }: Asking): Promise<void> {
  say(`looking for agent ${agentId}`);
  const isThere = () => network.peers.some((peer) => peer.agentId === BigInt(agentId));
  for (let tries = MEETING.ms / MEETING.lookMs; tries > 0 && !isThere() && !signal.aborted; tries--) {
    await sleep(MEETING.lookMs);
  }
}

/** Waits for agents, and a little longer for those that come with the first. */
async function meet(network: AgentNetwork, { signal, say }: Asking): Promise<void> {
  say("looking for agents");
  await network.untilPeers(1, MEETING.ms, signal);
  for (let known = 0; network.peers.length > known && network.peers.length < MEETING.peers;) {
    known = network.peers.length;
    await network.untilPeers(MEETING.peers, MEETING.settleMs, signal);
  }
  say(`${network.peers.length} agents are connected; asking`);
}
