import { Agent, AgentError, type OpenJournal, QuestionBoard, type Chooser } from "@assay/agent";
import { blockAt, ClientError } from "@assay/sdk";
import { epochStart, MAX_ROUNDS, EPOCHS_PER_ROUND, RECEIPT_RING } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Beating } from "./heartbeat.ts";
import { requireAgent } from "./lookup.ts";
import type { ReadSession } from "./session.ts";

/** Epochs to look back for what a run may still need: a question's life, and the ring of receipts. */
const LOOK_BACK = Math.max(MAX_ROUNDS * EPOCHS_PER_ROUND, RECEIPT_RING) + 2;

/**
 * The account of the network that may send for an agent: its wallet.
 * @throws ClientError `BAD_INPUT` if the network has no such account
 */
async function walletOf(session: ReadSession, agentId: bigint): Promise<HardhatEthersSigner> {
  const owner = await requireAgent(session, agentId);
  const wallet = await session.assay.agents.wallet(agentId);
  const found = session.connection.accounts.find(({ address }) => address === wallet);
  if (found === undefined) {
    const message = `the wallet of agent ${agentId} is ${wallet ?? "none"} (its owner ${owner}), which is no account of ${session.connection.network}`;
    throw new ClientError("BAD_INPUT", message);
  }
  return found;
}

/** First block that a run's agents need to read. */
async function firstBlock({ connection, assay, deployment }: ReadSession): Promise<number> {
  const epoch = await assay.beats.epoch();
  if (epoch <= LOOK_BACK) return deployment.startBlock;
  const timestamp = epochStart(deployment.parameters, epoch - LOOK_BACK);
  return blockAt(connection.provider, timestamp, deployment.startBlock);
}

/**
 * Agents with their journals, brought in line with the chain.
 * @throws AgentError `MISSING_BALLOT` for an agent that has not joined with this journal
 */
export async function openAgents(
  session: ReadSession,
  agents: readonly { agentId: bigint; domains: readonly number[]; verify: Chooser; journal: OpenJournal }[],
): Promise<Beating[]> {
  const fromBlock = await firstBlock(session);
  const board = new QuestionBoard(session.assay, fromBlock);
  const opened: Beating[] = [];
  for (const { agentId, domains, verify, journal } of agents) {
    const account = await walletOf(session, agentId);
    const agent = new Agent({
      agentId,
      wallet: account,
      assay: session.assay,
      board,
      journal,
      verify,
      domains,
    });
    if (!agent.enrolled) {
      const message = `agent ${agentId} has no secret chain in ${journal.path}: run "npm run join" first`;
      throw new AgentError("MISSING_BALLOT", message);
    }
    await agent.recover(fromBlock);
    opened.push({ agent, account });
  }
  return opened;
}
