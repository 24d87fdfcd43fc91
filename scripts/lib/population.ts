import { Agent, createMemoryJournal, QuestionBoard, type Verifier } from "@assay/agent";
import type { Hex } from "@assay/protocol";
import { ClientError } from "@assay/sdk";
import { hexlify, randomBytes } from "ethers";
import type { ScriptAgent } from "./agents.ts";
import type { ReadSession } from "./session.ts";

/** What the agents of a chain that ends with its process start with. */
export interface PopulationOptions {
  /** One for each agent. */
  readonly verifiers: readonly Verifier[];
  readonly domains: readonly number[];
  /** Stake and allocation of each agent, wei. */
  readonly stake: bigint;
  /** Index of the first agent's account; each has its own. */
  readonly firstAccount: number;
  /** Secrets of each agent. */
  readonly chainLength: number;
}

/** Registers, stakes, enrolls and allocates new agents, with journals in memory. */
export async function createPopulation(session: ReadSession, options: PopulationOptions): Promise<ScriptAgent[]> {
  const { connection, deployment } = session;
  const board = new QuestionBoard(session.assay, deployment.startBlock);
  const population: ScriptAgent[] = [];
  for (const [i, verifier] of options.verifiers.entries()) {
    const account = connection.accounts[options.firstAccount + i];
    if (account === undefined) throw new ClientError("BAD_INPUT", `the chain has no account for agent ${i}`);
    const assay = session.assay.connect(account);
    await (await assay.token.faucet()).wait();
    const { result } = await (await assay.agents.register({})).wait();
    const { agentId } = result;
    await (await assay.stake.depositWithPermit({ agentId, amount: options.stake })).wait();
    const { domains } = options;
    const journal = createMemoryJournal();
    const voter = { agentId, wallet: account, assay, board, domains, verify: () => null };
    const agent = new Agent({ ...voter, journal });
    await agent.enroll(hexlify(randomBytes(32)) as Hex, options.chainLength);
    for (const domainId of domains) await agent.allocate(domainId, options.stake);
    population.push({ agentId, account, domains, verifier, journal });
  }
  return population;
}
