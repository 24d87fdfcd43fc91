export * from "./agent.ts";
export * from "./artifacts.ts";
export * from "./beats.ts";
export * from "./board.ts";
export * from "./deploy.ts";
export * from "./errors.ts";
export * from "./journal.ts";
export * from "./voting.ts";
