/** One beat: what it cost, and the votes it revealed and settled. */
export interface Sample {
  readonly gas: number;
  readonly revealed: number;
  readonly settled: number;
}

/** `gas = fixed + revealed * perReveal + settled * perSettle`. */
export interface Fit {
  readonly fixed: number;
  readonly perReveal: number;
  readonly perSettle: number;
}

/**
 * Least squares over beats.
 * @throws Error if the samples do not determine the three unknowns
 */
export function fitBeats(samples: readonly Sample[]): Fit {
  const rows = samples.map(({ revealed, settled }) => [1, revealed, settled] as const);
  const a = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0)),
  );
  const b = [0, 1, 2].map((i) =>
    rows.reduce((sum, row, n) => sum + (row[i] as number) * (samples[n] as Sample).gas, 0),
  );
  const [fixed, perReveal, perSettle] = solve(a, b);
  return { fixed: fixed as number, perReveal: perReveal as number, perSettle: perSettle as number };
}

/** `y = fixed + slope * x`, and how far the farthest point is from that, in parts of its y. */
export interface Line {
  readonly fixed: number;
  readonly slope: number;
  readonly deviation: number;
}

/** Least squares through at least two points of different x. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / variance;
  const fixed = meanY - slope * meanX;
  const deviation = Math.max(...points.map(([x, y]) => Math.abs(fixed + slope * x - y) / y));
  return { fixed, slope, deviation };
}

/** How much the largest value is above the smallest, in parts of it. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}

/** Gaussian elimination with partial pivoting. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  const m = a.map((row, i) => [...row, b[i] as number]);
  const at = (i: number, j: number) => (m[i] as number[])[j] as number;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) if (Math.abs(at(i, column)) > Math.abs(at(pivot, column))) pivot = i;
    if (Math.abs(at(pivot, column)) < 1e-9) throw new Error("the samples do not vary enough to be fitted");
    [m[column], m[pivot]] = [m[pivot] as number[], m[column] as number[]];
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = at(i, column) / at(column, column);
      for (let j = column; j <= n; j++) (m[i] as number[])[j] = at(i, j) - factor * at(column, j);
    }
  }
  return b.map((_, i) => at(i, n) / at(i, i));
}
