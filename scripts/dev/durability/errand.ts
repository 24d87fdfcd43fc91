import type { Addresses } from "@assay/sdk";

/** What the agent's process is told. */
export interface Errand {
  readonly url: string;
  readonly addresses: Addresses;
  readonly agentId: string;
  readonly domainId: number;
  /** Private key of its wallet. */
  readonly key: string;
  /** Path. */
  readonly journal: string;
  /** Step before which it kills itself, from 1; 0 for none. */
  readonly killAt: number;
}

/** What the agent says to every question. */
export const ANSWER = 1;

/** Milliseconds between two looks at the chain. */
export const POLL_MS = 60;
