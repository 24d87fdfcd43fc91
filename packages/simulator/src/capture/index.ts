export * from "./draw.ts";
export * from "./model.ts";
