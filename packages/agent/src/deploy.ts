import { type Addresses, ClientError } from "@assay/sdk";
import { Contract, ethers, type Provider, type Signer, type TransactionReceipt } from "ethers";
import type { AssayFactory } from "../../../typechain/index.js";
import { type ContractName, contractFactory, librariesOf, linkedBytecode, loadArtifact } from "./artifacts.ts";

/** What one instance of the protocol is deployed with; immutable afterwards. */
export interface DeployOptions {
  /** Stake token, a plain ERC-20; a new AssayToken (with a faucet) if absent. */
  readonly token?: string;
  /** ERC-8004 Identity Registry; a new AgentRegistry if absent. */
  readonly registry?: string;
  /** Receives what is burned. */
  readonly sink: string;
  /** Unix seconds at which epoch 0 begins, not in the future. */
  readonly genesis: number;
  /** Seconds, at least 30. */
  readonly epochLength: number;
  /** Distinguishes instances of one deployer. */
  readonly salt: string;
  /** Folder of the compiled contracts, if not that of `npm run compile`. */
  readonly artifacts?: string;
}

/** One contract that was deployed. */
export interface DeployedContract {
  readonly address: string;
  readonly transaction: string;
  readonly block: number;
  readonly arguments: readonly unknown[];
}

/** Every contract deployed so far, by name. */
export type DeploymentRecord = Partial<Record<ContractName, DeployedContract>>;

/** Told of each step, so that a deployment that breaks off can be resumed. */
export interface DeployHooks {
  /** A contract's transaction was sent and is not mined yet. */
  readonly onSent?: (name: ContractName, transaction: string) => void;
  /** A contract is mined. */
  readonly onDeployed?: (name: ContractName, contract: DeployedContract) => void | Promise<void>;
}

/** What an earlier run of a deployment got done. */
export interface EarlierRun {
  readonly record?: DeploymentRecord;
  /** Transactions sent whose contracts are not in the record. */
  readonly sent?: Readonly<Partial<Record<ContractName, string>>>;
}

/**
 * Deploys an instance of the protocol: its libraries, a token and a registry unless given, the factory, and in one transaction
 * Consensus, StakeVault and Claims. What `earlier` holds is not deployed again.
 * @throws ClientError `NO_CODE` if a contract of the record has no code on this chain
 */
export async function deployProtocol(
  signer: Signer,
  options: DeployOptions,
  earlier: EarlierRun = {},
  hooks: DeployHooks = {},
): Promise<{ addresses: Addresses; record: DeploymentRecord }> {
  const record: DeploymentRecord = { ...earlier.record };
  const { provider } = signer;
  if (provider === null) throw new ClientError("WRONG_CHAIN", "the deployer is not connected to a chain");
  for (const [name, contract] of Object.entries(record)) {
    if ((await provider.getCode(contract.address)) !== "0x") continue;
    throw new ClientError("NO_CODE", `${name} is recorded at ${contract.address}, where this chain has no code`);
  }
  const note = async (name: ContractName, contract: DeployedContract) => {
    record[name] = contract;
    await hooks.onDeployed?.(name, contract);
  };
  const deployOne = async (name: ContractName): Promise<string> => {
    const done = record[name];
    if (done !== undefined) return done.address;
    let receipt = await minedEarlier(provider, earlier.sent?.[name]);
    if (receipt === null) {
      const contract = await contractFactory(name, signer, addressesOf(record), options.artifacts).deploy();
      const sent = contract.deploymentTransaction();
      if (sent !== null) hooks.onSent?.(name, sent.hash);
      receipt = (await sent?.wait()) ?? null;
    }
    if (!receipt?.contractAddress) throw new ClientError("NO_CODE", `the transaction that deploys ${name} was dropped`);
    const address = receipt.contractAddress;
    await note(name, { address, transaction: receipt.hash, block: receipt.blockNumber, arguments: [] });
    return address;
  };

  // Libraries may need libraries: deploy those first that need none left.
  const needs = (name: ContractName) => librariesOf(name, options.artifacts);
  const libraries = new Set(needs("Consensus"));
  for (const library of [...libraries]) for (const needed of needs(library)) libraries.add(needed);
  const order = [...libraries].sort((a, b) => needs(a).length - needs(b).length);
  for (const library of order) await deployOne(library);

  const token = options.token ?? (await deployOne("AssayToken"));
  const registry = options.registry ?? (await deployOne("AgentRegistry"));
  const factoryAddress = await deployOne("AssayFactory");
  if (record.Consensus === undefined || record.Claims === undefined || record.StakeVault === undefined) {
    await deployCore(signer, factoryAddress, { ...options, token, registry }, addressesOf(record), note, hooks);
  }
  const at = addressesOf(record) as Record<"StakeVault" | "Consensus" | "Claims", string>;
  return { addresses: { token, registry, vault: at.StakeVault, consensus: at.Consensus, claims: at.Claims }, record };
}

async function deployCore(
  signer: Signer,
  factoryAddress: string,
  options: DeployOptions & { token: string; registry: string },
  libraries: Partial<Record<ContractName, string>>,
  note: (name: ContractName, contract: DeployedContract) => Promise<void>,
  hooks: DeployHooks,
): Promise<void> {
  const factory = new Contract(
    factoryAddress,
    loadArtifact("AssayFactory", options.artifacts).abi,
    signer,
  ) as unknown as AssayFactory;
  const { token, registry, sink, genesis, epochLength } = options;
  const deployer = await signer.getAddress();
  const [consensus, claims] = await factory.addressesOf(deployer, options.salt);
  let mined: { transaction: string; block: number };
  if ((await signer.provider?.getCode(consensus)) === "0x") {
    const code = linkedBytecode("Consensus", libraries, options.artifacts);
    const parameters = { token, registry, sink, genesis, epochLength };
    const claimsCode = linkedBytecode("Claims", {}, options.artifacts);
    const sent = await factory.deploy(options.salt, parameters, code, claimsCode);
    hooks.onSent?.("Consensus", sent.hash);
    const receipt = await sent.wait();
    if (receipt === null) throw new ClientError("NO_CODE", "the transaction that deploys Consensus was dropped");
    mined = { transaction: receipt.hash, block: receipt.blockNumber };
  } else {
    // An earlier run sent it and broke off before it was mined.
    const [event] = await factory.queryFilter(factory.filters.Deployed(deployer, options.salt));
    if (event === undefined) throw new ClientError("NO_CODE", `the factory does not know of Consensus at ${consensus}`);
    mined = { transaction: event.transactionHash, block: event.blockNumber };
  }
  // The vault is the first contract that Consensus creates.
  const vault = ethers.getCreateAddress({ from: consensus, nonce: 1 });
  const clock = [genesis, epochLength];
  await note("Consensus", { ...mined, address: consensus, arguments: [token, registry, claims, sink, ...clock] });
  await note("StakeVault", { ...mined, address: vault, arguments: [token, registry, claims, sink, ...clock] });
  await note("Claims", { ...mined, address: claims, arguments: [consensus] });
}

/** Waits for a transaction of an earlier run; null if this chain does not know it or it failed. */
async function minedEarlier(provider: Provider, hash: string | undefined): Promise<TransactionReceipt | null> {
  if (hash === undefined) return null;
  const sent = await provider.getTransaction(hash);
  return (await sent?.wait().catch(() => null)) ?? null;
}

function addressesOf(record: DeploymentRecord): Partial<Record<ContractName, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, { address }]) => [name, address]));
}
