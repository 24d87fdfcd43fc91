import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process.ts";

/** Exact, as its fuzzer's choices for a seed are its own. */
const VERSION = "1.7.1";

/**
 * The path of forge: `$FORGE`, or the npm package's binary for this platform, installed on first use. The package stays out of
 * package.json, as some platforms have none and would fail the install; it goes into a folder of its own that git ignores.
 *
 * @throws Error where there is none for this platform, or the install fails
 */
export function ensureForge(): string {
  if (process.env.FORGE !== undefined) return process.env.FORGE;
  const { platform, arch } = process;
  const name = `@foundry-rs/forge-${platform}-${arch === "x64" ? "amd64" : arch}`;
  const prefix = join(ROOT, ".forge", VERSION);
  const path = join(prefix, "node_modules", name, "bin", platform === "win32" ? "forge.exe" : "forge");
  if (existsSync(path)) return path;

  console.error(`forge: installing ${name}@${VERSION} (once)`);
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync(
    "npm",
    ["install", "--prefix", prefix, "--no-save", "--no-package-lock", "--no-audit", "--no-fund", `${name}@${VERSION}`],
    { cwd: prefix, stdio: ["ignore", "ignore", "inherit"], shell: platform === "win32" },
  );
  if (status !== 0 || !existsSync(path)) {
    throw new Error(`${name}@${VERSION} could not be installed; set FORGE to the path of a forge ${VERSION}`);
  }
  return path;
}
