import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fromRoot } from "./paths.ts";

/** Artifacts of `npm run compile`, and those of `npm run deploy`. */
const FOLDERS = [fromRoot("artifacts"), fromRoot("cache", "production", "artifacts")];

/** The folder of artifacts that was written last; null if nothing has been compiled. */
export function findArtifacts(folders: readonly string[] = FOLDERS): string | null {
  const written = folders.flatMap((folder) => {
    const file = join(folder, "contracts", "Consensus.sol", "Consensus.json");
    return existsSync(file) ? [{ folder, at: statSync(file).mtimeMs }] : [];
  });
  return written.sort((a, b) => b.at - a.at)[0]?.folder ?? null;
}

/**
 * The folder of artifacts that a script takes the contracts' interfaces from. Compiles with the default profile where
 * nothing has been compiled: whoever only reads a deployment has never had to.
 */
export async function requireArtifacts(say: (line: string) => void): Promise<string> {
  const found = findArtifacts();
  if (found !== null) return found;
  say("compiling the contracts for their interfaces (once, about half a minute)");
  await compileContracts();
  return FOLDERS[0] as string;
}

/** Compiles what the default profile has not compiled yet, without the tests in Solidity. */
export async function compileContracts(): Promise<void> {
  process.env.HARDHAT_CONFIG ??= fromRoot("hardhat.config.ts");
  const { tasks } = await import("hardhat");
  await tasks.getTask("build").run({ quiet: true, noTests: true });
}
