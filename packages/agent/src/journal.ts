import { existsSync, readFileSync } from "node:fs";
import { type Hex, type SerializedChain, type Vote } from "@assay/protocol";
import { AgentError } from "./errors.ts";

/** A ballot whose commitment may have been sent. Never changed once kept: the chain may hold its commitment. */
export interface KeptBallot {
  readonly epoch: number;
  readonly votes: readonly Vote[];
  readonly ballot: Hex;
  readonly commitment: Hex;
  /** Wei locked for it, as a decimal string. */
  readonly exposure: string;
  /** Wei that its votes need of that at most; the rest is freed at the reveal. A decimal string; older journals lack it. */
  readonly bonds?: string;
  /** Allocation units declared, as a decimal string. */
  readonly backing: string;
}

/** Receipts of a revealed ballot that are not settled yet. */
export interface KeptReceipts {
  readonly epoch: number;
  readonly receipts: Hex;
}

/** What an agent must not lose: with it, it can always reveal and settle what it has committed. */
export interface AgentMemory {
  readonly agentId: string;
  /** Secret. */
  readonly chain: SerializedChain;
  /** Tip epoch of the chain at its enrolment. */
  readonly tipEpoch: number;
  readonly ballots: readonly KeptBallot[];
  readonly receipts: readonly KeptReceipts[];
}

/** Keeps an agent's memory. `save` returns only once the memory survives a crash of the process. */
export interface Journal {
  load(): AgentMemory | null;
  save(memory: AgentMemory): void;
}

/** Keeps the memory in the process: for simulations on a chain that ends with it. */
export function createMemoryJournal(): Journal {
  let kept: AgentMemory | null = null;
  return {
    load: () => kept,
    save: (memory) => {
      kept = memory;
    },
  };
}

/**
 * The memory in a file of JSON, which is what journals were before they were databases; null if there is no such file.
 * @throws AgentError `JOURNAL_CORRUPT` if the file is not a memory
 */
export function readJournalFile(path: string): AgentMemory | null {
  if (!existsSync(path)) return null;
  try {
    const memory = JSON.parse(readFileSync(path, "utf8")) as AgentMemory;
    if (typeof memory.agentId !== "string" || !Array.isArray(memory.ballots)) throw new Error("fields are missing");
    return memory;
  } catch (cause) {
    throw new AgentError("JOURNAL_CORRUPT", `the journal ${path} cannot be read: restore it from a backup`, { cause });
  }
}
