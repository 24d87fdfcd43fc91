export * from "./access-list.ts";
export * from "./actions/agents.ts";
export * from "./actions/beats.ts";
export * from "./actions/claims.ts";
export * from "./actions/domains.ts";
export * from "./actions/questions.ts";
export * from "./actions/stake.ts";
export type { Permit } from "./actions/token.ts";
export * from "./actions/verdicts.ts";
export * from "./client.ts";
export type {
  ContractKey,
  ErrorArguments,
  ErrorName,
  EventArguments,
  EventFilterArguments,
  EventName,
} from "./codec.ts";
export * from "./content.ts";
export type { Terms, TokenTerms } from "./context.ts";
export * from "./contracts.ts";
export * from "./deployment.ts";
export * from "./errors/assay-error.ts";
export * from "./errors/contract-error.ts";
export * from "./errors/contract-errors.ts";
export type { AnyEvent, AssayEvent, EventPlace, EventSelection, ReceiptEvents, SelectedName } from "./events.ts";
export { blockAt, readEvents } from "./logs.ts";
export {
  joinReads,
  mapRead,
  MULTICALL3,
  optional,
  type Read,
  type ReadAction,
  type ReadOptions,
  view,
} from "./reads.ts";
export * from "./statement-file.ts";
export type { BlockRef, BlockTag } from "./node.ts";
export * from "./transaction-log.ts";
export { type Cursor, type Watched, watchEvents, type WatchOptions } from "./watch.ts";
export { MAX_TRANSACTION_GAS } from "./writes.ts";
export type * from "./writes.ts";
