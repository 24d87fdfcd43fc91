import type { GossipSub } from "@libp2p/gossipsub";
import { type Identify, identify } from "@libp2p/identify";
import type { Connection, Stream } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import { NetworkError } from "../errors.ts";
import { bindingCodec, type SignedBinding } from "../identity/binding.ts";
import { peerIdOf } from "../identity/keys.ts";
import type { NetworkHappening } from "../report.ts";
import { count, createCounters, type NodeCounters } from "./counters.ts";
import type { AgentPeer, Exchange, Handler, RequestOptions, ServeLimits } from "./exchange.ts";
import { FrameStream } from "./frames.ts";
import { Gate, gateRegistrar } from "./gate.ts";
import type { Gossip, GossipValidator } from "./gossip.ts";
import { answer, greet, HELLO, MAX_HELLO } from "./hello.ts";
import { Members } from "./members.ts";
import { noiseInOnePiece } from "./one-piece.ts";
import { DEFAULT_LIMITS, type NodeLimits, type NodeOptions } from "./options.ts";
import { Acquaintances } from "./acquaintances.ts";
import { Peering } from "./peering.ts";
import { Requests, type Service } from "./requests.ts";
import { GRAYLIST } from "./scoring.ts";
import { Topics } from "./topics.ts";

/** What libp2p hands to its services. */
type Components = Parameters<NonNullable<Libp2pOptions["services"]>[string]>[0];

type Services = { readonly identify: Identify; readonly pubsub: GossipSub };

/** Agents to be connected to unless told. */
const TARGET_PEERS = 8;
/** Streams of one connection. */
const MAX_STREAMS = 256;
/** Most that a peer may send on a stream before it is read, bytes. */
const MAX_WINDOW = 2 ** 20;
/** For how long gossip may take to begin, ms. */
const DEAF_MS = 10_000;
/** For how long a peer that was refused may take to go by itself, ms. */
const TOLD_MS = 500;
/** For how long a connection may take to close, ms. */
const CLOSE_MS = 1_000;

/**
 * A node of the network: speaks for one agent, with peers that speak for others. Each peer proves its agent first; until then nothing
 * else of it is read, and who cannot is sent away.
 * @example
 * const node = new AssayNode({ keys, binding, directory, listen: ["/ip4/0.0.0.0/tcp/4001"], report, now, random });
 * await node.start();
 */
export class AssayNode implements Exchange, Gossip {
  readonly self: AgentPeer;
  readonly counters: NodeCounters = createCounters();
  readonly #options: NodeOptions;
  readonly #limits: NodeLimits;
  readonly #members = new Members();
  readonly #gate: Gate;
  readonly #topics: Topics;
  readonly #requests: Requests;
  readonly #peering: Peering;
  readonly #acquaintances: Acquaintances;
  readonly #services = new Map<string, Service>();
  readonly #stop = new AbortController();
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #libp2p: Libp2p<Services> | null = null;

