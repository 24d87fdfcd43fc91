/** Peers without a binding, each with a key of its own, who dial nodes again and again until this process is stopped. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { type Handlers, takeOrders } from "./orders.ts";

/** What a flood is made of. */
export interface FloodErrand {
  /** Multiaddrs of nodes, which the peers dial in turn. */
  readonly targets: readonly string[];
  readonly peers: number;
  /** Whether they send noise where a binding belongs, and gossip, or hold what they get and say nothing. */
  readonly noisy: boolean;
}

export type FloodHandlers = ReturnType<typeof floodHandlers>;

/** Milliseconds of a peer between two dials. */
const PAUSE_MS = 250;
/** Longest that a silent peer holds a connection, ms. */
const HOLD_MS = 60_000;
const PROTOCOLS = ["/assay/hello/1", "/meshsub/1.2.0"];
const NOISE_SIZE = 2_048;

const { targets, peers, noisy } = JSON.parse(process.argv[2] ?? "") as FloodErrand;
const counts = { dialled: 0, connected: 0, open: 0 };
const stop = new AbortController();
const nodes = await Promise.all(Array.from({ length: peers }, create));
const running = nodes.map(flood);
await takeOrders(floodHandlers(), null);
stop.abort();
await Promise.all([...running, ...nodes.map((node) => node.stop())]);

function create(): Promise<Libp2p> {
  return createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] });
}

async function flood(node: Libp2p, index: number): Promise<void> {
  for (let i = index; !stop.signal.aborted; i++) {
    counts.dialled++;
    await attack(node, targets[i % targets.length] ?? "").catch(() => undefined);
    await sleep(PAUSE_MS);
  }
}

async function attack(node: Libp2p, target: string): Promise<void> {
  const connection = await node.dial(multiaddr(target), { signal: AbortSignal.timeout(5_000) });
  counts.connected++;
  counts.open++;
  const closed = new Promise<void>((resolve) => connection.addEventListener("close", () => resolve(), { once: true }));
  void closed.then(() => counts.open--);
  if (noisy) {
    for (const protocol of PROTOCOLS) {
      const stream = await connection.newStream(protocol);
      stream.send(randomBytes(NOISE_SIZE));
    }
  }
  await Promise.race([closed, sleep(HOLD_MS, undefined, { signal: stop.signal }).catch(() => undefined)]);
}

function floodHandlers() {
  return {
    counts: (_: null) => counts,
  } satisfies Handlers;
}
