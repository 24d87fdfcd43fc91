import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process.ts";

const FOLDER = join(ROOT, "contracts");

/** Sources of no code of their own, or that are never deployed. */
const SPARED = /^(test|interfaces)\//;

/** Every Solidity source, by its path below `contracts/`. */
export function readSources(): Map<string, Buffer> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".sol"))
    .sort();
  return new Map(files.map((file) => [file, readFileSync(join(FOLDER, file))]));
}

/** Whether a source is mutated. */
export function isMutated(file: string): boolean {
  return !SPARED.test(file);
}

/** Short hash of a source, which tells whether it is still the one that was measured. */
export function hashOf(source: Buffer): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 16);
}