  constructor(options: NodeOptions) {
    const { keys, binding, report, now, random, directory } = options;
    this.self = { peerId: keys.peerId, agentId: binding.agentId, hpkeKey: keys.hpkeKey };
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { maxPerAddress, messagesPerMinute, idleMs, totalMs } = this.#limits;
    const { counters } = this;
    this.#gate = new Gate(maxPerAddress, now, (reason) => count(counters.refused, reason));
    const peerOf = (peerId: string) => this.#members.peerOf(peerId);
    this.#topics = new Topics({ counters, report, now, peerOf, messagesPerMinute, maxPerAddress });
    const connectionTo = (peer: AgentPeer) => this.#connectionTo(peer);
    this.#requests = new Requests({ counters, report, now, idleMs, totalMs, connectionTo, signal: this.#stop.signal });
    this.#peering = new Peering({
      self: this.self,
      bootstrap: options.bootstrap ?? [],
      targetPeers: options.targetPeers ?? TARGET_PEERS,
      listed: () => directory.listed,
      lookup: (agentId) => directory.lookup(agentId),
      heardOf: (agentId) => this.#acquaintances.of(agentId),
      peers: () => this.peers,
      dial: (address) => this.connect(address),
      report,
      now,
      random,
    });
    this.#acquaintances = new Acquaintances({
      exchange: this,
      addressesOf: (peer) => this.#listeningOf(peer),
      addressTo: ({ peerId }) => this.#members.connectionTo(peerId)?.remoteAddr.toString() ?? null,
      heard: (agentId) => this.#peering.retry(agentId),
      ...{ report, now },
    });
  }

  get peers(): readonly AgentPeer[] {
    return this.#members.peers;
  }

  /** Multiaddrs to be dialled at, each with the peer id. */
  get addresses(): string[] {
    return this.#libp2p?.getMultiaddrs().map(String) ?? [];
  }

  /** How a peer stands in gossip: 0 is as a stranger, below it others are preferred, far below it is sent away. */
  scoreOf(peerId: string): number {
    return this.#topics.scoreOf(peerId);
  }

  /** Begins to listen, and to dial. Does nothing if it has begun. @throws NetworkError `CANNOT_LISTEN` */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Ends all connections and requests, for good. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  serve(protocol: string, limits: ServeLimits, handler: Handler): void {
    if (this.#services.has(protocol)) throw new RangeError(`${protocol} is served already`);
    this.#services.set(protocol, { limits, handler, usage: new Map() });
    if (this.#libp2p !== null) this.#handle(this.#libp2p, protocol);
  }

  request(peer: AgentPeer, protocol: string, request: Uint8Array, options: RequestOptions): AsyncIterable<Uint8Array> {
    return this.#requests.request(peer, protocol, request, options);
  }

  subscribe(topic: string, maxSize: number, validator: GossipValidator): () => void {
    return this.#topics.subscribe(topic, maxSize, validator);
  }

  publish(topic: string, message: Uint8Array): Promise<number> {
    return this.#topics.publish(topic, message);
  }

  /**
   * Connects to a peer, and waits until each has proved its agent to the other.
   * @param address multiaddr
   * @throws NetworkError `PEER_UNREACHABLE`, or why one of them does not want the other
   */
  async connect(address: string): Promise<AgentPeer> {
    const libp2p = this.#running();
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#limits.dialMs)]);
    const to = multiaddr(address);
    let connection: Connection;
    try {
      connection = await libp2p.dial(to, { signal });
      // One that is just being closed is of no use.
      if (!this.#members.has(connection)) connection = await libp2p.dial(to, { signal, force: true });
    } catch (cause) {
      throw new NetworkError("PEER_UNREACHABLE", `${address} cannot be reached`, { cause, retryable: true });
    }
    return this.#members.proofOf(connection);
  }

  async #start(): Promise<void> {
    if (this.#stop.signal.aborted) throw new NetworkError("CANNOT_LISTEN", "the node has been closed");
    const { listen, directory, tickMs = 1_000 } = this.#options;
    const libp2p = await this.#create();
    libp2p.addEventListener("connection:open", ({ detail }) => this.#onOpen(detail));
    libp2p.addEventListener("connection:close", ({ detail }) => this.#onClose(detail));
    await libp2p.handle(HELLO, (stream, connection) => this.#onHello(stream, connection), { maxInboundStreams: 1 });
    this.#libp2p = libp2p;
    for (const protocol of this.#services.keys()) this.#handle(libp2p, protocol);
    try {
      await libp2p.start();
    } catch (cause) {
      await libp2p.stop();
      throw new NetworkError("CANNOT_LISTEN", `cannot listen at ${whyNot(cause, listen)}`, { cause });
    }
    this.#topics.start();
    const ended = directory.onVoid(({ agentId, peerId }, reason) => {
      this.#sendAway(
        peerId,
        agentId,
        reason ?? new NetworkError("UNBOUND", `agent ${agentId} has another binding now`),
      );
    });
    const timer = setInterval(() => void this.#tick(), tickMs).unref();
    this.#stop.signal.addEventListener("abort", () => {
      clearInterval(timer);
      ended();
    });
    this.#report("info", "listening", `agent ${this.self.agentId} listens at ${this.addresses.join(", ")}`);
    void this.#tick();
  }

  async #close(): Promise<void> {
    this.#stop.abort(new NetworkError("PEER_UNREACHABLE", "the node has been closed"));
    await this.#starting?.catch(() => undefined);
    const libp2p = this.#libp2p;
    this.#topics.flush();
    if (libp2p !== null) await libp2p.stop();
  }

  #create(): Promise<Libp2p<Services>> {
    const { keys, listen } = this.#options;
    const { maxConnections, inboundPerSecond, maxPending, dialMs, helloMs } = this.#limits;
    const proofOf = (connection: Connection) => this.#members.proofOf(connection);
    const flow = (stream: Stream, { remotePeer }: Connection) => this.#topics.flowFrom(remotePeer.toString(), stream);
    return createLibp2p<Services>({
      start: false,
      privateKey: keys.network,
      addresses: { listen: [...listen] },
      transports: [tcp({ maxConnections: maxConnections + maxPending })],
      connectionEncrypters: [noiseInOnePiece()],
      streamMuxers: [
        yamux({
          maxInboundStreams: MAX_STREAMS,
          maxOutboundStreams: MAX_STREAMS,
          streamOptions: { maxStreamWindowSize: MAX_WINDOW, maxReadBufferLength: 2 * MAX_WINDOW },
        }),
      ],
      connectionGater: this.#gate,
      connectionManager: {
        maxConnections,
        inboundConnectionThreshold: inboundPerSecond,
        maxIncomingPendingConnections: maxPending,
        inboundUpgradeTimeout: helloMs,
        dialTimeout: dialMs,
        connectionCloseTimeout: CLOSE_MS,
      },
      services: {
        // Only after the proof, by #meet: it is what tells gossipsub of a peer.
        identify: (components) =>
          identify({ runOnConnectionOpen: false })({
            ...core(components),
            registrar: gateRegistrar(components.registrar, proofOf),
            addressManager: components.addressManager,
            events: components.events,
            nodeInfo: components.nodeInfo,
          }),
        pubsub: (components) =>
          this.#topics.service({
            ...core(components),
            registrar: gateRegistrar(components.registrar, proofOf, flow),
            connectionManager: components.connectionManager,
          }),
      },
    });
  }

  #onOpen(connection: Connection): void {
    this.counters.connections[connection.direction]++;
    this.#members.add(connection);
    if (connection.direction === "outbound") {
      void this.#meet(connection, null);
      return;
    }
    setTimeout(() => {
      if (connection.status !== "open" || this.#members.peerAt(connection) !== null) return;
      this.#refuse(connection, new NetworkError("TIMEOUT", "the peer has not proved its agent in time"));
    }, this.#limits.helloMs).unref();
  }

  #onClose(connection: Connection): void {
    this.counters.connections.closed++;
    this.#members.remove(
      connection,
      new NetworkError("PEER_UNREACHABLE", "the connection was closed", { retryable: true }),
    );
    const peerId = connection.remotePeer.toString();
    const other = this.#members.connectionTo(peerId);
    // Gossip ran over the connection that is gone, perhaps, and goes on over the other one.
    if (other !== null) this.#identify(other);
    else this.#topics.forget(peerId);
  }

  #onHello(stream: Stream, connection: Connection): void {
    if (connection.direction === "inbound" && this.#members.peerAt(connection) === null) {
      void this.#meet(connection, stream);
    } else {
      stream.abort(new NetworkError("REFUSED", "the one that dials begins, once"));
    }
  }

  /** Proves this node's agent, and has the other side prove its own. @param stream null to open it */
  async #meet(connection: Connection, stream: Stream | null): Promise<void> {
    const { helloMs } = this.#limits;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(helloMs)]);
    const own = bindingCodec.encode(this.#options.binding);
    const check = (binding: SignedBinding) => this.#check(connection, binding);
    try {
      const channel = stream ?? (await connection.newStream(HELLO, { signal }));
      const frames = new FrameStream(channel, { maxFrame: MAX_HELLO, idleMs: helloMs, signal });
      const greeting = stream === null ? await greet(frames, own, check) : await answer(frames, own, check);
      if ("refusal" in greeting) {
        this.#leave(connection, greeting.refusal);
        return;
      }
      const { peer } = greeting;
      this.counters.connections.proven++;
      this.#members.prove(connection, peer);
      const { agentId, peerId } = peer;
      this.#report("info", "peer-proven", `agent ${agentId} is connected`, { agentId, peerId });
      this.#identify(connection);
      if (stream === null) await frames.end();
      void this.#findMore();
    } catch (error) {
      const gone = new NetworkError("PEER_UNREACHABLE", "the peer does not speak this protocol, or went away", {
        cause: error,
      });
      this.#refuse(connection, error instanceof NetworkError ? error : gone);
    }
  }

  async #check(connection: Connection, binding: SignedBinding): Promise<AgentPeer> {
    const peerId = connection.remotePeer.toString();
    // Before anything is asked of the chain.
    if (peerIdOf(binding.networkKey) !== peerId) {
      throw new NetworkError("UNBOUND", `the binding of agent ${binding.agentId} is of another peer than ${peerId}`);
    }
    const { agentId, hpkeKey } = await this.#options.directory.check(binding);
    return { agentId, hpkeKey, peerId };
  }

  /** Tells gossipsub what the peer speaks. */
  #identify(connection: Connection): void {
    this.#libp2p?.services.identify.identify(connection).catch((error: unknown) => {
      if (connection.status === "open") this.#report("debug", "identify-failed", String(error));
    });
  }

  #refuse(connection: Connection, reason: NetworkError): void {
    const peerId = connection.remotePeer.toString();
    if (!this.#stop.signal.aborted) {
      count(this.counters.refused, reason.code);
      const fields = { peerId, address: connection.remoteAddr.toString(), code: reason.code };
      this.#report("warn", "peer-refused", `a peer was sent away: ${reason.message}`, fields);
      if (!reason.retryable) this.#gate.ban(peerId, this.#limits.banMs);
    }
    this.#members.remove(connection, reason);
    // It is told why: time to read that, and to go.
    setTimeout(() => close(connection), TOLD_MS).unref();
  }

  /** The other side does not want this node. */
  #leave(connection: Connection, reason: NetworkError): void {
    count(this.counters.refusedBy, reason.code);
    const fields = { peerId: connection.remotePeer.toString(), code: reason.code };
    this.#report("warn", "refused-by-peer", `a peer refused this node: ${reason.message}`, fields);
    this.#end(connection, reason);
  }

  #end(connection: Connection, reason: NetworkError): void {
    this.#members.remove(connection, reason);
    close(connection);
  }

  #sendAway(peerId: string, agentId: bigint, reason: NetworkError): void {
    for (const connection of this.#members.connections) {
      const peer = this.#members.peerAt(connection);
      if (peer?.peerId !== peerId || peer.agentId !== agentId) continue;
      this.#refuse(connection, reason);
      close(connection);
    }
  }

  #handle(libp2p: Libp2p, protocol: string): void {
    const service = this.#services.get(protocol) as Service;
    const serve = async (stream: Stream, connection: Connection) => {
      const peer = await this.#members.proofOf(connection);
      await this.#requests.serve(protocol, service, stream, peer);
    };
    const maxInboundStreams = 2 * service.limits.concurrency + 2;
    libp2p.handle(protocol, serve, { maxInboundStreams }).catch((error: unknown) => {
      this.#report("error", "not-served", `${protocol} is not served: ${String(error)}`);
    });
  }

  /** Connects by what the registry says, where there is no connection. */
  async #connectionTo({ peerId, agentId }: AgentPeer): Promise<Connection> {
    const open = this.#members.connectionTo(peerId);
    if (open !== null) return open;
    const { addresses } = await this.#options.directory.lookup(agentId);
    const known = [...addresses.map((address) => `${address}/p2p/${peerId}`), ...this.#acquaintances.of(agentId)];
    await Promise.any(known.map((address) => this.connect(address))).catch(() => undefined);
    const made = this.#members.connectionTo(peerId);
    if (made !== null) return made;
    throw new NetworkError("PEER_UNREACHABLE", `agent ${agentId} cannot be reached`, { retryable: true });
  }

  async #tick(): Promise<void> {
    for (const { peerId, agentId } of this.peers) {
      const score = this.scoreOf(peerId);
      if (score < GRAYLIST)
        this.#sendAway(peerId, agentId, new NetworkError("REFUSED", `agent ${agentId} misbehaves: ${score}`));
    }
    for (const connection of this.#members.connections) {
      if (this.#members.peerAt(connection) !== null && this.#isDeaf(connection)) this.#identify(connection);
    }
    const agentIds = this.peers.map(({ agentId }) => agentId);
    await Promise.all([this.#options.directory.refresh(agentIds), this.#findMore()]).catch((error: unknown) => {
      this.#report("error", "tick-failed", String(error));
    });
  }

  /** Asks the peers whom they know, and dials, where peers are missing. */
  async #findMore(): Promise<void> {
    const { targetPeers = TARGET_PEERS } = this.#options;
    if (this.peers.length >= targetPeers || this.#stop.signal.aborted) return;
    await this.#acquaintances.ask();
    await this.#peering.tick();
  }

  /** Where a peer says that it listens. */
  async #listeningOf({ peerId }: AgentPeer): Promise<readonly string[]> {
    const known = await this.#libp2p?.peerStore.get(peerIdFromString(peerId)).catch(() => null);
    return known?.addresses.map(({ multiaddr: address }) => address.toString()) ?? [];
  }

  /** Whether it gets no gossip: its stream has ended, as it does when it reads too slowly. */
  #isDeaf({ remotePeer, status, timeline }: Connection): boolean {
    if (status !== "open" || Date.now() - timeline.open < DEAF_MS) return false;
    return !this.#topics.sendsTo(remotePeer.toString());
  }

  #running(): Libp2p<Services> {
    if (this.#libp2p?.status === "started") return this.#libp2p;
    throw new NetworkError("PEER_UNREACHABLE", "the node has not been started, or is closed");
  }

  #report(level: NetworkHappening["level"], event: string, message: string, fields?: NetworkHappening["fields"]): void {
    this.#options.report({ level, event, message, ...(fields && { fields }) });
  }
}

function close(connection: Connection): void {
  connection.close({ signal: AbortSignal.timeout(CLOSE_MS) }).catch((error: Error) => connection.abort(error));
}

/** Which addresses cannot be listened at, and why: what libp2p says of each, without its advice to programmers and its stacks. */
function whyNot(cause: unknown, listen: readonly string[]): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  const each = [...said.matchAll(/^ {2}(\/\S+: )(?:\w*Error: )?(.*)$/gm)].map(([, address, why]) => `${address}${why}`);
  return each.length > 0 ? each.join("; ") : `${listen.join(", ")}: ${said.replaceAll(/\s+/g, " ")}`;
}

/** What both services need of libp2p, whose components are no plain object. */
function core({ peerId, privateKey, peerStore, logger }: Components) {
  return { peerId, privateKey, peerStore, logger };
}
