import type { SignedBinding } from "../identity/binding.ts";
import type { Directory } from "../identity/directory.ts";
import type { NodeKeys } from "../identity/keys.ts";
import type { NetworkReport } from "../report.ts";

/** What a node asks of a {@link Directory}. */
export type PeerDirectory = Pick<Directory, "lookup" | "check" | "refresh" | "onVoid" | "listed">;

/** What a node bears. */
export interface NodeLimits {
  /** Connections, proven or not. */
  readonly maxConnections: number;
  /** Connections that came in from one IP address. */
  readonly maxPerAddress: number;
  /** Connections that come in from one IP address in a second. */
  readonly inboundPerSecond: number;
  /** Connections that have come in and have no channel yet. */
  readonly maxPending: number;
  /** Messages of topics of one peer a minute. */
  readonly messagesPerMinute: number;
  /** For how long a peer may take to prove its agent, ms. */
  readonly helloMs: number;
  /** For how long a peer that was sent away is not let in again, ms. */
  readonly banMs: number;
  /** For how long a dial may take, ms. */
  readonly dialMs: number;
  /** For how long a peer may take to send or take a frame, ms. */
  readonly idleMs: number;
  /** For how long an answer may take as a whole, ms. */
  readonly totalMs: number;
}

/** Unless told otherwise. */
export const DEFAULT_LIMITS: NodeLimits = {
  maxConnections: 200,
  maxPerAddress: 16,
  inboundPerSecond: 8,
  maxPending: 32,
  messagesPerMinute: 60_000,
  helloMs: 10_000,
  banMs: 30_000,
  dialMs: 10_000,
  idleMs: 30_000,
  totalMs: 600_000,
};

/** What a node is made of. */
export interface NodeOptions {
  readonly keys: NodeKeys;
  /** Of those keys, as the agent has published it. */
  readonly binding: SignedBinding;
  readonly directory: PeerDirectory;
  /** Multiaddrs to listen at, such as `/ip4/0.0.0.0/tcp/4001`; none to dial only. */
  readonly listen: readonly string[];
  /** Multiaddrs to begin with. */
  readonly bootstrap?: readonly string[];
  /** Agents to be connected to, if there are so many; 8 unless told, 0 to dial none by itself. */
  readonly targetPeers?: number;
  readonly limits?: Partial<NodeLimits>;
  /** Told of whatever happens. */
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  /** Milliseconds between two looks at its peers; 1,000 unless told. */
  readonly tickMs?: number;
}
