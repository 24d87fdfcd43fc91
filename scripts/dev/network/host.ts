/** One or several nodes of the network in a process that takes orders: see `HostErrand` and `hostHandlers`. */
import { AgentNetwork, bindingCodec, createNodeKeys, type NetworkHappening } from "@assay/network";
import type { Hex, StatementContext } from "@assay/protocol";
import { createClient, parseSignedStatement, type SignedStatement } from "@assay/sdk";
import { getBytes, JsonRpcProvider, toUtf8Bytes, Wallet } from "ethers";
import { cpuMs, type HostErrand, type NodeErrand, type Preparing, type Sending } from "./errand.ts";
import { Load, signMany } from "./load.ts";
import { type Handlers, takeOrders } from "./orders.ts";

/** What nodes may be told to do. */
export type HostHandlers = ReturnType<typeof hostHandlers>;

/** Multiaddrs of each node, with the peer id. */
export type HostReady = readonly (readonly string[])[];

/** Lines that are remembered of what a node has told, of each event. */
const MAX_TOLD = 50;
/** Longest that a statement of an answering agent is challengeable, seconds. */
const MAX_VALID_FOR = 86_400;
/** More than any agent has, wei: the pledge is the limit. */
const NO_LIMIT = 10n ** 30n;

const errand = JSON.parse(process.argv[2] ?? "") as HostErrand;
const { chainId, addresses } = errand;
const provider = new JsonRpcProvider(errand.url, chainId, {
  ...{ staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 },
});
const context: StatementContext = { chainId: BigInt(chainId), claims: addresses.claims as Hex };
const told = errand.nodes.map(() => new Map<string, NetworkHappening[]>());
const networks = await Promise.all(errand.nodes.map(open));
const load = new Load<SignedStatement>(networks.length, (node, signed) => nodeOf(node).statements.publish(signed));
for (const [node, { statements }] of networks.entries()) {
  statements.onStatement(({ hash }) => load.heard(node, hash));
}
await takeOrders(
  hostHandlers(),
  networks.map(({ node }) => node.addresses),
);
await Promise.all(networks.map((network) => network.close()));
provider.destroy();

async function open({ place, outcome, ...how }: NodeErrand, node: number): Promise<AgentNetwork> {
  const assay = createClient({ addresses, runner: provider });
  const { domainId, pollMs } = errand;
  return AgentNetwork.open({
    ...{
      assay,
      keys: await createNodeKeys(getBytes(place.seed)),
      binding: bindingCodec.decode(getBytes(place.binding)),
    },
    ...how,
    domains: [domainId],
    ...(pollMs !== undefined && { pollMs }),
    ...(outcome !== undefined && {
      answering: {
        signer: new Wallet(place.signerKey, provider),
        domains: new Map([[domainId, 0.5]]),
        verify: async () => ({ outcome, confidence: 1 }),
        policy: { maxBond: NO_LIMIT, maxOpen: NO_LIMIT, maxValidFor: MAX_VALID_FOR },
        perMinute: 6_000,
      },
    }),
    report: (happening) => {
      const lines = told[node]?.get(happening.event) ?? [];
      lines.push(happening);
      if (lines.length > MAX_TOLD) lines.shift();
      told[node]?.set(happening.event, lines);
    },
  });
}

function nodeOf(node: number): AgentNetwork {
  const network = networks[node];
  if (network === undefined) throw new RangeError(`there is no node ${node}`);
  return network;
}

function hostHandlers() {
  return {
    /** Connects a node to a peer. @param order.address multiaddr with the peer id */
    dial: async ({ node, address }: { node: number; address: string }) => {
      await nodeOf(node).node.connect(address);
    },
    /** Agents that are connected to each node. */
    peers: (_: null) => networks.map(({ peers }) => peers.map(({ agentId }) => agentId.toString())),
    /** Publishes one statement. @param order.statement its JSON */
    publish: async ({ node, statement }: { node: number; statement: string }) => {
      const { hash, peers } = await nodeOf(node).statements.publish(parseSignedStatement(statement));
      return { hash, peers };
    },
    /** Of statements, those that a node has in its store. */
    has: ({ node, hashes }: { node: number; hashes: readonly Hex[] }) =>
      hashes.filter((hash) => nodeOf(node).store.has(hash)),
    /** Statements that contradict each other, as JSON. */
    equivocations: ({ node }: { node: number }) =>
      nodeOf(node)
        .store.equivocations()
        .map(({ first, second }) => [first, second].map(({ hash }) => nodeOf(node).exportStatement(hash))),
    /** A statement's JSON; null if the node has not got it. */
    exported: ({ node, hash }: { node: number; hash: Hex }) => nodeOf(node).exportStatement(hash),
    prepare: (preparing: Preparing) => {
      load.take(signMany(context, preparing));
    },
    send: (sending: Sending) => load.send(sending),
    record: (_: null) => load.record(),
    /** Asks the swarm. */
    ask: async ({ node, text, timeoutMs }: { node: number; text: string; timeoutMs: number }) => {
      const { domainId } = errand;
      const result = await nodeOf(node).ask({ domainId, content: toUtf8Bytes(text) }, { timeoutMs });
      const { outcome, support, dissent, coverage, asked, answers, silent, ms } = result;
      return { outcome, support, dissent, coverage: coverage.toString(), asked, answers: answers.length, silent, ms };
    },
    /** What a node has counted. */
    status: ({ node }: { node: number }) => {
      const { node: own, statements, now, trustedBlock, store } = nodeOf(node);
      const { counters, addresses: at } = own;
      const { verdicts, counts } = statements;
      return { counters, verdicts, counts, addresses: at, now, trustedBlock, stored: store.total };
    },
    /** What a node has told of an event, the newest last. */
    told: ({ node, event }: { node: number; event: string }) =>
      (told[node]?.get(event) ?? []).map(({ message, fields }) => ({ message, fields })),
    /** Events that a node has told of. */
    events: ({ node }: { node: number }) => [...(told[node]?.keys() ?? [])],
    memory: (_: null) => {
      globalThis.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heapUsed };
    },
    cpuMs: (_: null) => cpuMs(),
  } satisfies Handlers;
}
