import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

/** $ANVIL, the one of `npm i --no-save @foundry-rs/anvil-linux-amd64`, or the one on the PATH; null if there is none. */
export function findAnvil(): string | null {
  const candidates = [process.env.ANVIL, npmAnvil(), "anvil"].filter((path) => path !== undefined);
  return candidates.find((path) => spawnSync(path, ["--version"]).status === 0) ?? null;
}

function npmAnvil(): string | undefined {
  const { platform, arch } = process;
  const target = `${platform}-${arch === "x64" ? "amd64" : arch}`;
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${target}/bin/anvil`);
  } catch {
    return undefined;
  }
}
