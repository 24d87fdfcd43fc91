import { Contract, type ContractRunner, Interface } from "ethers";
import type { AgentRegistry, AssayToken, Claims, Consensus, StakeVault } from "../../../typechain/index.js";
import { loadArtifact } from "./artifacts.ts";

/** Addresses of one instance of the protocol. */
export interface Addresses {
  readonly token: string;
  readonly registry: string;
  readonly vault: string;
  readonly consensus: string;
  readonly claims: string;
}

/** The contracts of one instance, bound to one provider or signer. */
export interface Contracts {
  readonly token: AssayToken;
  readonly registry: AgentRegistry;
  readonly vault: StakeVault;
  readonly consensus: Consensus;
  readonly claims: Claims;
}

/**
 * Binds the contracts at `addresses`; the token and the registry may be any with the same interface.
 * @param artifacts folder of the compiled contracts, if not that of `npm run compile`
 */
export function bindContracts(addresses: Addresses, runner: ContractRunner, artifacts?: string): Contracts {
  const bind = (name: "AgentRegistry" | "AssayToken" | "Claims" | "Consensus" | "StakeVault", address: string) =>
    new Contract(address, loadArtifact(name, artifacts).abi, runner) as unknown;
  return {
    token: bind("AssayToken", addresses.token) as AssayToken,
    registry: bind("AgentRegistry", addresses.registry) as AgentRegistry,
    vault: bind("StakeVault", addresses.vault) as StakeVault,
    consensus: bind("Consensus", addresses.consensus) as Consensus,
    claims: bind("Claims", addresses.claims) as Claims,
  };
}

/**
 * Interfaces whose custom errors a call to the protocol may revert with.
 * @param artifacts as for {@link bindContracts}
 */
export function errorInterfaces(artifacts?: string): Interface[] {
  const names = ["Claims", "Consensus", "StakeVault", "AgentRegistry", "AssayToken", "AssayFactory"] as const;
  return names.map((name) => new Interface(loadArtifact(name, artifacts).abi));
}
