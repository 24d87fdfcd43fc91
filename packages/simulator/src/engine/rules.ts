/** What the one domain of a simulation is, with what a study may switch off. */
export interface Rules {
  /** K, 2 to 16. */
  readonly outcomes: number;
  /** k of a first round, 3 to 255. */
  readonly seats: number;
  readonly supermajorityBps: number;
  /** 1 to 4. */
  readonly maxRounds: number;
  /** Wei. */
  readonly seatFee: bigint;
  /** Wei. */
  readonly seatBond: bigint;
  readonly burnBps: number;
  /** Outcome numbers mean nothing from question to question. */
  readonly openAnswers: boolean;
  /** Parts of the rules switched off, in memory only; the contracts have them all. */
  readonly without: readonly Part[];
}

/**
 * `trust`: every seat weighs 1. `balance`: evidence counts alike whatever the outcome. `rarity`: a loss does not depend on how rare the
 * outcome is (g = 1). `canaries` and `rounds` are switched off by having none: see `canaries` and `maxRounds`.
 */
export type Part = "trust" | "balance" | "rarity";
