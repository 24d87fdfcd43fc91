import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Source } from "../model/config.ts";

const PACKAGES = fileURLToPath(new URL("../../../", import.meta.url));
/** Everything that decides what becomes of a configuration. */
const SOURCES = [
  "protocol/src/**/*.ts",
  "models/src/**/*.ts",
  "simulator/src/{baselines,data,engine,run,strategies}/**/*.ts",
  "simulator/src/{chance,run}.ts",
];

/** Of the code that simulates: recorded runs of other code are not taken for its own. */
export function codeFingerprint(): string {
  const files = globSync(SOURCES, { cwd: PACKAGES }).filter((file) => !file.endsWith(".test.ts"));
  return fingerprint(files.sort().map((file) => join(PACKAGES, file)));
}

/** Of the files of a folder; nothing of what the code itself makes. */
export function dataFingerprint(source: Source): string {
  return source.kind === "folder" ? fingerprint(globSync(join(source.path, "*.csv")).sort()) : "";
}

function fingerprint(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}
