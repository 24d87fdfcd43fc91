/** A figure with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Standard deviations on either side of the mean that hold 95 % of a normal distribution. */
const Z = 1.959964;
/** The same of Student's distribution with 1, 2, ... degrees of freedom; beyond them the normal is close enough. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * A share with Wilson's interval, which stays within 0 and 1.
 * @param hits parts of one count too
 * @returns `null` of nothing
 */
export function shareEstimate(hits: number, of: number): Estimate | null {
  if (of === 0) return null;
  const mean = hits / of;
  const middle = (hits + (Z * Z) / 2) / (of + Z * Z);
  const half = (Z / (of + Z * Z)) * Math.sqrt(of * mean * (1 - mean) + (Z * Z) / 4);
  return { mean, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** The mean of independent values with Student's interval; of one value the interval is that value. @returns `null` of nothing */
export function meanEstimate(values: readonly number[]): Estimate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, low: mean, high: mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (T[n - 2] ?? Z) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** The middle value; the mean of the two in the middle where there are two. @returns `null` of nothing */
export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** Without what is not known. */
export function known<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value): value is T => value !== null);
}
