import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type HostErrand, machineMs, type NodeErrand, type Sending } from "./errand.ts";
import { quantile, type Spread, spreadOf, sustainedOf, thirdsOf } from "./figures.ts";
import { type AnyHost, connectAll, fullMesh, recordsOf, ring, startHost } from "./hosts.ts";
import { CHAIN_ID, type NetworkWorld } from "./world.ts";

/** Processes, one to a node where throughput and memory are measured. */
const PROCESSES = 5;
/** Nodes of the network whose latency is measured, on a ring with these shortcuts: eight peers each. */
const NODES = 20;
const STEPS = [1, 3, 7, 9];
/** Seconds that all is sent as in the measurement, and not counted. */
const WARM_UP = 5;
/** Seconds after which what was sent has arrived, or never will. */
const TAIL = 5;
/** Seconds before memory is watched, in which V8 makes its heap as large as it will be. */
const MEMORY_WARM_UP = 300;
/** Milliseconds until a sending begins at all processes. */
const LEAD_MS = 300;
/** Statements of one process that may be under way: enough that none waits for another. */
const WINDOW = 64;
/** Seconds for which statements are challengeable: longer than they are sent for. */
const VALID_FOR = 900;
/** The same while memory is watched: as many expire as are stated before the warm-up has ended. */
const MEMORY_VALID_FOR = 240;

/** Starts a process of nodes: of the network, or bare ones. */
type Start<H extends AnyHost> = (errand: HostErrand) => H;

/** How many statements a second were heard by all. */
export interface Throughput {
  readonly nodes: number;
  readonly perSecond: number;
  /** Of the processor, for each statement at each node, ms: the same whatever else the machine does. */
  readonly cpuMs: number;
}

/** How long answers of the swarm took. */
export interface Asked {
  readonly asks: number;
  readonly agents: number;
  /** Of all asks and agents, those that were answered; 0 to 1. */
  readonly answered: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p90: number;
}

/** Resident memory of the processes over time. */
export interface Memory {
  readonly seconds: number;
  readonly perSecond: number;
  readonly samples: number;
  /** Bytes, of all processes together, medians of the first and the last third. */
  readonly first: number;
  readonly last: number;
  /** Of the heaps in use, likewise. */
  readonly firstHeap: number;
  readonly lastHeap: number;
}

/** Processes of nodes that are connected and ready, until they are closed. */
interface Running<H extends AnyHost> {
  readonly hosts: readonly H[];
  readonly close: () => Promise<void>;
}

let folders = 0;

