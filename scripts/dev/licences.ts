/**
 * Fails if the lock file has a package under a licence that is not known to be permissive. All packages count, those
 * for development too: a clone installs them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { findForbidden, type LockEntry } from "./licence-rules.ts";
import { ROOT } from "./process.ts";

const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockEntry>;
};
const forbidden = findForbidden(lock.packages);
for (const { path, licence } of forbidden) console.error(`${path}: licence ${licence ?? "unknown"} is not allowed`);
if (forbidden.length > 0) process.exitCode = 1;
