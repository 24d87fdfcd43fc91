import { Agent, AssayError, createMemoryJournal, QuestionBoard, type Verifier } from "@assay/agent";
import type { Hex } from "@assay/protocol";
import { hexlify, MaxUint256, randomBytes } from "ethers";
import { eventIn } from "./events.ts";
import type { Beating } from "./heartbeat.ts";
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
export async function createPopulation(session: ReadSession, options: PopulationOptions): Promise<Beating[]> {
  const { connection, contracts, deployment } = session;
  const { registry, token, vault } = contracts;
  const board = new QuestionBoard(contracts, deployment.startBlock);
  const vaultAddress = await vault.getAddress();
  const population: Beating[] = [];
  for (const [i, verify] of options.verifiers.entries()) {
    const account = connection.accounts[options.firstAccount + i];
    if (account === undefined) throw new AssayError("BadInput", `the chain has no account for agent ${i}`);
    await (await token.connect(account).faucet()).wait();
    await (await token.connect(account).approve(vaultAddress, MaxUint256)).wait();
    const registered = await (await registry.connect(account)["register()"]()).wait();
    if (registered === null) throw new AssayError("ContractReverted", "the agent's registration was dropped");
    const { agentId } = eventIn(registry, registered, registry.filters.Registered);
    await (await vault.connect(account).deposit(agentId, options.stake)).wait();
    const { domains } = options;
    const journal = createMemoryJournal();
    const agent = new Agent({ agentId, wallet: account, contracts, board, journal, verify, domains });
    await agent.enroll(hexlify(randomBytes(32)) as Hex, options.chainLength);
    for (const domainId of domains) await agent.allocate(domainId, options.stake);
    population.push({ agent, account });
  }
  return population;
}
