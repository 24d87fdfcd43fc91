import { Contract, type ContractRunner } from "ethers";
import { CONTRACT_KEYS, type ContractKey, INTERFACES } from "./codec.ts";
import type { AgentRegistry, AssayToken, Claims, Consensus, StakeVault } from "./typechain.ts";

/** Addresses of one instance of the protocol. */
export type Addresses = Readonly<Record<ContractKey, string>>;

/** The contracts of one instance, bound to one provider or signer: ethers contracts with types, for what no action does. */
export interface Contracts {
  readonly token: AssayToken;
  readonly registry: AgentRegistry;
  readonly vault: StakeVault;
  readonly consensus: Consensus;
  readonly claims: Claims;
}

/** Binds the contracts at `addresses`; the token and the registry may be any with the same interface. */
export function bindContracts(addresses: Addresses, runner: ContractRunner): Contracts {
  const bound = CONTRACT_KEYS.map((key) => [key, new Contract(addresses[key], INTERFACES[key], runner)]);
  return Object.fromEntries(bound) as Contracts;
}
