import { epochStart } from "@assay/protocol";
import { type Assay, contentOf } from "@assay/sdk";
import { JsonRpcProvider, NonceManager, toQuantity, parseEther } from "ethers";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../../lib/paths.ts";
import { createScriptWorld } from "../../testing/world.ts";
import { accountOf, deployWithDomain, joinDomain, type Rpc } from "../durability/setup.ts";
import type { Enlisted } from "./errand.ts";
import { type Figures, figuresOf, type Mark } from "./figures.ts";

/** Chain of a Hardhat node. */
export const CHAIN_ID = 31_337;
/** Milliseconds between two blocks. */
const BLOCK_MS = 1_000;
/** Accounts before those of the agents: the asker's and the sink's. */
const FIRST_ACCOUNT = 2;
/** Part of an epoch after which questions are asked. */
const ASKED = 0.25;
/** Secrets of each agent: more epochs than any run has. */
const SECRETS = 256;
/** Epochs from an allocation until it counts. */
const ALLOCATION_DELAY = 2;

/** What an event says became of a ballot. */
const KINDS = {
  "consensus.BallotCommitted": "committed",
  "consensus.BallotRevealed": "revealed",
  "consensus.BallotForfeited": "forfeited",
} as const;

/** A node of its own process, a domain, and agents that are to be run. */
export interface SwarmWorld {
  readonly url: string;
  /** A temporary folder. */
  readonly folder: string;
  readonly assay: Assay;
  readonly domainId: number;
  readonly agents: readonly Enlisted[];
  /** Asks so many questions in each epoch, until the signal. */
  ask(questions: number, signal: AbortSignal): Promise<void>;
  /** Waits until an epoch begins. @returns its number */
  epochBegins(): Promise<number>;
  /** How agents kept up in the epochs from one on. */
  figures(first: number, epochs: number): Promise<Figures>;
  close(): Promise<void>;
}

/** Starts a Hardhat node that mines by the clock, deploys, and lets agents join. */
export async function createSwarmWorld(
  count: number,
  epochLength: number,
  say: (line: string) => void,
): Promise<SwarmWorld> {
  say("starting a node and deploying");
  const scripts = await createScriptWorld((port) => [
    fromRoot("node_modules", ".bin", "hardhat"),
    ...["--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)],
  ]);
  const { url, folder } = scripts;
  const rpc: Rpc = (method, ...values) => scripts.rpc(method, ...values);
  const provider = new JsonRpcProvider(url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 100 });
  const close = async () => {
    provider.destroy();
    await scripts.close();
  };
  try {
    const asker = new NonceManager(accountOf(0, provider));
    const { assay, domainId } = await deployWithDomain(asker, { sink: accountOf(1, provider).address, epochLength });
    // As `assay` keeps them.
    const data = join(folder, "agents", `${CHAIN_ID}-${assay.addresses.consensus}`);
    mkdirSync(data, { recursive: true });
    const terms = await assay.terms();

    say(`letting ${count} agents join`);
    const agents: Enlisted[] = [];
    const enlist = async (i: number) => {
      const wallet = accountOf(FIRST_ACCOUNT + i, provider);
      await rpc("hardhat_setBalance", wallet.address, toQuantity(parseEther("10")));
      const pathOf = (id: bigint) => join(data, `agent-${id}.db`);
      const { agentId, journal } = await joinDomain(assay, wallet, { domainId, secrets: SECRETS, pathOf });
      agents.push({ agentId: agentId.toString(), key: wallet.privateKey, journal });
    };
    // One after another: what one does changes what the next one's transactions cost.
    for (let i = 0; i < count; i++) await enlist(i);
    await rpc("evm_increaseTime", ALLOCATION_DELAY * epochLength);
    await rpc("evm_setAutomine", false);
    await rpc("evm_setIntervalMining", BLOCK_MS);

    const epochBegins = async () => {
      const present = await assay.beats.epoch();
      for (;;) {
        const epoch = await assay.beats.epoch();
        if (epoch > present) return epoch;
        await sleep(BLOCK_MS / 4);
      }
    };
    return {
      ...{ url, folder, assay, domainId, agents, epochBegins, close },
      ask: async (questions, signal) => {
        for (let asked = 0; !signal.aborted;) {
          await epochBegins();
          // Asking rolls: the agents are to do so.
          await sleep(epochLength * ASKED * 1000);
          const sent = [];
          for (let i = 0; i < questions && !signal.aborted; i++) {
            // The node hears of all of them before it mines the first.
            sent.push(await assay.questions.ask({ domainId, ...contentOf(`question ${asked++}`) }));
          }
          await Promise.all(sent.map((question) => question.wait()));
        }
      },
      figures: async (first, epochs) => {
        const events = await assay.events(Object.keys(KINDS) as (keyof typeof KINDS)[]);
        const times = new Map<number, number>();
        const marks: Mark[] = [];
        const voted = new Set<string>();
        for (const { name, args, blockNumber } of events) {
          const at = times.get(blockNumber) ?? (await provider.getBlock(blockNumber))?.timestamp ?? 0;
          times.set(blockNumber, at);
          const { agentId, epoch } = args;
          marks.push({ kind: KINDS[name], agentId, epoch, at });
          if (name === "consensus.BallotRevealed" && args.receipts !== "0x") voted.add(`${agentId} ${epoch}`);
        }
        const agentIds = agents.map(({ agentId }) => BigInt(agentId));
        const startOf = (epoch: number) => epochStart(terms, epoch);
        return figuresOf(marks, { first, epochs, agentIds, startOf, epochLength }, voted);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
