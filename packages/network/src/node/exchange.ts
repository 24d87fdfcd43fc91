/** An agent at the other end of a connection, which has proved its binding. */
export interface AgentPeer {
  /** In its usual text form. */
  readonly peerId: string;
  readonly agentId: bigint;
  /** X25519, 32 bytes: what is sealed for it is sealed for this key. */
  readonly hpkeKey: Uint8Array;
}

/** What a protocol's server bears. */
export interface ServeLimits {
  /** Most bytes of a request. */
  readonly maxRequest: number;
  /** Requests of one peer at the same time; further ones are refused. */
  readonly concurrency: number;
  /** Requests of one peer a minute; further ones are refused. */
  readonly perMinute: number;
}

/** What a request bears. */
export interface RequestOptions {
  /** Most bytes of one frame of the response. */
  readonly maxFrame: number;
  /** Most bytes of the response. */
  readonly maxTotal: number;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** Answers a request with frames, or refuses by throwing a NetworkError, whose code and message the other side is told. */
export type Handler = (request: Uint8Array, peer: AgentPeer, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Requests between bound agents, each over a stream of its own. */
export interface Exchange {
  /** Itself. */
  readonly self: AgentPeer;
  /** Agents that are connected now. */
  readonly peers: readonly AgentPeer[];
  /** @param protocol such as `/assay/swarm/1` */
  serve(protocol: string, limits: ServeLimits, handler: Handler): void;
  /**
   * Frames of the response, as they arrive; who reads slowly slows the sender down.
   * @throws NetworkError `PEER_UNREACHABLE`, `TIMEOUT`, `TOO_LARGE`, `MALFORMED`, or the code the other side refused with
   */
  request(peer: AgentPeer, protocol: string, request: Uint8Array, options: RequestOptions): AsyncIterable<Uint8Array>;
}
