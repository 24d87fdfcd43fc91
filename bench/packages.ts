/** The peers' npm packages: installed into this folder only when they are wanted, and only read, never run. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { staleReason } from "../scripts/bootstrap.mjs";
import type { Artifact } from "./chain.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** A file of a package, by its path under node_modules. */
export function readPackageFile(path: string): string {
  return readFileSync(`${FOLDER}node_modules/${path}`, "utf8");
}

/** An artifact of a package, in truffle's or Hardhat's format. */
export function loadPeerArtifact(path: string): Artifact {
  return JSON.parse(readPackageFile(path)) as Artifact;
}

type Lock = Parameters<typeof staleReason>[0];

/**
 * Installs the packages of the lock file unless they are there.
 * @throws Error if npm fails
 */
export function installPackages(progress: (line: string) => void): void {
  const lock = readLock("package-lock.json");
  if (lock === undefined) throw new Error("bench/package-lock.json is missing: this is not a complete checkout");
  const reason = staleReason(lock, readLock("node_modules/.package-lock.json"));
  if (reason === undefined) return;
  progress(`installing the peers' packages into bench/node_modules: ${reason}`);
  // The npm that runs this command, under this Node.
  const npm = process.env.npm_execpath;
  const [program, args] = npm === undefined ? ["npm", ["ci"]] : [process.execPath, [npm, "ci"]];
  const { status } = spawnSync(program, args, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`npm ci failed in bench/ (exit status ${status}); it needs the npm registry`);
}

function readLock(name: string): Lock | undefined {
  const path = FOLDER + name;
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Lock) : undefined;
}
