import { Agent, type OpenJournal, openJournal, QuestionBoard } from "@assay/agent";
import type { Hex } from "@assay/sdk/protocol";
import { hexlify, randomBytes } from "ethers";
import { join } from "node:path";
import { fail } from "./errors.ts";
import type { ReadSession, Session } from "./session.ts";

/** Secrets of a new chain unless told: about three years of hourly epochs, or 18 days of the shortest ones. */
export const CHAIN_LENGTH = 50_000;

/** Path of an agent's secrets and journal; each deployment has a folder of its own. */
export function journalPath({ assay, config, terms }: ReadSession, agentId: bigint): string {
  return join(config.data, `${terms.chainId}-${assay.addresses.consensus}`, `agent-${agentId}.db`);
}

/** Opens an agent's journal, which no other process can have meanwhile. @throws as openJournal of `@assay/agent` */
export function openJournalOf(session: ReadSession, agentId: bigint): OpenJournal {
  const { consensus } = session.assay.addresses;
  return openJournal(journalPath(session, agentId), { chainId: session.terms.chainId, consensus, agentId });
}

/**
 * Enrolls an agent with new secrets, which are kept before their anchor is sent; the journal keeps older ones too.
 * @param length epochs that the secrets last
 * @throws CliError `BAD_INPUT`; AgentError `JOURNAL_LOCKED` while the agent runs; otherwise as the action, which is tried before
 * anything is written
 */
export async function enroll(
  session: Session,
  agentId: bigint,
  length: number,
): Promise<{ readonly path: string; readonly firstEpoch: number }> {
  if (length < 1) fail("--chain-length must be at least 1");
  const { assay, sender, signer: wallet } = session;
  // Any anchor but the seed, which nobody may see.
  await assay.agents.enroll.simulate({ agentId, anchor: hexlify(randomBytes(32)) as Hex });
  const journal = openJournalOf(session, agentId);
  try {
    const board = new QuestionBoard(assay, assay.startBlock);
    const agent = new Agent({ agentId, wallet, assay, board, journal, verify: () => null, domains: [] });
    const receipt = await agent.enroll(hexlify(randomBytes(32)) as Hex, length);
    sender.note("enroll", receipt);
    return { path: journal.path, firstEpoch: assay.agents.enroll.decode(receipt).firstEpoch };
  } finally {
    journal.close();
  }
}
