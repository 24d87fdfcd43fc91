import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import { toRefusal } from "../node/refusal.ts";
import type { AgentPeer, Exchange, Handler, RequestOptions, ServeLimits } from "../node/exchange.ts";

/** What a wire does to what goes over it; each may throw, wait, or give other bytes. */
export interface Wire {
  /** @param from the agent that asks */
  onRequest?(request: Uint8Array, from: AgentPeer, protocol: string): Uint8Array | Promise<Uint8Array>;
  /** @param index of the frame in its response, from 0 @param from the agent that answers */
  onFrame?(frame: Uint8Array, index: number, from: AgentPeer): Uint8Array | Promise<Uint8Array>;
}

/** Agents that are all connected with each other, in the process. */
export interface MemoryNetwork {
  /** What happens on the way from now on. */
  wire: Wire;
  /** A new agent of the network. */
  join(self: AgentPeer): MemoryExchange;
  /** Takes an agent away: its requests in flight end with `PEER_UNREACHABLE`. */
  leave(agentId: bigint): void;
}

/** An exchange in the process. */
interface MemoryExchange extends Exchange {
  /** Protocols it serves. */
  readonly served: ReadonlySet<string>;
  /** What it is from now on, to itself and to others: as after a rotation of its keys. */
  rename(self: AgentPeer): void;
}

interface Served {
  readonly limits: ServeLimits;
  readonly handler: Handler;
}

/** A network in the process, for tests: limits of sizes and concurrency as of the real one; no rates. */
export function createMemoryNetwork(): MemoryNetwork {
  const agents = new Map<bigint, MemoryAgent>();
  const network: MemoryNetwork = {
    wire: {},
    join: (self) => {
      const agent = new MemoryAgent(self, network, agents);
      agents.set(self.agentId, agent);
      return agent;
    },
    leave: (agentId) => {
      agents.get(agentId)?.gone.abort();
      agents.delete(agentId);
    },
  };
  return network;
}

class MemoryAgent implements MemoryExchange {
  self: AgentPeer;
  readonly gone = new AbortController();
  readonly #network: MemoryNetwork;
  readonly #agents: ReadonlyMap<bigint, MemoryAgent>;
  readonly #served = new Map<string, Served>();
  readonly #busy = new Map<string, number>();

  constructor(self: AgentPeer, network: MemoryNetwork, agents: ReadonlyMap<bigint, MemoryAgent>) {
    this.self = self;
    this.#network = network;
    this.#agents = agents;
  }

  get peers(): readonly AgentPeer[] {
    return [...this.#agents.values()].filter((agent) => agent !== this).map(({ self }) => self);
  }

  get served(): ReadonlySet<string> {
    return new Set(this.#served.keys());
  }

  rename(self: AgentPeer): void {
    this.self = self;
  }

  serve(protocol: string, limits: ServeLimits, handler: Handler): void {
    this.#served.set(protocol, { limits, handler });
  }

  async *request(
    peer: AgentPeer,
    protocol: string,
    request: Uint8Array,
    { maxFrame, maxTotal, signal }: RequestOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const other = this.#agents.get(peer.agentId);
    if (other === undefined) throw new NetworkError("PEER_UNREACHABLE", `agent ${peer.agentId} is not connected`);
    const served = other.#served.get(protocol);
    if (served === undefined) throw new NetworkError("REFUSED", `agent ${peer.agentId} does not serve ${protocol}`);
    const ended = AbortSignal.any([signal, this.gone.signal, other.gone.signal]);
    const within = <T>(work: T | Promise<T>) => race(Promise.resolve(work), ended, () => reasonOf(signal, peer));
    const { wire } = this.#network;
    const sent = (await within(wire.onRequest?.(request, this.self, protocol))) ?? request;
    const frames: AsyncGenerator<Uint8Array, void> = other.#answer(
      served,
      protocol,
      Uint8Array.from(sent),
      this.self,
      ended,
    );
    let total = 0;
    try {
      for (let index = 0; ; index++) {
        const { done, value } = await within(frames.next());
        if (done) return;
        const frame = (await within(wire.onFrame?.(value, index, other.self))) ?? value;
        total += frame.length;
        if (frame.length > maxFrame || total > maxTotal) throw new NetworkError("TOO_LARGE", "too large a response");
        yield Uint8Array.from(frame);
      }
    } finally {
      void frames.return().catch(() => undefined);
    }
  }

  async *#answer(
    { limits, handler }: Served,
    protocol: string,
    request: Uint8Array,
    from: AgentPeer,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    if (request.length > limits.maxRequest) throw new NetworkError("TOO_LARGE", "too large a request");
    const key = `${from.peerId} ${protocol}`;
    const busy = this.#busy.get(key) ?? 0;
    if (busy >= limits.concurrency) throw new NetworkError("RATE_LIMITED", "too many requests at the same time");
    this.#busy.set(key, busy + 1);
    try {
      yield* handler(request, from, signal);
    } catch (error) {
      // What crosses the wire is the code and the message alone.
      const { code, message } = toRefusal(error);
      throw new NetworkError(code, message);
    } finally {
      this.#busy.set(key, (this.#busy.get(key) ?? 1) - 1);
    }
  }
}

function reasonOf(signal: AbortSignal, peer: AgentPeer): NetworkError {
  const code: NetworkErrorCode = signal.aborted ? "TIMEOUT" : "PEER_UNREACHABLE";
  return new NetworkError(code, `agent ${peer.agentId} did not answer`);
}

function race<T>(work: Promise<T>, signal: AbortSignal, reason: () => NetworkError): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(reason());
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** Items of an iterable that is asynchronous. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
