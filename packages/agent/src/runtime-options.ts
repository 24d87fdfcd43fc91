import type { Assay } from "@assay/sdk";
import type { Signer } from "ethers";
import type { AlertName } from "./alerts.ts";
import type { Journal } from "./journal.ts";
import type { Relayer } from "./relayer.ts";
import type { SharedChain } from "./shared-chain.ts";
import type { TransactionLog } from "./transactions.ts";
import type { AbstentionReason, VerificationOptions } from "./verification.ts";
import type { ExposureLimits } from "./voting.ts";

/** What an agent may do, and what it must not. */
export interface RuntimePolicy {
  /** Beats at least once in so many epochs. 1, in every epoch, tells nobody in which epochs it was drawn. */
  readonly keepAliveEpochs: number;
  readonly limits: ExposureLimits;
  /** Most that its transactions may cost in a day, wei; null if there is no limit. Reveals are made all the same. */
  readonly maxEtherPerDay: bigint | null;
  /** Answers and sends nothing. */
  readonly dryRun: boolean;
}

/** When to warn. */
export interface Warnings {
  /** Least free stake, wei; four bonds of its dearest domain unless told. */
  readonly freeStake?: bigint;
  /** Least ether of the wallet, wei; what fifty beats cost now unless told. */
  readonly ether?: bigint;
  /** Least epochs for which there are secrets; 256 unless told. */
  readonly secrets?: number;
}

/** How serious something is. */
export type Level = "debug" | "info" | "warn" | "error";

/** Something that happened. */
export interface Happening {
  readonly level: Level;
  /** Stable name, such as `beat`. */
  readonly event: string;
  /** One line for people. */
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What an agent is made of that runs by itself. */
export interface RuntimeOptions {
  readonly agentId: bigint;
  readonly assay: Assay;
  /** The agentWallet, connected to a provider. */
  readonly wallet: Signer;
  readonly journal: Journal;
  /**
   * Keeps what is sent, and sends it again, for a wallet that signs by itself as an ethers Wallet does; null where a node signs and
   * sends for the wallet.
   */
  readonly transactions: TransactionLog | null;
  /** Shared by all runtimes of a process; it has its own unless told. */
  readonly chain?: SharedChain;
  /** Domains it votes in. */
  readonly domains: readonly number[];
  readonly verification: VerificationOptions;
  readonly policy: RuntimePolicy;
  readonly warnings: Warnings;
  /** Most that is offered for a unit of gas, wei; no limit unless told. */
  readonly maxFeePerGas?: bigint;
  /** Takes its beats, where there is one; else it sends them itself. */
  readonly relayer?: Relayer;
  /** Told of whatever happens. */
  readonly report: (happening: Happening) => void;
  /** Asks another endpoint, because the present one has no new blocks. */
  readonly leaveEndpoint?: () => void;
  /** Milliseconds between two looks at the chain; a thirtieth of an epoch unless told, between 1 and 12 s. */
  readonly pollMs?: number;
  /** Stops after so many epochs; goes on until the signal unless told. */
  readonly epochs?: number;
  /** Milliseconds that never jump; the process's own unless told. */
  readonly monotonic?: () => number;
  /** Waits, or ends early at the signal. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** How an agent fares: for metrics and for people. Written by the runtime alone. */
export interface RuntimeStatus {
  readonly agentId: bigint;
  /** null until the chain has been seen. */
  epoch: number | null;
  phase: "starting" | "waiting" | "verifying" | "sending" | "done" | "stopped";
  /** Milliseconds of the monotonic clock of the last look at the chain that succeeded. */
  lastLook: number | null;
  /** Why the last look failed; null if it did not. */
  trouble: string | null;
  /** Ballot that is committed and not revealed. */
  openBallot: { readonly epoch: number; readonly revealBefore: number } | null;
  /** Epoch of the last beat. */
  lastBeat: number | null;
  /** Wei. */
  stake: { readonly balance: bigint; readonly locked: bigint; readonly free: bigint } | null;
  /** Of the wallet, wei. */
  ether: bigint | null;
  /** Spent in the last day, wei. */
  spent: bigint;
  /** Epochs for which it has secrets. */
  secretsLeft: number | null;
  readonly counts: {
    beats: number;
    /** Of the beats, those that a relayer sent. */
    relayed: number;
    rolls: number;
    votes: number;
    reveals: number;
    settlements: number;
    failures: number;
    readonly abstentions: Record<AbstentionReason, number>;
  };
  /** What it decided in the present epoch, in a form for people. */
  decisions: readonly {
    readonly questionId: string;
    readonly outcome: number | null;
    readonly reason: AbstentionReason | null;
    readonly why: string;
  }[];
  alerts: ReadonlyMap<AlertName, string>;
}

/** How a run ended. */
export interface RuntimeEnd {
  /** Epochs that it has done its part in. */
  readonly epochs: number;
  /** Ballot that is still to be revealed, and by when; null if there is none. */
  readonly openBallot: { readonly epoch: number; readonly revealBefore: number } | null;
}
