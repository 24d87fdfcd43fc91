import { AgentError, createFileJournal, type Journal } from "@assay/agent";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ReadSession } from "./session.ts";

/** Folder of the secrets and journals of one deployment's agents. */
export function journalFolder(session: ReadSession, dataFolder: string): string {
  const { addresses, chainId, network } = session.deployment;
  return join(dataFolder, `${network}-${chainId}-${addresses?.consensus ?? ""}`);
}

/** Path of an agent's journal. */
export function journalPath(folder: string, agentId: bigint): string {
  return join(folder, `agent-${agentId}.json`);
}

/** Opens the journal of an agent, which must be held: see {@link holdJournals}. */
export function openJournal(folder: string, agentId: bigint): Journal {
  return createFileJournal(journalPath(folder, agentId));
}

/**
 * Keeps every other process from these agents' journals: two that commit for one agent would lose ballots. The operating system
 * lets go of the hold when the process ends, however it ends.
 * @returns lets go
 * @throws AgentError `JOURNAL_LOCKED`
 */
export function holdJournals(folder: string, agentIds: readonly bigint[]): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held: DatabaseSync[] = [];
  const release = () => {
    for (const lock of held.splice(0)) lock.close();
  };
  for (const agentId of agentIds) {
    const lock = new DatabaseSync(join(folder, `agent-${agentId}.lock`));
    held.push(lock);
    try {
      lock.exec("BEGIN EXCLUSIVE");
    } catch (cause) {
      release();
      const message = `agent ${agentId} is run by another process: stop it first (${journalPath(folder, agentId)})`;
      throw new AgentError("JOURNAL_LOCKED", message, { cause });
    }
  }
  return release;
}
