import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const BIN = join(ROOT, "node_modules", ".bin");

/**
 * Runs a program of node_modules/.bin in the repository's root, with its output on ours and nothing to read.
 *
 * @returns its exit status; 1 when a signal ended it or it did not start
 */
export function runTool(name: string, args: readonly string[], env: Record<string, string> = {}): number {
  const { status, error } = spawnSync(join(BIN, name), args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` },
  });
  if (error) console.error(`${name}: ${error.message}`);
  return status ?? 1;
}
