import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Compiler profile the contracts are built with: the one that is deployed, so that printed gas is what users pay. */
export const BUILD_PROFILE = "production";

/**
 * Compiles the contracts if they, or the profile they were built with, have changed.
 * @param print receives the compiler's lines
 * @throws Error if they do not compile
 */
export async function compileContracts(print: (line: string) => void): Promise<void> {
  const require = createRequire(import.meta.url);
  const hardhat = join(dirname(require.resolve("hardhat/package.json")), "dist/src/cli.js");
  const child = spawn(process.execPath, [hardhat, "--build-profile", BUILD_PROFILE, "build", "--no-tests"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let pending = "";
  const forward = (chunk: Buffer) => {
    const lines = (pending + chunk.toString()).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") print(line);
  };
  child.stdout.on("data", forward);
  child.stderr.on("data", forward);
  const status = await new Promise<number | null>((settle, fail) => {
    child.on("error", fail);
    child.on("close", settle);
  });
  if (status !== 0) throw new Error(`the contracts do not compile (hardhat's exit status ${status}; see above)`);
}
