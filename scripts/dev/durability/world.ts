import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, deployProtocol, openJournal, QuestionBoard } from "@assay/agent";
import { epochStart, type Hex } from "@assay/protocol";
import { type Assay, contentOf, createClient, domainParameters } from "@assay/sdk";
import { HDNodeWallet, id, JsonRpcProvider, NonceManager, toQuantity, ZeroHash } from "ethers";
import { fromRoot } from "../../lib/paths.ts";
import { createScriptWorld } from "../../testing/world.ts";
import type { Errand } from "./errand.ts";

const TOKEN = 10n ** 18n;

/** Stake and allocation of the agent, wei. */
export const STAKE = 3_000n * TOKEN;

/** Seconds: longer than a run's epochs take, since each ends as soon as the agent has beaten. */
const EPOCH_LENGTH = 3_600;

/** Accounts of a development chain. */
const PHRASE = "test test test test test test test test test test test junk";

/** Milliseconds between two blocks. */
const BLOCK_MS = 120;

/** A squeeze makes the base fee so many times as high, but at least so many wei: more than any transaction has allowed for. */
const SQUEEZE = { factor: 8n, least: 4_000_000_000n };

/** A node of its own process with an enrolled agent, whose blocks and epochs are ours to make. */
export interface DurabilityWorld {
  readonly assay: Assay;
  readonly agentId: bigint;
  readonly wallet: string;
  /** Transactions of the wallet before its journal was in use. */
  readonly sentBefore: number;
  /** Path of the agent's journal. */
  readonly journal: string;
  errand(killAt: number): Errand;
  /** Mines blocks until the signal. */
  mine(signal: AbortSignal): Promise<void>;
  /** Makes the next transaction of the agent wait, until it offers more. */
  squeeze(): void;
  /** Begins the next epoch. */
  nextEpoch(): Promise<void>;
  /** Asks a question, which is voted in the next epoch. */
  ask(content: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a node, deploys, and lets an agent join with a chain of so many secrets. */
export async function createDurabilityWorld(secrets: number): Promise<DurabilityWorld> {
  const scripts = await createScriptWorld((port) => [
    fromRoot("node_modules", ".bin", "hardhat"),
    ...["--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)],
  ]);
  const { url, folder } = scripts;
  const rpc = (method: string, ...values: unknown[]) => scripts.rpc(method, ...values);
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 50, batchMaxCount: 1 });
  const close = async () => {
    provider.destroy();
    await scripts.close();
  };
  try {
    const account = (i: number) => HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${i}`).connect(provider);
    const asker = new NonceManager(account(0));
    const wallet = account(1);
    const { timestamp: genesis } = (await provider.getBlock("latest")) ?? { timestamp: 0 };
    const { addresses } = await deployProtocol(asker, {
      ...{ sink: await account(2).getAddress(), genesis, epochLength: EPOCH_LENGTH, salt: ZeroHash },
    });
    const assay = createClient({ addresses, runner: asker });
    const parameters = domainParameters({ seatFee: TOKEN });
    const domainId = (await (await assay.domains.create({ parameters, uri: "" })).wait()).result.domainId;
    await (await assay.token.faucet()).wait();
    const owner = assay.connect(wallet);
    await (await owner.token.faucet()).wait();
    const { agentId } = (await (await owner.agents.register({})).wait()).result;
    await (await owner.stake.depositWithPermit({ agentId, amount: STAKE })).wait();
    const identity = { chainId: (await provider.getNetwork()).chainId, consensus: addresses.consensus, agentId };
    const path = join(folder, `agent-${agentId}.db`);
    const journal = openJournal(path, identity);
    const board = new QuestionBoard(assay, 0);
    const agent = new Agent({ agentId, wallet, assay, board, journal, verify: () => null, domains: [domainId] });
    await agent.enroll(id("secrets") as Hex, secrets);
    await agent.allocate(domainId, STAKE);
    journal.close();
    await allowFees(assay);
    await rpc("evm_setAutomine", false);

    const nextEpoch = async () => {
      const epoch = await assay.beats.epoch();
      await rpc("evm_setNextBlockTimestamp", epochStart(await assay.terms(), epoch + 1) + 1);
      await rpc("evm_mine");
    };
    await nextEpoch();
    await nextEpoch();
    const sentBefore = await provider.getTransactionCount(wallet);
    let squeezing = false;
    const count = (tag: string) => rpc("eth_getTransactionCount", wallet.address, tag);
    return {
      assay,
      agentId,
      wallet: wallet.address,
      sentBefore,
      journal: path,
      errand: (killAt) => {
        const told = { url, addresses, agentId: agentId.toString(), domainId, key: wallet.privateKey };
        return { ...told, journal: path, killAt };
      },
      squeeze: () => {
        squeezing = true;
      },
      mine: async (signal) => {
        while (!signal.aborted) {
          if (squeezing && (await count("pending")) !== (await count("latest"))) {
            squeezing = false;
            await raiseBaseFee(rpc);
          }
          await rpc("evm_mine");
          await sleep(BLOCK_MS);
        }
      },
      nextEpoch,
      ask: async (content) => {
        await (await assay.questions.ask({ domainId, ...contentOf(content) })).wait();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes the next block too dear for what was sent before. */
async function raiseBaseFee(rpc: (method: string, ...params: unknown[]) => Promise<unknown>): Promise<void> {
  const { baseFeePerGas } = (await rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: string };
  const raised = BigInt(baseFeePerGas) * SQUEEZE.factor;
  await rpc("hardhat_setNextBlockBaseFeePerGas", toQuantity(raised > SQUEEZE.least ? raised : SQUEEZE.least));
}

/** Lets the vault take the fees of all questions to come. */
async function allowFees({ contracts, addresses }: Assay): Promise<void> {
  await (await contracts.token.approve(addresses.vault, (1n << 256n) - 1n)).wait();
}
