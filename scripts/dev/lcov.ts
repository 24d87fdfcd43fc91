/** Adds up the lines that can be hit (`DA` records) over all files of an lcov report, and those that were. */
export function lineCoverage(lcov: string): { covered: number; total: number } {
  let covered = 0;
  let total = 0;
  for (const [, hits] of lcov.matchAll(/^DA:\d+,(\d+)/gm)) {
    total++;
    if (hits !== "0") covered++;
  }
  return { covered, total };
}
