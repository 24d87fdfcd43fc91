import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fromRoot } from "../lib/paths.ts";

/** Exact, as the choices of forge's fuzzer for a seed are its own, and anvil's answers too. */
const VERSION = "1.7.1";

/** Longer than an install takes on a slow line, ms. */
const TIMEOUT = 300_000;

/**
 * The path of a program of Foundry: what the environment names (`$FORGE`, `$ANVIL`), or the npm package's binary for this platform,
 * installed on first use. The package stays out of package.json, as some platforms have none and would fail the install; it goes into
 * a folder of its own that git ignores.
 *
 * @throws Error where there is none for this platform, or the install fails
 */
export function ensureFoundry(program: "forge" | "anvil"): string {
  const variable = program.toUpperCase();
  const named = process.env[variable];
  if (named !== undefined) return named;
  const { platform, arch } = process;
  const name = `@foundry-rs/${program}-${platform}-${arch === "x64" ? "amd64" : arch}`;
  const folder = fromRoot(".forge", `${program}-${VERSION}`);
  const binary = join("node_modules", name, "bin", platform === "win32" ? `${program}.exe` : program);
  const path = join(folder, binary);
  if (existsSync(path)) return path;

  console.error(`${program}: installing ${name}@${VERSION} (once)`);
  mkdirSync(fromRoot(".forge"), { recursive: true });
  // Several processes may install it at once: each does so in a folder of its own, and the first to be done gives it its name.
  const prefix = mkdtempSync(`${folder}-`);
  try {
    const { status } = spawnSync(
      "npm",
      [
        ...["install", "--prefix", prefix, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"],
        ...["--fetch-retries", "1", `${name}@${VERSION}`],
      ],
      { cwd: prefix, stdio: ["ignore", "ignore", "inherit"], shell: platform === "win32", timeout: TIMEOUT },
    );
    if (status !== 0 || !existsSync(join(prefix, binary))) {
      throw new Error(
        `${name}@${VERSION} could not be installed; set ${variable} to the path of a ${program} ${VERSION}`,
      );
    }
    renameSync(prefix, folder);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(prefix, { recursive: true, force: true });
  }
  return path;
}
