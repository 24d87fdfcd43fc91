import { existsSync } from "node:fs";
import { join } from "node:path";
import { USUAL_RULES, SEAT_FEE } from "../engine/usual.ts";
import type { Part } from "../engine/rules.ts";
import type { Config, Group, Source } from "../model/config.ts";
import { STRATEGIES } from "../strategies/strategies.ts";
import { baseConfig, CANARIES, type Cell, groupOf, panel } from "./cell.ts";

/** Public sets, where they are at hand: folders below the root of the data. */
export const PUBLIC_SETS = ["rte", "dog", "zc_in", "sp_amt", "ms", "gsm"];

const PANELS: Readonly<Record<string, Source>> = {
  "panel .65": panel({ accuracy: 0.65, correlation: 0 }),
  "panel .75": panel({ accuracy: 0.75, correlation: 0 }),
  "panel .75 alike": panel({ accuracy: 0.75, correlation: 0.3 }),
  "panel .60 of 4": panel({ accuracy: 0.6, correlation: 0.1, outcomes: 4, prevalence: 0.25 }),
};

/** Who attacks in comparisons, with a fifth of stake and identities. */
const FIFTH = 0.2;
const POPULATIONS: Readonly<Record<string, readonly Group[]>> = {
  clean: [],
  ...Object.fromEntries(
    ["colluders", "sleeper", "lazy", "random", "sybils"].map((name) => [name, [groupOf(name, FIFTH)]]),
  ),
};
/** Whom canaries are for. */
const WITH_CANARIES = ["colluders", "sleeper"];
/** The same where many other things vary. */
const FEW = ["clean", "colluders", "sleeper"];

/**
 * All cells of the study.
 * @param dataRoot folder of the public sets; those that are not there are left out
 */
export function cellsOf(dataRoot: string): Cell[] {
  const folders = PUBLIC_SETS.map((name) => [name, join(dataRoot, name)] as const).filter(([, path]) =>
    existsSync(path),
  );
  const sources: Readonly<Record<string, Source>> = {
    ...Object.fromEntries(folders.map(([name, path]) => [name, { kind: "folder", path } satisfies Source])),
    spam: { kind: "builtin", task: "spam" },
    language: { kind: "builtin", task: "language" },
    ...PANELS,
  };
  return [...quality(sources), ...parts(sources), ...attacks(), ...race(), ...capture()];
}

function quality(sources: Readonly<Record<string, Source>>): Cell[] {
  return Object.entries(sources).flatMap(([source, from]) => {
    const base = baseConfig(from);
    return Object.entries(POPULATIONS).flatMap(([population, groups]) =>
      (WITH_CANARIES.includes(population) ? [0, CANARIES] : [0]).map((canaries): Cell => ({
        part: "quality",
        labels: { source, population, canaries },
        config: { ...base, groups, canaries },
      })),
    );
  });
}

const ABLATED: readonly Part[] = ["trust", "balance", "rarity"];

/** Sources on which everybody can answer everything, so that a committee can have any size. */
const DENSE = ["gsm", "panel .75"];

function parts(sources: Readonly<Record<string, Source>>): Cell[] {
  return DENSE.flatMap((source) => {
    const from = sources[source];
    if (from === undefined) return [];
    const base = { ...baseConfig(from), canaries: CANARIES };
    const changes: Readonly<Record<string, Omit<Config, "seed">>> = {
      "all parts": base,
      ...Object.fromEntries([3, 5, 7, 15, 31].map((k) => [`k ${k}`, { ...base, rules: { ...base.rules, seats: k } }])),
      ...Object.fromEntries(
        [1, 2, 3, 4].map((rounds) => [
          `rounds ${rounds}`,
          { ...base, rules: { ...base.rules, maxRounds: rounds }, budgetRounds: rounds - 1 },
        ]),
      ),
      ...Object.fromEntries(
        ABLATED.map((part) => [`no ${part}`, { ...base, rules: { ...base.rules, without: [part] } }]),
      ),
      "no canaries": { ...base, canaries: 0 },
    };
    return FEW.flatMap((population) =>
      Object.entries(changes).map(([change, config]): Cell => ({
        part: "parts",
        labels: { source, population, change },
        config: { ...config, groups: POPULATIONS[population] ?? [] },
      })),
    );
  });
}

const SHARES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/** Every strategy but those that say what their data say. */
function attacks(): Cell[] {
  const base = { ...baseConfig(panel()), canaries: CANARIES };
  const names = [...STRATEGIES.values()].filter(({ honest }) => !honest).map(({ name }) => name);
  return names.flatMap((strategy) =>
    SHARES.map((share): Cell => ({
      part: "attacks",
      labels: { strategy, share },
      config: { ...base, groups: [groupOf(strategy, share)] },
    })),
  );
}

/** The same questions for ever more agents, and for a hundred agents with ever more stake. */
function race(): Cell[] {
  const base = { ...baseConfig(panel({ items: 200 })), stake: 10_000n * SEAT_FEE, epochs: 20 };
  const crowds = [10, 30, 100, 300, 1_000, 10_000, 100_000].map((agents): Cell => ({
    part: "race",
    labels: { agents, stake: 1 },
    config: { ...base, agents },
  }));
  const richer = [10, 100].map((factor): Cell => ({
    part: "race",
    labels: { agents: 100, stake: factor },
    config: { ...base, agents: 100, stake: BigInt(factor) * base.stake },
  }));
  return [...crowds, ...richer];
}

/** What the exact law of capture supposes of the honest: all alike, and independent of each other. */
export const LAW = { honest: 100, accuracy: 0.85, seats: 9 } as const;
const LAW_SHARES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.45];

/** Attackers beside a hundred honest agents of as much stake each. */
export function attackersBeside(share: number): number {
  return Math.max(1, Math.round((LAW.honest * share) / (1 - share)));
}

function capture(): Cell[] {
  const source = panel({ accuracy: LAW.accuracy, spread: 0, correlation: 0 });
  const base = baseConfig(source);
  const variants = {
    "no trust": { rules: { without: ["trust"] as const }, canaries: 0 },
    trust: { rules: {}, canaries: 0 },
    "trust and canaries": { rules: {}, canaries: CANARIES },
  };
  return [1, USUAL_RULES.maxRounds].flatMap((rounds) =>
    Object.entries(variants).flatMap(([variant, { rules, canaries }]) =>
      LAW_SHARES.map((share): Cell => {
        const attackers = attackersBeside(share);
        const agents = LAW.honest + attackers;
        return {
          part: "capture",
          labels: { rounds, variant, share },
          config: {
            ...base,
            agents,
            groups: [{ strategy: "colluders", stake: share, identities: attackers / agents, settings: {} }],
            rules: { ...base.rules, ...rules, seats: LAW.seats, maxRounds: rounds },
            budgetRounds: rounds - 1,
            canaries,
          },
        };
      }),
    ),
  );
}
