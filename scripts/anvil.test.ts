import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { checkVerdict, deployInTwoRuns, walkWholePath } from "./testing/whole-path.ts";
import { createScriptWorld } from "./testing/world.ts";

/** $ANVIL, the one of `npm i --no-save @foundry-rs/anvil-linux-amd64`, or the one on the PATH; null if there is none. */
function findAnvil(): string | null {
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

const anvil = findAnvil();
const skip = anvil === null ? "anvil is not installed: set ANVIL to its path" : false;

describe("scripts on anvil, with the production build", { skip }, () => {
  it("deploy, and take a question from the faucet to the verdict, as on a public network", async () => {
    const world = await createScriptWorld((port) => [
      anvil as string,
      ...["--chain-id", "4242", "--block-time", "1", "--port", String(port)],
    ]);
    try {
      await deployInTwoRuns(world);
      await checkVerdict(world, await walkWholePath(world, 0), 0);
    } finally {
      await world.close();
    }
  });
});
