import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type Running, start } from "./processes.ts";

/** What a network does to what goes over it. */
interface Shape {
  /** Share of packets that are lost, each way, 0 to 1. */
  readonly loss?: number;
  /** Time that a packet takes one way, ms; only where the kernel has netem. */
  readonly delayMs?: number;
}

/** Hosts of a network of their own, one to a namespace. */
export interface Namespaces {
  /** Of a host, in the network of peers. @param host from 0 */
  addressOf(host: number): string;
  /** Where hosts find what the machine itself listens at, whatever becomes of the network of peers. */
  readonly machine: string;
  /** Starts a program on a host, as {@link start} does. */
  run(host: number, ...how: Parameters<typeof start>): Running;
  shape(shape: Shape): void;
  /** Cuts hosts off from the others; they still reach each other, and the machine. */
  partition(hosts: readonly number[]): void;
  heal(): void;
  close(): void;
}

/** Whether there is netem, without which nothing can be delayed. */
export const hasNetem = (): boolean =>
  works("tc", ["qdisc", "add", "dev", "lo", "root", "netem", "delay", "0ms"], true);

/** Why there can be no namespaces; null if there can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (!works("ip", ["link", "show"], true)) return "network namespaces take ip (iproute2), and the right to make them";
  if (!works("iptables", ["-n", "-L"], true)) return "losing packets takes iptables";
  return null;
}

/**
 * Makes hosts, each with an address in a network of peers, and one that only the machine is reached by.
 * @param count at most 200
 */
export function createNamespaces(count: number): Namespaces {
  const id = randomBytes(3).toString("hex");
  const subnet = `10.${100 + (Number.parseInt(id.slice(0, 2), 16) % 100)}`;
  const [peers, apart, control] = [`p${id}`, `a${id}`, `c${id}`];
  const nameOf = (host: number) => `assay-${id}-${host}`;
  const portOf = (host: number) => `p${id}${host}`;
  const inside = (host: number, ...command: string[]) => run("ip", ["netns", "exec", nameOf(host), ...command]);
  const hosts = Array.from({ length: count }, (_, host) => host);
  const close = () => {
    for (const host of hosts) works("ip", ["netns", "del", nameOf(host)]);
    for (const bridge of [peers, apart, control]) works("ip", ["link", "del", bridge]);
  };
  /** Gives a host an end in a bridge. */
  const join = (
    host: number,
    { bridge, port, device, address }: Record<"bridge" | "port" | "device" | "address", string>,
  ) => {
    run("ip", ["link", "add", port, "type", "veth", "peer", "name", device, "netns", nameOf(host)]);
    run("ip", ["link", "set", port, "master", bridge, "up"]);
    inside(host, "ip", "addr", "add", address, "dev", device);
    inside(host, "ip", "link", "set", device, "up");
  };
  try {
    for (const bridge of [peers, apart, control]) {
      run("ip", ["link", "add", bridge, "type", "bridge"]);
      run("ip", ["link", "set", bridge, "up"]);
    }
    run("ip", ["addr", "add", `${subnet}.1.1/24`, "dev", control]);
    for (const host of hosts) {
      run("ip", ["netns", "add", nameOf(host)]);
      inside(host, "ip", "link", "set", "lo", "up");
      join(host, { bridge: peers, port: portOf(host), device: "peers", address: `${subnet}.0.${host + 2}/24` });
      join(host, { bridge: control, port: `c${id}${host}`, device: "control", address: `${subnet}.1.${host + 2}/24` });
      // Hosts reach the machine by it, not each other.
      run("bridge", ["link", "set", "dev", `c${id}${host}`, "isolated", "on"]);
    }
  } catch (error) {
    close();
    throw error;
  }
  const netem = hasNetem();
  return {
    machine: `${subnet}.1.1`,
    addressOf: (host) => `${subnet}.0.${host + 2}`,
    run: (host, program, args, ...how) => start("ip", ["netns", "exec", nameOf(host), program, ...args], ...how),
    shape: ({ loss = 0, delayMs = 0 }) => {
      for (const host of hosts) {
        inside(host, "iptables", "-F");
        const drop = ["-m", "statistic", "--mode", "random", "--probability", String(loss), "-j", "DROP"];
        if (loss > 0) inside(host, "iptables", "-A", "INPUT", "-i", "peers", ...drop);
        if (netem) inside(host, "tc", "qdisc", "replace", "dev", "peers", "root", "netem", "delay", `${delayMs}ms`);
      }
    },
    partition: (cut) => {
      for (const host of cut) run("ip", ["link", "set", portOf(host), "master", apart]);
    },
    heal: () => {
      for (const host of hosts) run("ip", ["link", "set", portOf(host), "master", peers]);
    },
    close,
  };
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** @param unshared in a namespace that ends with it */
function works(program: string, args: readonly string[], unshared = false): boolean {
  try {
    if (unshared) run("unshare", ["--net", program, ...args]);
    else run(program, args);
    return true;
  } catch {
    return false;
  }
}
