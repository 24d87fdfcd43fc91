import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../../lib/paths.ts";
import { start } from "../../testing/processes.ts";
import type { BareHandlers } from "./bare.ts";
import type { HostErrand, Record } from "./errand.ts";
import type { HostHandlers, HostReady } from "./host.ts";
import { Remote } from "./orders.ts";

/** A process of nodes of the network. */
export type Host = Remote<HostHandlers, HostReady>;
/** Any process of nodes, bare or not: what both are told to do. */
export type AnyHost = Remote<Pick<HostHandlers, keyof BareHandlers>, HostReady>;

/** Milliseconds after which all nodes have found whom they send to: some heartbeats of gossipsub. */
const SETTLE_MS = 4_000;

/** Arguments of Node for a process of nodes of the network, or of bare libp2p; memory is measured once garbage is collected. */
export function programOf(kind: "host" | "bare", errand: HostErrand): string[] {
  return ["--expose-gc", fromRoot("scripts", "dev", "network", `${kind}.ts`), JSON.stringify(errand)];
}

/** Starts a process of nodes of the network. */
export function startHost(errand: HostErrand): Host {
  return new Remote(start(process.execPath, programOf("host", errand), {}, "pipe"));
}

/** Starts a process of bare nodes. */
export function startBare(errand: HostErrand): AnyHost {
  return new Remote(start(process.execPath, programOf("bare", errand), {}, "pipe"));
}

/** Connects the nodes of processes, which are numbered through. @param edges who dials whom */
export async function connectAll(
  hosts: readonly AnyHost[],
  edges: readonly (readonly [number, number])[],
): Promise<void> {
  const ready = await Promise.all(hosts.map((host) => host.ready));
  const nodes = ready.flatMap((addresses, i) =>
    addresses.map((own, node) => ({ host: hosts[i] as AnyHost, node, own })),
  );
  for (const [from, to] of edges) {
    const [dialler, dialled] = [nodes[from], nodes[to]];
    if (dialler === undefined || dialled === undefined) throw new RangeError(`there is no edge ${from} to ${to}`);
    await dialler.host.tell("dial", { node: dialler.node, address: dialled.own[0] ?? "" });
  }
  await sleep(SETTLE_MS);
}

/** What all processes have seen. */
export function recordsOf(hosts: readonly AnyHost[]): Promise<Record[]> {
  return Promise.all(hosts.map((host) => host.tell("record", null)));
}

/** Each node with each other one. */
export function fullMesh(nodes: number): [number, number][] {
  const all = Array.from({ length: nodes }, (_, i) => i);
  return all.flatMap((from) => all.slice(from + 1).map((to): [number, number] => [from, to]));
}

/** Each node with those so far ahead of it on a ring. */
export function ring(nodes: number, steps: readonly number[]): [number, number][] {
  const all = Array.from({ length: nodes }, (_, i) => i);
  return all.flatMap((from) => steps.map((step): [number, number] => [from, (from + step) % nodes]));
}
