import type { SimulationResult } from "../model/result.ts";

/**
 * Gas of a transaction by kind, production build: `beat`, `vote`, `ask` and `finalize` as measured at 16 votes a beat (docs/gas.md),
 * the others of snapshots/gas.json.
 */
export const GAS: Readonly<Record<string, number>> = {
  /** Without its votes. */
  beat: 91_539,
  /** Revealed in one beat and settled in another. */
  vote: 9_036,
  ask: 89_480,
  /** Inside of a beat. */
  finalize: 11_204,
  join: 165_038,
  leave: 64_920,
  appeal: 91_981,
  spendBudget: 46_175,
  openCanary: 96_884,
  forfeit: 66_630,
  reclaim: 64_800,
  settle: 67_287,
  roll: 57_132,
};

/** What the transactions of a run come to in gas, by kind, votes apart. */
export function gasOf({
  transactions,
  epochs,
}: Pick<SimulationResult, "transactions" | "epochs">): Record<string, number> {
  const counts = { ...transactions, vote: epochs.at(-1)?.votes ?? 0 };
  return Object.fromEntries(
    Object.entries(counts).map(([kind, count]) => {
      const gas = GAS[kind];
      if (gas === undefined) throw new Error(`nobody measured the gas of "${kind}"`);
      return [kind, gas * count];
    }),
  );
}
