import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { epochStart } from "@assay/protocol";
import { type Assay, contentOf } from "@assay/sdk";
import { JsonRpcProvider, NonceManager } from "ethers";
import { fromRoot } from "../../lib/paths.ts";
import { createScriptWorld } from "../../testing/world.ts";
import type { Errand } from "./errand.ts";
import { accountOf, deployWithDomain, joinDomain, raiseBaseFee, type Rpc } from "./setup.ts";

/** Seconds: longer than a run's epochs take, since each ends as soon as the agent has beaten. */
const EPOCH_LENGTH = 3_600;

/** Milliseconds between two blocks. */
const BLOCK_MS = 120;

/** A node of its own process with an enrolled agent, whose blocks and epochs are ours to make. */
export interface DurabilityWorld {
  readonly assay: Assay;
  readonly agentId: bigint;
  readonly domainId: number;
  readonly wallet: string;
  /** Transactions of the wallet before its journal was in use. */
  readonly sentBefore: number;
  /** Path of the agent's journal. */
  readonly journal: string;
  errand(killAt: number): Errand;
  /** Calls the node. */
  readonly rpc: Rpc;
  /** Mines blocks until the signal. */
  mine(signal: AbortSignal): Promise<void>;
  /** Makes the next transaction of the agent wait, until it offers more. */
  squeeze(): void;
  /** Begins the next epoch. */
  nextEpoch(): Promise<void>;
  /** Asks a question, which is voted in the next epoch. */
  ask(content: string): Promise<void>;
  /** Lets the asker count its transactions anew: a reorganisation has dropped some. */
  recount(): void;
  close(): Promise<void>;
}

/** The command of a Hardhat node. */
function hardhatNode(port: number): [string, ...string[]] {
  const args = ["--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)];
  return [fromRoot("node_modules", ".bin", "hardhat"), ...args];
}

/**
 * Starts a node, deploys, and lets an agent join with a chain of so many secrets.
 * @param command of the node; Hardhat's unless told
 */
export async function createDurabilityWorld(secrets: number, command = hardhatNode): Promise<DurabilityWorld> {
  const scripts = await createScriptWorld(command);
  const { url, folder } = scripts;
  const rpc: Rpc = (method, ...values) => scripts.rpc(method, ...values);
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 50, batchMaxCount: 1 });
  const close = async () => {
    provider.destroy();
    await scripts.close();
  };
  try {
    const asker = new NonceManager(accountOf(0, provider));
    const wallet = accountOf(1, provider);
    const sink = accountOf(2, provider).address;
    const { assay, domainId } = await deployWithDomain(asker, { sink, epochLength: EPOCH_LENGTH });
    const pathOf = (id: bigint) => join(folder, `agent-${id}.db`);
    const { agentId, journal } = await joinDomain(assay, wallet, { domainId, secrets, pathOf });
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
      ...{ assay, agentId, domainId, journal, rpc, nextEpoch, close, sentBefore },
      wallet: wallet.address,
      errand: (killAt) => {
        const { addresses } = assay;
        const told = { url, addresses, agentId: agentId.toString(), domainId, key: wallet.privateKey };
        return { ...told, journal, killAt };
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
      ask: async (content) => {
        await (await assay.questions.ask({ domainId, ...contentOf(content) })).wait();
      },
      recount: () => asker.reset(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