/** @param shape nodes of each process, and who dials whom @param how of each node */
async function run<H extends AnyHost>(
  world: NetworkWorld,
  startOne: Start<H>,
  shape: { readonly nodes: readonly number[]; readonly edges: readonly (readonly [number, number])[] },
  how: (node: number) => Partial<NodeErrand> = () => ({}),
): Promise<Running<H>> {
  let next = 0;
  const hosts = shape.nodes.map((count) => {
    const nodes = Array.from({ length: count }, (): NodeErrand => {
      const node = next++;
      const place = world.places[node];
      if (place === undefined) throw new RangeError(`there is no agent for node ${node}`);
      const folder = join(world.folder, `stores-${folders++}`);
      return { place, folder, listen: ["/ip4/127.0.0.1/tcp/0"], targetPeers: 0, ...how(node) };
    });
    const { url, domainId } = world;
    return startOne({ url, chainId: CHAIN_ID, addresses: world.assay.addresses, domainId, nodes });
  });
  const close = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
  };
  try {
    await connectAll(hosts, shape.edges);
    return { hosts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Has each process sign statements of agents of its own. */
async function prepare(
  world: NetworkWorld,
  hosts: readonly AnyHost[],
  {
    count,
    label,
    validFor = VALID_FOR,
  }: { readonly count: number; readonly label: string; readonly validFor?: number },
): Promise<void> {
  const expiry = (await world.now()) + validFor;
  const { domainId, places, minBond } = world;
  await Promise.all(
    hosts.map((host, i) => {
      const authors = places.filter((_, agent) => agent % hosts.length === i);
      return host.tell("prepare", {
        domainId,
        bond: minBond.toString(),
        expiry,
        count,
        authors,
        label: `${label} ${i}`,
      });
    }),
  );
}

async function send(hosts: readonly AnyHost[], how: (host: number) => Sending): Promise<number> {
  const sent = await Promise.all(hosts.map((host, i) => host.tell("send", how(i))));
  return sent.reduce((sum, each) => sum + each.sent, 0);
}

async function cpuOf(hosts: readonly AnyHost[]): Promise<number> {
  const used = await Promise.all(hosts.map((host) => host.tell("cpuMs", null)));
  return used.reduce((sum, each) => sum + each, 0);
}

/** How fast statements spread over 20 nodes in five processes at a steady rate. @param perSecond of all together */
export async function measureSpread(
  world: NetworkWorld,
  startOne: Start<AnyHost>,
  perSecond: number,
  seconds: number,
): Promise<Spread> {
  const nodes = Array.from({ length: PROCESSES }, () => NODES / PROCESSES);
  const { hosts, close } = await run(world, startOne, { nodes, edges: ring(NODES, STEPS) });
  try {
    // Room for chance: what is left is not sent.
    await prepare(world, hosts, {
      count: Math.ceil((2 * perSecond * (WARM_UP + seconds)) / PROCESSES),
      label: "spread",
    });
    const pace = (length: number, seed: number) => {
      const at = machineMs() + LEAD_MS;
      return send(hosts, (i) => ({ at, seconds: length, perSecond: perSecond / PROCESSES, seed: seed + i }));
    };
    await pace(WARM_UP, 1);
    await pace(seconds, 100);
    await sleep(TAIL * 1000);
    return spreadOf(await recordsOf(hosts));
  } finally {
    await close();
  }
}

/**
 * How many statements a second nodes in five processes hear of each other, as fast as they go.
 * @param perProcess 1: all nodes know each other; 4: as where latency is measured
 */
export async function measureThroughput(
  world: NetworkWorld,
  startOne: Start<AnyHost>,
  { perProcess, seconds, prepared }: { perProcess: 1 | 4; seconds: number; prepared: number },
): Promise<Throughput> {
  const nodes = Array.from({ length: PROCESSES }, () => perProcess);
  const edges = perProcess === 1 ? fullMesh(PROCESSES) : ring(NODES, STEPS);
  const { hosts, close } = await run(world, startOne, { nodes, edges });
  try {
    await prepare(world, hosts, { count: prepared, label: "throughput" });
    const before = await cpuOf(hosts);
    const at = machineMs() + LEAD_MS;
    const sent = await send(hosts, () => ({ at, seconds: WARM_UP + seconds, window: WINDOW, senders: PROCESSES }));
    await sleep(TAIL * 1000);
    const used = (await cpuOf(hosts)) - before;
    const from = at + WARM_UP * 1000;
    const perSecond = sustainedOf(await recordsOf(hosts), from, from + seconds * 1000);
    const count = PROCESSES * perProcess;
    return { nodes: count, perSecond, cpuMs: used / (sent * count) };
  } finally {
    await close();
  }
}

/** How long it takes until 20 agents in five processes, who know the answer at once, have answered. */
export async function measureAsks(world: NetworkWorld, asks: number, pauseMs: number): Promise<Asked> {
  const nodes = [...Array.from({ length: PROCESSES }, () => NODES / PROCESSES), 1];
  const edges = [
    ...ring(NODES, STEPS),
    ...Array.from({ length: NODES }, (_, answering): [number, number] => [NODES, answering]),
  ];
  const running = await run(world, startHost, { nodes, edges }, (node) => (node < NODES ? { outcome: 1 } : {}));
  try {
    const asker = running.hosts[PROCESSES];
    if (asker === undefined) throw new RangeError("nobody asks");
    const times: number[] = [];
    let answered = 0;
    for (let i = 0; i < asks; i++) {
      const result = await asker.tell("ask", { node: 0, text: `question ${i} ${"x".repeat(200)}`, timeoutMs: 20_000 });
      times.push(result.ms);
      answered += result.answers;
      await sleep(pauseMs);
    }
    const share = answered / (asks * NODES);
    return { asks, agents: NODES, answered: share, median: quantile(times, 0.5), p90: quantile(times, 0.9) };
  } finally {
    await running.close();
  }
}

/** How much memory five processes with a node each take while statements come and go. */
export async function measureMemory(
  world: NetworkWorld,
  {
    perSecond,
    seconds,
    everySeconds,
    say,
  }: { perSecond: number; seconds: number; everySeconds: number; say: (line: string) => void },
): Promise<Memory> {
  const nodes = Array.from({ length: PROCESSES }, () => 1);
  const running = await run(world, startHost, { nodes, edges: fullMesh(PROCESSES) });
  try {
    const { hosts } = running;
    const resident: number[] = [];
    const heaps: number[] = [];
    for (let done = -MEMORY_WARM_UP; done < seconds; done += everySeconds) {
      const count = Math.ceil((2 * perSecond * everySeconds) / PROCESSES);
      await prepare(world, hosts, { count, label: `memory ${done}`, validFor: MEMORY_VALID_FOR });
      const at = machineMs() + LEAD_MS;
      const pace = { at, seconds: everySeconds, perSecond: perSecond / PROCESSES };
      await send(hosts, (i) => ({ ...pace, seed: (MEMORY_WARM_UP + done) * PROCESSES + i }));
      const used = await Promise.all(hosts.map((host) => host.tell("memory", null)));
      const sums = { rss: 0, heapUsed: 0 };
      for (const { rss, heapUsed } of used) [sums.rss, sums.heapUsed] = [sums.rss + rss, sums.heapUsed + heapUsed];
      const [rss, heap] = [sums.rss, sums.heapUsed].map((bytes) => Math.round(bytes / 2 ** 20));
      say(`${done + everySeconds} s: ${rss} MiB resident, ${heap} MiB in heaps`);
      if (done < 0) continue;
      resident.push(sums.rss);
      heaps.push(sums.heapUsed);
    }
    const [rss, heap] = [thirdsOf(resident), thirdsOf(heaps)];
    const { first, last } = rss;
    return {
      ...{ seconds, perSecond, samples: resident.length, first, last },
      ...{ firstHeap: heap.first, lastHeap: heap.last },
    };
  } finally {
    await running.close();
  }
}
