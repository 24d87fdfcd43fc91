import { Agent, deployProtocol, openJournal, QuestionBoard } from "@assay/agent";
import type { Hex } from "@assay/protocol";
import { type Assay, createClient, domainParameters } from "@assay/sdk";
import { HDNodeWallet, id, type NonceManager, type Provider, toQuantity, type Wallet, ZeroHash } from "ethers";

const TOKEN = 10n ** 18n;

/** Stake and allocation of an agent, wei. */
export const STAKE = 3_000n * TOKEN;

/** Accounts of a development chain. */
const PHRASE = "test test test test test test test test test test test junk";

/** A spike makes the base fee so many times as high, but at least so many wei: more than any transaction has allowed for. */
const SPIKE = { factor: 8n, least: 4_000_000_000n };

/** Calls a node. */
export type Rpc = (method: string, ...params: unknown[]) => Promise<unknown>;

/** A key of the accounts that a development node has. */
export function accountOf(i: number, provider: Provider): HDNodeWallet {
  return HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${i}`).connect(provider);
}

/**
 * Deploys the protocol, beginning now, with a domain in which the asker may ask as much as it likes.
 * @param terms.epochLength seconds
 * @param terms.seatFee wei; a token unless told
 */
export async function deployWithDomain(
  asker: NonceManager,
  {
    sink,
    epochLength,
    seatFee = TOKEN,
  }: { readonly sink: string; readonly epochLength: number; readonly seatFee?: bigint },
): Promise<{ assay: Assay; domainId: number; genesis: number }> {
  const { timestamp: genesis } = (await asker.provider?.getBlock("latest")) ?? { timestamp: 0 };
  const { addresses } = await deployProtocol(asker, { sink, genesis, epochLength, salt: ZeroHash });
  const assay = createClient({ addresses, runner: asker });
  const parameters = domainParameters({ seatFee });
  const { domainId } = (await (await assay.domains.create({ parameters, uri: "" })).wait()).result;
  await (await assay.token.faucet()).wait();
  await (await assay.contracts.token.approve(addresses.vault, (1n << 256n) - 1n)).wait();
  return { assay, domainId, genesis };
}

/** Registers an agent with stake, and lets it join a domain with a chain of so many secrets, which are in its journal then. */
export async function joinDomain(
  assay: Assay,
  wallet: Wallet | HDNodeWallet,
  { domainId, secrets, pathOf }: { domainId: number; secrets: number; pathOf: (agentId: bigint) => string },
): Promise<{ agentId: bigint; journal: string }> {
  const owner = assay.connect(wallet);
  await (await owner.token.faucet()).wait();
  const { agentId } = (await (await owner.agents.register({})).wait()).result;
  await (await owner.stake.depositWithPermit({ agentId, amount: STAKE })).wait();
  const { chainId } = await assay.terms();
  const path = pathOf(agentId);
  const journal = openJournal(path, { chainId, consensus: assay.addresses.consensus, agentId });
  const board = new QuestionBoard(assay, 0);
  const agent = new Agent({ agentId, wallet, assay, board, journal, verify: () => null, domains: [domainId] });
  await agent.enroll(id(`secrets ${agentId}`) as Hex, secrets);
  await agent.allocate(domainId, STAKE);
  journal.close();
  return { agentId, journal: path };
}

/** Makes the next block too dear for what was sent before. */
export async function raiseBaseFee(rpc: Rpc): Promise<void> {
  const { baseFeePerGas } = (await rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: string };
  const raised = BigInt(baseFeePerGas) * SPIKE.factor;
  await rpc("hardhat_setNextBlockBaseFeePerGas", toQuantity(raised > SPIKE.least ? raised : SPIKE.least));
}
