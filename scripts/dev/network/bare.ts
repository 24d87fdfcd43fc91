/** One or several nodes of bare libp2p in a process that takes orders: what is sent is not validated, not scored and not kept. */
import { createHash } from "node:crypto";
import { gossipsub, type GossipSub, StrictNoSign } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { statementCodec, toMessage } from "@assay/network";
import type { Hex, StatementContext } from "@assay/protocol";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { cpuMs, type HostErrand, type Preparing, type Sending } from "./errand.ts";
import { Load, signMany } from "./load.ts";
import { type Handlers, takeOrders } from "./orders.ts";

/** What bare nodes may be told to do: of what nodes of the network may, all that is compared. */
export type BareHandlers = ReturnType<typeof bareHandlers>;

type Bare = Libp2p<{ readonly pubsub: GossipSub; readonly identify: unknown }>;

const TOPIC = "bench";

const { nodes, chainId, addresses } = JSON.parse(process.argv[2] ?? "") as HostErrand;
const context: StatementContext = { chainId: BigInt(chainId), claims: addresses.claims as Hex };
const bare = await Promise.all(nodes.map(({ listen }) => open(listen)));
const load = new Load<Uint8Array>(bare.length, async (node, bytes) => {
  load.heard(node, keyOf(bytes)); // its own are not told to who publishes
  await nodeOf(node).services.pubsub.publish(TOPIC, bytes);
});
for (const [node, { services }] of bare.entries()) {
  services.pubsub.addEventListener("message", ({ detail }) => load.heard(node, keyOf(detail.data)));
  services.pubsub.subscribe(TOPIC);
}
await takeOrders(
  bareHandlers(),
  bare.map((libp2p) => libp2p.getMultiaddrs().map(String)),
);
for (const libp2p of bare) await libp2p.stop();

/** With the transports, and the signatures and names of messages, that nodes of the network have. */
function open(listen: readonly string[]): Promise<Bare> {
  return createLibp2p({
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: ({ topic, data }) => createHash("sha256").update(`${topic}\0`).update(data).digest(),
        fallbackToFloodsub: false,
        allowPublishToZeroTopicPeers: true,
      }),
    },
  });
}

function keyOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

function nodeOf(node: number): Bare {
  const found = bare[node];
  if (found === undefined) throw new RangeError(`there is no node ${node}`);
  return found;
}

function bareHandlers() {
  return {
    dial: async ({ node, address }: { node: number; address: string }) => {
      await nodeOf(node).dial(multiaddr(address));
    },
    /** The same statements, as bytes. */
    prepare: (preparing: Preparing) => {
      const all = signMany(context, preparing).map(({ item }) => statementCodec.encode(toMessage(context, item)));
      load.take(all.map((bytes) => ({ key: keyOf(bytes), item: bytes })));
    },
    send: (sending: Sending) => load.send(sending),
    record: (_: null) => load.record(),
    cpuMs: (_: null) => cpuMs(),
  } satisfies Handlers;
}
