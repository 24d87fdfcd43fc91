import { Contract, ethers, type Signer } from "ethers";
import type { AssayFactory } from "../../../typechain/index.js";
import { type ContractName, contractFactory, librariesOf, linkedBytecode, loadArtifact } from "./artifacts.ts";
import type { Addresses } from "./contracts.ts";
import { AssayError } from "./errors.ts";

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

/** Told after each contract, so that a deployment that breaks off can be resumed. */
export type OnDeployed = (name: ContractName, contract: DeployedContract, record: DeploymentRecord) => void;

/**
 * Deploys an instance of the protocol: its libraries, a token and a registry unless given, the factory, and in one transaction
 * Consensus, StakeVault and Claims. Contracts of `known` are not deployed again.
 * @throws AssayError `NoCode` if a known contract has no code on this chain
 */
export async function deployProtocol(
  signer: Signer,
  options: DeployOptions,
  known: DeploymentRecord = {},
  onDeployed: OnDeployed = () => undefined,
): Promise<{ addresses: Addresses; record: DeploymentRecord }> {
  const record: DeploymentRecord = { ...known };
  const { provider } = signer;
  if (provider === null) throw new AssayError("WrongChain", "the deployer is not connected to a chain");
  for (const [name, contract] of Object.entries(record)) {
    if ((await provider.getCode(contract.address)) !== "0x") continue;
    throw new AssayError("NoCode", `${name} is recorded at ${contract.address}, where this chain has no code`);
  }
  const note = (name: ContractName, contract: DeployedContract) => {
    record[name] = contract;
    onDeployed(name, contract, record);
  };
  const deployOne = async (name: ContractName): Promise<string> => {
    const done = record[name];
    if (done !== undefined) return done.address;
    const contract = await contractFactory(name, signer, addressesOf(record)).deploy();
    const receipt = await contract.deploymentTransaction()?.wait();
    if (!receipt) throw new AssayError("NoCode", `the transaction that deploys ${name} was dropped`);
    const address = await contract.getAddress();
    note(name, { address, transaction: receipt.hash, block: receipt.blockNumber, arguments: [] });
    return address;
  };

  // Libraries may need libraries: deploy those first that need none left.
  const libraries = new Set(librariesOf("Consensus"));
  for (const library of [...libraries]) for (const needed of librariesOf(library)) libraries.add(needed);
  const order = [...libraries].sort((a, b) => librariesOf(a).length - librariesOf(b).length);
  for (const library of order) await deployOne(library);

  const token = options.token ?? (await deployOne("AssayToken"));
  const registry = options.registry ?? (await deployOne("AgentRegistry"));
  const factoryAddress = await deployOne("AssayFactory");
  if (record.Consensus === undefined || record.Claims === undefined || record.StakeVault === undefined) {
    await deployCore(signer, factoryAddress, { ...options, token, registry }, addressesOf(record), note);
  }
  const at = addressesOf(record) as Record<"StakeVault" | "Consensus" | "Claims", string>;
  return { addresses: { token, registry, vault: at.StakeVault, consensus: at.Consensus, claims: at.Claims }, record };
}

async function deployCore(
  signer: Signer,
  factoryAddress: string,
  options: DeployOptions & { token: string; registry: string },
  libraries: Partial<Record<ContractName, string>>,
  note: (name: ContractName, contract: DeployedContract) => void,
): Promise<void> {
  const factory = new Contract(factoryAddress, loadArtifact("AssayFactory").abi, signer) as unknown as AssayFactory;
  const { token, registry, sink, genesis, epochLength } = options;
  const [consensus, claims] = await factory.addressesOf(await signer.getAddress(), options.salt);
  const code = linkedBytecode("Consensus", libraries);
  const parameters = { token, registry, sink, genesis, epochLength };
  const sent = await factory.deploy(options.salt, parameters, code, linkedBytecode("Claims", {}));
  const receipt = await sent.wait();
  if (receipt === null) throw new AssayError("NoCode", "the transaction that deploys Consensus was dropped");
  // The vault is the first contract that Consensus creates.
  const vault = ethers.getCreateAddress({ from: consensus, nonce: 1 });
  const common = { transaction: receipt.hash, block: receipt.blockNumber };
  const clock = [genesis, epochLength];
  note("Consensus", { ...common, address: consensus, arguments: [token, registry, claims, sink, ...clock] });
  note("StakeVault", { ...common, address: vault, arguments: [token, registry, claims, sink, ...clock] });
  note("Claims", { ...common, address: claims, arguments: [consensus] });
}

function addressesOf(record: DeploymentRecord): Partial<Record<ContractName, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, { address }]) => [name, address]));
}
