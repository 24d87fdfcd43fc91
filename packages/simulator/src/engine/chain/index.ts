export { ChainEngine, type ChainOptions } from "./chain-engine.ts";
export { CHAIN_ID } from "./deployment.ts";
export type { BlockPlan, Call, LocalChain } from "./local-chain.ts";
export { createTwins, TwinEngine, type Twin } from "./twin-engine.ts";
