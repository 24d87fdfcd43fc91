import { createHash } from "node:crypto";
import { basename } from "node:path";
import { dataFingerprint } from "./fingerprint.ts";
import { SYNTHETIC } from "../cli/source.ts";
import { USUAL_RULES } from "../engine/usual.ts";
import type { Config, Group, Source } from "../model/config.ts";

/** Parts of the study, in the order in which they are run. */
export const PARTS = {
  quality: "the swarm beside its baselines, on all data, clean and attacked",
  parts: "what each part of the rules is worth",
  attacks: "every attack, by share of the stake: what it takes and brings",
  race: "reward of an agent as agents and stake grow",
  capture: "capture by share of the stake, exact and simulated",
} as const;

export type PartName = keyof typeof PARTS;

/** One configuration of the study, which is run with many seeds. */
export interface Cell {
  readonly part: PartName;
  /** What it is, among the cells of its part. */
  readonly labels: Readonly<Record<string, string | number>>;
  readonly config: Omit<Config, "seed">;
}

/** A name that no other cell has. */
export function idOf({ part, labels }: Cell): string {
  return [part, ...Object.values(labels)].join("/");
}

/** Of everything that a cell's results depend on, and not of where its data lie. @param code that simulates */
export function hashOf({ config }: Cell, code: string): string {
  const { source } = config;
  const named = source.kind === "folder" ? { ...source, path: basename(source.path) } : source;
  const text = JSON.stringify({ ...config, source: named }, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return createHash("sha256")
    .update(`${code} ${dataFingerprint(source)} ${text}`)
    .digest("hex")
    .slice(0, 16);
}

/** What all cells have in common. */
export function baseConfig(source: Source): Omit<Config, "seed"> {
  return {
    source,
    agents: null,
    groups: [],
    rules: USUAL_RULES,
    canaries: 0,
    budgetRounds: USUAL_RULES.maxRounds - 1,
    minConfidence: 0,
    stake: 0n,
    epochs: null,
    questionsPerEpoch: null,
    engine: "sampled",
  };
}

/** Share of the canaries, where there are any. */
export const CANARIES = 0.05;

/** A group with the same share of the stake and of the identities. */
export function groupOf(strategy: string, share: number, settings: Group["settings"] = {}): Group {
  return { strategy, stake: share, identities: share, settings };
}

/** A made-up panel of a hundred. */
export function panel(changes: Partial<typeof SYNTHETIC> = {}): Source {
  return { ...SYNTHETIC, items: 400, ...changes };
}
