import { Agent, createMemoryJournal, QuestionBoard, type Chooser } from "@assay/agent";
import type { Hex } from "@assay/protocol";
import { ClientError } from "@assay/sdk";
import { hexlify, randomBytes } from "ethers";
import type { Beating } from "./heartbeat.ts";
import type { ReadSession } from "./session.ts";

/** What the agents of a chain that ends with its process start with. */
export interface PopulationOptions {
  /** One for each agent. */
  readonly verifiers: readonly Chooser[];
  readonly domains: readonly number[];
  /** Stake and allocation of each agent, wei. */
  readonly stake: bigint;
  /** Index of the first agent's account; each has its own. */
  readonly firstAccount: number;
  /** Secrets of each agent. */
  readonly chainLength: number;
}

/** Registers, stakes, enrolls and allocates new agents, with journals in memory. */
export async function createPopulation(session: ReadSession, options: PopulationOptions): Promise<Beating[]> {
  const { connection, deployment } = session;
  const board = new QuestionBoard(session.assay, deployment.startBlock);
  const population: Beating[] = [];
  for (const [i, verify] of options.verifiers.entries()) {
    const account = connection.accounts[options.firstAccount + i];
    if (account === undefined) throw new ClientError("BAD_INPUT", `the chain has no account for agent ${i}`);
    const assay = session.assay.connect(account);
    await (await assay.token.faucet()).wait();
    const { result } = await (await assay.agents.register({})).wait();
    const { agentId } = result;
    await (await assay.stake.depositWithPermit({ agentId, amount: options.stake })).wait();
    const { domains } = options;
    const journal = createMemoryJournal();
    const agent = new Agent({ agentId, wallet: account, assay, board, journal, verify, domains });
    await agent.enroll(hexlify(randomBytes(32)) as Hex, options.chainLength);
    for (const domainId of domains) await agent.allocate(domainId, options.stake);
    population.push({ agent, account });
  }
  return population;
}
