import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureFoundry } from "../../testing/foundry.ts";
import { ROOT } from "../process.ts";

export interface ForgeOptions {
  /** Folder with foundry.toml, contracts, test/solidity and node_modules (a link will do); this repository unless told. */
  root?: string;
  /** Profile of foundry.toml: `default` compiles quickest, `deep` runs quickest. */
  profile?: "default" | "deep";
  /** Further variables; forge takes any setting of foundry.toml as `FOUNDRY_...`. */
  env?: Record<string, string>;
  /** Called with each piece of output; without it forge writes to ours. */
  onOutput?: (text: string) => void;
  /** Ends forge when aborted. */
  signal?: AbortSignal;
}

/**
 * Runs forge with npm's solc.
 *
 * @returns its exit status; 1 when a signal ended it
 * @example await runForge(["test", "--match-contract", "RulesTest"], { root: copy })
 */
export async function runForge(args: readonly string[], options: ForgeOptions = {}): Promise<number> {
  const { root = ROOT, profile = "default", env = {}, onOutput, signal } = options;
  const child = spawn(ensureFoundry("forge"), args, {
    cwd: root,
    stdio: ["ignore", onOutput ? "pipe" : "inherit", onOutput ? "pipe" : "inherit"],
    env: {
      ...process.env,
      // The solc below runs under the Node of the repository.
      PATH: `${join(ROOT, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`,
      FOUNDRY_SOLC: fileURLToPath(new URL("solc.mjs", import.meta.url)),
      FOUNDRY_PROFILE: profile,
      FOUNDRY_DISABLE_NIGHTLY_WARNING: "1",
      ...env,
    },
    signal,
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => onOutput?.(text));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => (error.name === "AbortError" ? resolve(1) : reject(error)));
    child.once("close", (status) => resolve(status ?? 1));
  });
}
