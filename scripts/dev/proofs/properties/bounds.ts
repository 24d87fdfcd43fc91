/** What the protocol grants the libraries: the parameters that `Domains.createDomain` takes, and the widths of fields. */
export const MAX_SEATS = 255;
export const MIN_SEATS = 3;
const MAX_ROUNDS = 4;
export const MAX_OUTCOMES = 16;
/** k' of the fourth round of a domain of 255 seats where nobody reveals. */
export const MAX_OFFERED = 4 * 2_047;
export const MAX_FEE = 1n << 79n;
export const MAX_BOND = 64n * MAX_FEE;
export const MIN_BURN_BPS = 1_000;
export const MAX_BURN_BPS = 5_000;
export const BPS = 10_000n;
/** Allocation units. */
export const MAX_UNITS = (1n << 44n) - 1n;
/** Seats of 16 outcomes of 16 bits each. */
export const MAX_TALLY_SEATS = 16n * 65_535n;
export const MAX_TALLY_WEIGHT = 16n * ((1n << 28n) - 1n);
export const MAX_GAIN = (1n << 104n) - 1n;
export const MAX_WORD = (1n << 256n) - 1n;
export const FLOOR = 16;
export const MAX_EVIDENCE = 8_192;
export const RARITY_MIN = 64;
export const RARITY_MAX = 1_024;
export const FULL_PARTICIPATION = 65_535;

/** The whole numbers of a range, bounds included. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
export const ROUNDS = range(1, MAX_ROUNDS);
