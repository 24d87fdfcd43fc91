export * from "./bar-chart.ts";
export * from "./labels.ts";
export * from "./line-chart.ts";
export * from "./palette.ts";
export * from "./render.ts";
