import type { Addresses } from "@assay/sdk";

/** One agent of the process that is measured. */
export interface Enlisted {
  /** Decimal. */
  readonly agentId: string;
  /** Private key of its wallet. */
  readonly key: string;
  /** Path of its journal. */
  readonly journal: string;
}

/** What the process that is measured is told. */
export interface Errand {
  readonly url: string;
  readonly chainId: number;
  readonly addresses: Addresses;
  readonly domainId: number;
  readonly agents: readonly Enlisted[];
  /** Epochs that it lives. */
  readonly epochs: number;
}

/** What that process used up. */
export interface Usage {
  /** Peak of resident memory, bytes. */
  readonly rss: number;
  /** Seconds of the processor, and of the clock. */
  readonly cpuSeconds: number;
  readonly seconds: number;
  /** Looks at the chain that failed. */
  readonly failures: number;
  readonly rolls: number;
}
