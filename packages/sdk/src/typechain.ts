/** Types of the contracts as Hardhat writes them; the published package carries them in itself. */
export type { AgentRegistry } from "../../../typechain/AgentRegistry.js";
export type { AssayToken } from "../../../typechain/AssayToken.js";
export type { Claims } from "../../../typechain/Claims.js";
export type { Consensus } from "../../../typechain/Consensus.js";
export type { StakeVault } from "../../../typechain/StakeVault.js";
