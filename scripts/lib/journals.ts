import { type OpenJournal, openJournal } from "@assay/agent";
import { join } from "node:path";
import type { ReadSession } from "./session.ts";

/** Folder of the secrets and journals of one deployment's agents. */
export function journalFolder({ assay, deployment }: ReadSession, dataFolder: string): string {
  const { chainId, network } = deployment;
  return join(dataFolder, `${network}-${chainId}-${assay.addresses.consensus}`);
}

/**
 * Opens the journals of agents, and keeps every other process from them: two that commit for one agent would lose ballots.
 * @throws as openJournal of `@assay/agent`; none is open then
 */
export function openJournals(
  { assay, deployment }: ReadSession,
  folder: string,
  agentIds: readonly bigint[],
): OpenJournal[] {
  const { consensus } = assay.addresses;
  const opened: OpenJournal[] = [];
  try {
    for (const agentId of agentIds) {
      const identity = { chainId: BigInt(deployment.chainId), consensus, agentId };
      opened.push(openJournal(join(folder, `agent-${agentId}.db`), identity));
    }
    return opened;
  } catch (error) {
    closeJournals(opened);
    throw error;
  }
}

/** Lets go of journals. */
export function closeJournals(journals: readonly OpenJournal[]): void {
  for (const journal of journals) journal.close();
}
