import type { Assay, Terms } from "@assay/sdk";
import type { Agent } from "./agent.ts";
import type { Alerts } from "./alerts.ts";
import type { QuestionBoard } from "./board.ts";
import type { ChainClock } from "./runtime-clock.ts";
import type { Happening, RuntimeOptions, RuntimeStatus } from "./runtime-options.ts";
import type { Purse } from "./runtime-purse.ts";
import type { SharedChain } from "./shared-chain.ts";
import type { Decision } from "./verification.ts";

/** Tells of something that happened. */
export type Report = (level: Happening["level"], event: string, message: string, fields?: Happening["fields"]) => void;

/** What the parts of a runtime work with. */
export interface RuntimeContext {
  readonly options: RuntimeOptions;
  /** As the agent's wallet. */
  readonly assay: Assay;
  readonly chain: SharedChain;
  readonly terms: Terms;
  readonly clock: ChainClock;
  readonly agent: Agent;
  readonly board: QuestionBoard;
  readonly purse: Purse;
  readonly alerts: Alerts;
  readonly status: RuntimeStatus;
  readonly report: Report;
  /** Waits until the next look at the chain, or for the signal. */
  readonly pause: (signal: AbortSignal) => Promise<unknown>;
  /** Nothing more is begun. */
  readonly stop: AbortSignal;
}

/** What is known and done in one epoch. */
export interface Present {
  readonly epoch: number;
  /** Milliseconds of the monotonic clock at which a block of it was first seen. */
  readonly since: number;
  /** Number of that block. */
  readonly firstBlock: number;
  attempts: number;
  /** What it answers, by {@link keyOf}; null until it has looked. */
  decisions: Map<string, Decision> | null;
  /** Why the relayer is not asked any more; null while it is. */
  relayerFailed: string | null;
  /** Whether there is nothing more to do, as things stand. */
  done: boolean;
  /** Whether a ballot of this epoch has been on the chain. */
  committed: boolean;
  counted: boolean;
}

/** A question, and the content that it is about: after a reorganisation an id may be of another one. */
export function keyOf(id: string, contentHash: string): string {
  return `${id} ${contentHash}`;
}

/** Ends an epoch's work, as things stand. */
export function finish({ status, alerts, report }: RuntimeContext, present: Present, why: string): void {
  present.done = true;
  status.phase = "done";
  alerts.set("reveal_at_risk", null);
  report("debug", "done", `epoch ${present.epoch}: ${why}`, { epoch: present.epoch });
}
