/** ABIs of the contracts, `as const`: for viem, wagmi, or an indexer. */
export { registryAbi } from "./generated/registry.ts";
export { factoryAbi } from "./generated/factory.ts";
export { tokenAbi } from "./generated/token.ts";
export { claimsAbi } from "./generated/claims.ts";
export { consensusAbi } from "./generated/consensus.ts";
export { vaultAbi } from "./generated/vault.ts";
