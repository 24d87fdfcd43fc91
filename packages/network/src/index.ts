export * from "./errors.ts";
export * from "./identity/binding.ts";
export * from "./identity/keys.ts";
export * from "./node/exchange.ts";
export * from "./node/gossip.ts";
export * from "./report.ts";
export * from "./wire/codec.ts";
export * from "./wire/fields.ts";
