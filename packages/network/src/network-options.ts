import type { Assay } from "@assay/sdk";
import type { Signer } from "ethers";
import type { SignedBinding } from "./identity/binding.ts";
import type { NodeKeys } from "./identity/keys.ts";
import type { AgentPeer } from "./node/exchange.ts";
import type { NodeLimits } from "./node/options.ts";
import type { NetworkReport } from "./report.ts";
import type { DeskPolicy } from "./swarm/desk.ts";
import type { SwarmFinding, SwarmQuestion } from "./swarm/responder.ts";

/** How an agent answers others. */
export interface Answering {
  /** A statement signer of the agent (`assay.claims.addSigner`). */
  readonly signer: Signer;
  /** Least confidence that it states something with, by the domains that it answers in; 0 to 1. */
  readonly domains: ReadonlyMap<number, number>;
  /** Answers by the content, which strangers choose. */
  readonly verify: (question: SwarmQuestion, content: Uint8Array, signal: AbortSignal) => Promise<SwarmFinding>;
  /** How much it answers for. */
  readonly policy: DeskPolicy;
  /** Questions that it works on at the same time, of the swarm and in private, each; 8 unless told. */
  readonly concurrency?: number;
  /** Questions of one agent a minute; 120 unless told. */
  readonly perMinute?: number;
}

/** What an agent's place in the network is made of. */
export interface NetworkOptions {
  /** Deployment, connected to a provider. */
  readonly assay: Assay;
  readonly keys: NodeKeys;
  /** Of those keys, as the agent has published it. */
  readonly binding: SignedBinding;
  /** Folder of its stores, its own. */
  readonly folder: string;
  /** Multiaddrs to listen at, such as `/ip4/0.0.0.0/tcp/4001`; none to dial only. */
  readonly listen: readonly string[];
  /** Multiaddrs to begin with, besides those that the registry has. */
  readonly bootstrap?: readonly string[];
  /** Agents to be connected to, if there are so many; 8 unless told. */
  readonly targetPeers?: number;
  /** Domains whose statements it hears. */
  readonly domains: readonly number[];
  /** How it answers; it only asks unless told. */
  readonly answering?: Answering;
  /** Takes private messages, which are kept with their receipts before; none are taken unless told. */
  readonly onMessage?: (message: Uint8Array, from: AgentPeer) => void;
  /** Least stake of agents that it talks to, wei; 1 unless told. */
  readonly minStake?: bigint;
  /** Blocks to keep back when it reads the chain; none unless told. */
  readonly confirmations?: number;
  /** Milliseconds between two looks for events of the chain; 4,000 unless told. */
  readonly pollMs?: number;
  readonly limits?: Partial<NodeLimits>;
  /** Told of whatever happens. */
  readonly report: NetworkReport;
  /** Milliseconds that never jump; the process's own unless told. */
  readonly monotonic?: () => number;
  /** From 0 to below 1; the process's own unless told. */
  readonly random?: () => number;
  /** So many random bytes; the process's own unless told. */
  readonly randomBytes?: (length: number) => Uint8Array;
}
