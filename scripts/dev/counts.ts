import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How many tests of a runner ended how. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Names the file that a runner leaves its counts in for whoever started it. */
const COUNTS_FILE = "ASSAY_COUNTS_FILE";

/** Called by a runner at its end: hands its counts to whoever started it, and fails the process if a test failed. */
export function reportCounts(counts: Counts): void {
  const file = process.env[COUNTS_FILE];
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  if (counts.failed > 0) process.exitCode = 1;
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
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}
