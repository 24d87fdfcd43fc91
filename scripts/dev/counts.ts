import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How the tests of a runner ended. */
export interface Counts {
  passed: number;
  skipped: number;
  /** What failed, and why, a line each. */
  failures: string[];
}

/** Names the file that a runner leaves its counts in for whoever started it. */
const COUNTS_FILE = "ASSAY_COUNTS_FILE";

/** Called by a runner at its end: hands its counts to whoever started it, and fails the process if a test failed. */
export function reportCounts(counts: Counts): void {
  const file = process.env[COUNTS_FILE];
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  if (counts.failures.length > 0) process.exitCode = 1;
}

/**
 * Starts a runner and collects its counts. A runner that fails without a failed test, or that leaves no counts, counts
 * as one failure.
 *
 * @param start starts the runner with the given environment variables added, and returns its exit status
 */
export function collectCounts(start: (env: Record<string, string>) => number): Counts {
  const folder = mkdtempSync(join(tmpdir(), "assay-counts-"));
  const file = join(folder, "counts.json");
  try {
    const status = start({ [COUNTS_FILE]: file });
    const counts = readCounts(file);
    const failed = status !== 0 && counts.failures.length === 0;
    return failed ? { ...counts, failures: [`the runner ended with status ${status}`] } : counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return { passed: 0, skipped: 0, failures: ["the runner broke off"] };
  }
}

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** What failed and why, in one line. */
export function failureLine(name: string, reason: string | undefined): string {
  const [first] = (reason ?? "").trim().split("\n", 1);
  return first ? `${name}: ${first}` : name;
}
