import type { NetworkReport } from "../report.ts";
import type { BoundAgent } from "../identity/directory.ts";
import type { AgentPeer } from "./exchange.ts";

/** What {@link Peering} is made of. */
export interface PeeringOptions {
  readonly self: AgentPeer;
  /** Multiaddrs to begin with. */
  readonly bootstrap: readonly string[];
  /** Agents to be connected to, if there are so many. */
  readonly targetPeers: number;
  readonly listed: () => readonly bigint[];
  readonly lookup: (agentId: bigint) => Promise<BoundAgent>;
  /** Where peers say that an agent is; multiaddrs. */
  readonly heardOf: (agentId: bigint) => readonly string[];
  readonly peers: () => readonly AgentPeer[];
  /** Dials an address, and waits for the peer's proof. @throws what keeps it from that */
  readonly dial: (address: string) => Promise<AgentPeer>;
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
}

interface Wait {
  failures: number;
  /** Not tried again before, ms. */
  until: number;
}

/** Dials at once. */
const PARALLEL = 4;
/** First and longest wait after a failure, ms. */
const BACKOFF = { first: 1_000, longest: 300_000 };
/** When to look again whether an agent has published where it is, ms. */
const NOWHERE_MS = 30_000;
/** Targets whose failures are remembered. */
const MAX_WAITS = 4_096;

/** Keeps a node connected to enough agents: those of configured addresses, and any that the registry names. */
export class Peering {
  readonly #options: PeeringOptions;
  readonly #waits = new Map<string | bigint, Wait>();
  /** Agents met at configured addresses. */
  readonly #met = new Map<string, bigint>();
  #running: Promise<void> | null = null;

  constructor(options: PeeringOptions) {
    this.#options = options;
  }

  /** Dials where peers are missing, unless it is still at it. */
  tick(): Promise<void> {
    this.#running ??= this.#dialMissing().finally(() => (this.#running = null));
    return this.#running;
  }

  /** An agent may be where it was not looked for: it is tried again. */
  retry(agentId: bigint): void {
    this.#waits.delete(agentId);
  }

  async #dialMissing(): Promise<void> {
    const { targetPeers, peers } = this.#options;
    const missing = targetPeers - peers().length;
    if (missing <= 0) return;
    const targets = this.#targets().slice(0, Math.min(PARALLEL, missing));
    await Promise.all(targets.map((target) => this.#try(target)));
  }

  /** Configured addresses first, then agents in no order that others could foresee. */
  #targets(): (string | bigint)[] {
    const { bootstrap, listed, self, peers, now, random } = this.#options;
    const connected = new Set(peers().map(({ agentId }) => agentId));
    const agents = listed().filter((agentId) => agentId !== self.agentId && !connected.has(agentId));
    const shuffled = agents.map((agentId) => ({ agentId, at: random() })).sort((a, b) => a.at - b.at);
    const addresses = bootstrap.filter((address) => {
      const met = this.#met.get(address);
      return met === undefined || !connected.has(met);
    });
    const all = [...addresses, ...shuffled.map(({ agentId }) => agentId)];
    return all.filter((target) => (this.#waits.get(target)?.until ?? 0) <= now());
  }

  async #try(target: string | bigint): Promise<void> {
    const { dial, lookup, heardOf, now, report } = this.#options;
    try {
      if (typeof target === "string") {
        this.#met.set(target, (await dial(target)).agentId);
      } else {
        const { addresses, peerId } = await lookup(target);
        const known = [...new Set([...addresses, ...heardOf(target)].map((address) => withPeer(address, peerId)))];
        if (known.length === 0) {
          // No failure, so that it is not looked for more and more seldom: it may publish an address at any time.
          this.#remember(target, { failures: 0, until: now() + NOWHERE_MS });
          return;
        }
        await Promise.any(known.map((address) => dial(address)));
      }
      this.#waits.delete(target);
    } catch (error) {
      this.#putOff(target);
      const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
      const message = cause instanceof Error ? cause.message : String(cause);
      report({ level: "debug", event: "dial-failed", message, fields: { target: String(target) } });
    }
  }

  #putOff(target: string | bigint): void {
    const { now, random } = this.#options;
    const wait = this.#waits.get(target) ?? { failures: 0, until: 0 };
    wait.failures++;
    const longest = Math.min(BACKOFF.longest, BACKOFF.first * 2 ** (wait.failures - 1));
    wait.until = now() + (longest * (1 + random())) / 2;
    this.#remember(target, wait);
  }

  #remember(target: string | bigint, wait: Wait): void {
    this.#waits.delete(target);
    this.#waits.set(target, wait);
    if (this.#waits.size <= MAX_WAITS) return;
    for (const oldest of this.#waits.keys()) {
      this.#waits.delete(oldest);
      break;
    }
  }
}

/** An address that says whom to expect there; whatever it said before. */
function withPeer(address: string, peerId: string): string {
  return `${address.replace(/\/p2p\/.*$/, "")}/p2p/${peerId}`;
}
