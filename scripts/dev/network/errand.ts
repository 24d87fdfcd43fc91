import type { NodeLimits } from "@assay/network";
import type { Hex } from "@assay/protocol";
import type { Addresses } from "@assay/sdk";

/** What an agent speaks in the network with. */
export interface Place {
  /** Decimal. */
  readonly agentId: string;
  /** Private key of its owner and wallet. */
  readonly ownerKey: string;
  /** Private key of its statement signer. */
  readonly signerKey: string;
  /** Of the keys of its node, 32 bytes. */
  readonly seed: Hex;
  /** As it is published, encoded. */
  readonly binding: Hex;
  /** Path of its journal, with the secrets that it votes with. */
  readonly journal: string;
}

/** One node of a process. */
export interface NodeErrand {
  readonly place: Place;
  /** Of its stores. */
  readonly folder: string;
  /** Multiaddrs. */
  readonly listen: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly targetPeers?: number;
  /** What it says to whatever it is asked; it only asks unless told. */
  readonly outcome?: number;
  readonly limits?: Partial<NodeLimits>;
}

/** What a process of nodes is told. */
export interface HostErrand {
  readonly url: string;
  readonly chainId: number;
  readonly addresses: Addresses;
  readonly domainId: number;
  readonly nodes: readonly NodeErrand[];
  /** Milliseconds between two looks at the chain's events; 4,000 unless told. */
  readonly pollMs?: number;
}

/** Statements to be made before they are sent. */
export interface Preparing {
  readonly domainId: number;
  /** Wei. */
  readonly bond: string;
  /** Unix seconds of the chain. */
  readonly expiry: number;
  readonly count: number;
  /** Agents in turn, with the keys of their signers. */
  readonly authors: readonly Pick<Place, "agentId" | "signerKey">[];
  /** In the contents' hashes, so that no two processes state the same. */
  readonly label: string;
}

/** How prepared statements are sent. */
export type Sending = {
  /** When to begin, ms of {@link machineMs}. */
  readonly at: number;
  readonly seconds: number;
} & (
  | {
      /** Statements a second, at random (Poisson). */
      readonly perSecond: number;
      readonly seed: number;
    }
  | {
      /** As many as are heard: so many more of one's own than a share of what has come from all processes. */
      readonly window: number;
      /** Processes that send. */
      readonly senders: number;
    }
);

/** When a statement was sent by this process, or heard at one of its nodes. */
export type Mark = readonly [key: string, at: number];

/** What a process has seen of what was sent. */
export interface Record {
  readonly sent: readonly Mark[];
  /** By node. */
  readonly heard: readonly (readonly Mark[])[];
}

/** Milliseconds of a clock that all processes of the machine share. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Milliseconds of the processor that this process has used. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
