import { Agent, openJournal, QuestionBoard } from "@assay/agent";
import { BINDING_KEY, bindingCodec, createNodeKeys, recordCodec, signBinding } from "@assay/network";
import type { Address, Hex } from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import { getBytes, hexlify, id, JsonRpcProvider, NonceManager, parseEther, toQuantity, Wallet } from "ethers";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fromRoot } from "../../lib/paths.ts";
import { anvilNode, findAnvil } from "../../testing/anvil.ts";
import { createScriptWorld } from "../../testing/world.ts";
import { accountOf, deployWithDomain, joinDomain, type Rpc } from "../durability/setup.ts";
import type { Place } from "./errand.ts";

/** Chain of a development node. */
export const CHAIN_ID = 31_337;
/** Accounts before those of the agents. */
const ACCOUNT = { asker: 0, sink: 1, agents: 2 };
/** Epochs from an allocation until it counts. */
const ALLOCATION_DELAY = 2;
/** Secrets of each agent: more epochs than a test has. */
const SECRETS = 64;

/** How a world is made. */
export interface WorldOptions {
  readonly agents: number;
  /** Seconds. */
  readonly epochLength: number;
  /** Of the domain, wei; of which a statement.s least bond is a multiple. */
  readonly seatFee: bigint;
  /** Pledge of each agent, wei. */
  readonly pledge: bigint;
  /** Multiaddrs that an agent publishes; none unless told. */
  readonly addressesOf?: (agent: number) => readonly string[];
}

/** A chain in a process of its own, with agents that have a binding, a pledge and a statement signer each. */
export interface NetworkWorld {
  readonly url: string;
  /** Such as `anvil`. */
  readonly node: string;
  /** A temporary folder. */
  readonly folder: string;
  /** As an account with tokens that owns no agent. */
  readonly assay: Assay;
  readonly domainId: number;
  /** Least bond of a statement, wei. */
  readonly minBond: bigint;
  readonly places: readonly Place[];
  /** Unix seconds of a block that is made for it. */
  now(): Promise<number>;
  /** Moves on by epochs, in each of which every agent votes. @param outcomeOf what an agent votes, by its place */
  epochs(count: number, outcomeOf: (agent: number) => number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a node (anvil, else Hardhat's), deploys, and lets agents join; their keys are always the same. */
export async function createNetworkWorld(options: WorldOptions): Promise<NetworkWorld> {
  const { epochLength, seatFee } = options;
  const anvil = findAnvil();
  const hardhat = fromRoot("node_modules", ".bin", "hardhat");
  const scripts = await createScriptWorld(
    anvil === null
      ? (port) => [hardhat, "--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)]
      : anvilNode(anvil),
  );
  const { url, folder } = scripts;
  const rpc: Rpc = (method, ...values) => scripts.rpc(method, ...values);
  const provider = new JsonRpcProvider(url, CHAIN_ID, {
    ...{ staticNetwork: true, cacheTimeout: -1, pollingInterval: 20, batchMaxCount: 1 },
  });
  const close = async () => {
    provider.destroy();
    await scripts.close();
  };
  try {
    const asker = new NonceManager(accountOf(ACCOUNT.asker, provider));
    const sink = accountOf(ACCOUNT.sink, provider).address;
    const { assay, domainId } = await deployWithDomain(asker, { sink, epochLength, seatFee });
    mkdirSync(join(folder, "journals"));
    const places: Place[] = [];
    // One after another: what one does changes what the next one's transactions cost.
    for (let agent = 0; agent < options.agents; agent++) {
      const wallet = accountOf(ACCOUNT.agents + agent, provider);
      await rpc("hardhat_setBalance", wallet.address, toQuantity(parseEther("100")));
      places.push(await enlist(assay, wallet, { ...options, agent, domainId, folder }));
    }
    const pass = async (seconds: number) => {
      await rpc("evm_increaseTime", seconds);
      await rpc("evm_mine");
    };
    await pass(ALLOCATION_DELAY * epochLength);
    const now = async () => {
      // Nobody makes blocks while nobody transacts, so that the latest one may be long ago.
      await rpc("evm_mine");
      return (await provider.getBlock("latest"))?.timestamp ?? 0;
    };
    const { genesis } = await assay.terms();
    return {
      ...{ url, folder, assay, domainId, places, close, now },
      node: anvil === null ? "a Hardhat node" : "anvil",
      minBond: await assay.claims.minBond(domainId),
      epochs: async (count, outcomeOf) => {
        const { chainId } = await assay.terms();
        const board = new QuestionBoard(assay, 0);
        const voters = places.map(({ agentId, ownerKey, journal: path }, agent) => {
          const owner = { chainId, consensus: assay.addresses.consensus, agentId: BigInt(agentId) };
          const journal = openJournal(path, owner);
          const wallet = new Wallet(ownerKey, provider);
          const verify = () => outcomeOf(agent);
          const domains = [domainId];
          return { journal, voter: new Agent({ ...owner, assay, wallet, board, journal, verify, domains }) };
        });
        for (let i = 0; i < count; i++) {
          await pass(epochLength - (((await now()) - genesis) % epochLength) + 1);
          for (const { voter } of voters) await voter.beat();
        }
        for (const { journal } of voters) journal.close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Lets an account's agent join, pledge, name a statement signer and publish a binding. */
async function enlist(
  assay: Assay,
  wallet: ReturnType<typeof accountOf>,
  { agent, pledge, domainId, folder, addressesOf }: WorldOptions & { agent: number; domainId: number; folder: string },
): Promise<Place> {
  const pathOf = (agentId: bigint) => join(folder, "journals", `agent-${agentId}.db`);
  const { agentId, journal } = await joinDomain(assay, wallet, { domainId, secrets: SECRETS, pathOf });
  const owner = assay.connect(wallet);
  const signer = new Wallet(id(`statement signer ${agent}`));
  await (await owner.claims.addSigner({ agentId, signer: signer.address })).wait();
  await (await owner.stake.pledge({ agentId, amount: pledge })).wait();
  const seed = id(`node ${agent}`) as Hex;
  const keys = await createNodeKeys(getBytes(seed));
  const { chainId } = await assay.terms();
  const block = await wallet.provider?.getBlock("latest");
  const who = { agentId, owner: wallet.address as Address, issuedAt: BigInt(block?.timestamp ?? 0) };
  const binding = await signBinding({ chainId, registry: assay.addresses.registry as Address }, who, keys, wallet);
  const value = hexlify(recordCodec.encode({ binding, addresses: addressesOf?.(agent) ?? [] })) as Hex;
  await (await owner.agents.setMetadata({ agentId, key: BINDING_KEY, value })).wait();
  const published = hexlify(bindingCodec.encode(binding)) as Hex;
  const { privateKey: ownerKey } = wallet;
  return {
    ...{ agentId: agentId.toString(), ownerKey, seed, journal },
    signerKey: signer.privateKey,
    binding: published,
  };
}
