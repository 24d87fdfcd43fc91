import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
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
 * Keeps the memory in a file only its owner can read. Each save writes a new file, flushes it and renames it over the old one, so
 * that a crash or a full disk leaves the last memory whole.
 * @throws AgentError `JOURNAL_CORRUPT` on load if the file is not a memory
 */
export function createFileJournal(path: string): Journal {
  return {
    load: () => {
      if (!existsSync(path)) return null;
      try {
        const memory = JSON.parse(readFileSync(path, "utf8")) as AgentMemory;
        if (typeof memory.agentId !== "string" || !Array.isArray(memory.ballots)) throw new Error("fields are missing");
        return memory;
      } catch (cause) {
        throw new AgentError("JOURNAL_CORRUPT", `the journal ${path} cannot be read: restore it from a backup`, {
          cause,
        });
      }
    },
    save: (memory) => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const next = `${path}.next`;
      const file = openSync(next, "w", 0o600);
      try {
        writeSync(file, JSON.stringify(memory));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, path);
    },
  };
}
