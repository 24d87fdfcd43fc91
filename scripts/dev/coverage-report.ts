import { stripVTControlCharacters } from "node:util";

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

/**
 * The share of statements covered, in percent, as the last row of the table that Hardhat prints says it. Hardhat writes it
 * nowhere else: lcov has no statements.
 *
 * @throws Error if there is no such table
 */
export function statementCoverage(printed: string): number {
  const rows = stripVTControlCharacters(printed).matchAll(/^\W*Total\W+([\d.]+)\W+([\d.]+)\W*$/gm);
  const percent = [...rows].at(-1)?.[2];
  if (percent === undefined) throw new Error("Hardhat has not printed a table of coverage");
  return Number(percent);
}
