import { Agent, createMemoryJournal, QuestionBoard } from "@assay/agent";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { AgentLife } from "./agent-life.ts";
import { derive } from "./chance.ts";
import type { Chain } from "./chain.ts";
import { type Domain, PARAMETERS } from "./domains.ts";
import type { Ledger } from "./ledger.ts";
import type { LocalWallet } from "./local-wallet.ts";
import type { Member } from "./population.ts";

/** Epochs an agent's secret chain lasts: longer than any run. */
const CHAIN_LENGTH = 1_024;

/** A member of the population with its identity on chain. */
export interface Registered {
  readonly member: Member;
  readonly agentId: bigint;
  readonly wallet: LocalWallet;
  readonly life: AgentLife;
}

/** The receipt of a transaction, once it is mined. */
export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("the local chain dropped a transaction");
  return receipt;
}

/** Creates the domains. */
export async function createDomains(chain: Chain, creator: LocalWallet, domains: readonly Domain[]): Promise<void> {
  for (const { name } of domains)
    await mined(chain.contracts.consensus.connect(creator).createDomain(PARAMETERS, name));
}

/** Registers everybody with a key, a stake and a secret chain of its own. Their seats count from the epoch after the next. */
export async function register(
  chain: Chain,
  members: readonly Member[],
  extraStake: ReadonlyMap<Member, bigint>,
  ledger: Ledger,
  seed: number,
): Promise<Registered[]> {
  const { registry, vault } = chain.contracts;
  const board = new QuestionBoard(chain.assay, await chain.provider.getBlockNumber());
  const staked = (member: Member) => member.stake + (extraStake.get(member) ?? 0n);
  const wallets = [];
  for (const [i, member] of members.entries()) {
    wallets.push({ wallet: await chain.account(`agent ${i}`), amount: staked(member), member });
  }
  await chain.provide(wallets);

  const registered: Registered[] = [];
  for (const [i, { wallet, member, amount }] of wallets.entries()) {
    const agentId = await registry.connect(wallet)["register()"].staticCall();
    ledger.enter(await mined(registry.connect(wallet)["register()"]()), "setup");
    ledger.enter(await mined(vault.connect(wallet).deposit(agentId, amount)), "setup");
    const journal = createMemoryJournal();
    const domains = [member.domain.id];
    // Joins the domain, and leaves the rest to the runtime that goes on with its journal.
    const agent = new Agent({ agentId, wallet, assay: chain.assay, board, journal, verify: () => null, domains });
    ledger.enter(await agent.enroll(derive(seed, `chain/${i}`), CHAIN_LENGTH), "setup");
    ledger.enter(await agent.allocate(member.domain.id, member.stake), "setup");
    registered.push({
      member,
      agentId,
      wallet,
      life: new AgentLife({ chain, ledger, wallet, agentId, journal, member }),
    });
  }
  return registered;
}
