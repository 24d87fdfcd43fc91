import {
  type Contract,
  ContractFactory,
  type ContractTransactionReceipt,
  id,
  type InterfaceAbi,
  type Signer,
  Wallet,
} from "ethers";
import type { network } from "hardhat";
import { createChain } from "../scripts/dev/gas/population.ts";

/** What is needed of a compiler's output. */
export interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

/** The one in-process chain that every system runs on. */
export interface Chain {
  readonly connection: Awaited<ReturnType<typeof network.create>>;
  /** Deploys and governs; never a voter. */
  readonly deployer: Signer;
  /** The first `count` of an endless list of accounts with ether, the same for every system. */
  voters(count: number): Promise<Wallet[]>;
  deploy(artifact: Artifact, ...args: unknown[]): Promise<Contract>;
  /** Seconds since 1970 of the next block, more or less. */
  now(): Promise<number>;
  /** Mines a block that is `seconds` later. */
  pass(seconds: number): Promise<void>;
  mine(blocks: number): Promise<void>;
}

/** Wei. */
const ETHER_OF_A_VOTER = 10n ** 21n;

export async function openChain(): Promise<Chain> {
  const connection = await createChain();
  const { ethers, networkHelpers } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error("the in-process chain has no accounts");
  const wallets: Wallet[] = [];
  return {
    connection,
    deployer,
    voters: async (count) => {
      while (wallets.length < count) {
        const wallet = new Wallet(id(`voter ${wallets.length}`), ethers.provider);
        await networkHelpers.setBalance(wallet.address, ETHER_OF_A_VOTER);
        wallets.push(wallet);
      }
      return wallets.slice(0, count);
    },
    deploy: async ({ abi, bytecode }, ...args) => {
      const factory = new ContractFactory<unknown[], Contract>(abi, bytecode, deployer);
      const contract = await factory.deploy(...args);
      await contract.waitForDeployment();
      return contract;
    },
    now: () => networkHelpers.time.latest(),
    pass: async (seconds) => {
      await networkHelpers.time.increase(seconds);
    },
    mine: (blocks) => networkHelpers.mine(blocks),
  };
}

/** Sends a transaction; a revert is an error that names the method. */
export async function send(
  from: Signer,
  to: Contract,
  method: string,
  args: readonly unknown[] = [],
  value = 0n,
): Promise<ContractTransactionReceipt> {
  const contract = to.connect(from) as Contract;
  try {
    const transaction = await contract.getFunction(method).send(...args, { value });
    const receipt = await transaction.wait();
    if (receipt === null) throw new Error("the transaction was dropped");
    return receipt;
  } catch (cause) {
    throw new Error(`${method}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** As {@link send}; the gas used, base and calldata included. */
export async function gasOf(...call: Parameters<typeof send>): Promise<number> {
  return Number((await send(...call)).gasUsed);
}

export async function read<T>(contract: Contract, method: string, ...args: unknown[]): Promise<T> {
  return (await contract.getFunction(method).staticCall(...args)) as T;
}

/** The values that a receipt's events of one name carry, of one contract. */
export function eventsOf(
  contract: Contract,
  receipt: ContractTransactionReceipt,
  name: string,
): Record<string, unknown>[] {
  return receipt.logs
    .filter(({ address }) => address === contract.target)
    .map((log) => contract.interface.parseLog(log))
    .filter((event) => event?.name === name)
    .map((event) => event?.args.toObject() ?? {});
}
