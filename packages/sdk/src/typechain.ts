/** Types of the contracts as Hardhat writes them; the published package carries them in itself. */
export type { AgentRegistry, AssayToken, Claims, Consensus, StakeVault } from "../../../typechain/index.js";
