import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { readDeployment } from "./lib/deployment-file.ts";
import { buildForProduction, verifySources } from "./lib/production.ts";
import { findAnvil, NO_ANVIL } from "./testing/anvil.ts";
import { checkVerdict, deployInTwoRuns, walkWholePath } from "./testing/whole-path.ts";
import { createScriptWorld, type ScriptWorld } from "./testing/world.ts";

/** hardhat-verify itself compares the chain's code with the build's; the explorer believes it. */
async function verifyOnFakeExplorer({ url, deploymentFile }: ScriptWorld): Promise<void> {
  const submitted: (string | null)[] = [];
  const explorer = createServer((request, response) => {
    void text(request).then((body) => {
      const query = new URL(request.url ?? "", "http://explorer").searchParams;
      const action = query.get("action") ?? new URLSearchParams(body).get("action");
      if (action === "verifysourcecode") submitted.push(new URLSearchParams(body).get("contractname"));
      const result =
        action === "getsourcecode" ? [{ SourceCode: "" }] : action === "verifysourcecode" ? "1" : "Pass - Verified";
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ status: "1", message: "OK", result }));
    });
  }).listen(0, "127.0.0.1");
  await once(explorer, "listening");
  try {
    const at = `http://127.0.0.1:${(explorer.address() as AddressInfo).port}`;
    const etherscan = { name: "explorer", url: at, apiUrl: `${at}/api` };
    const build = await buildForProduction("localhost", {
      networks: { localhost: { type: "http", url } },
      chainDescriptors: { 4242: { name: "anvil", blockExplorers: { etherscan } } },
      verify: { etherscan: { apiKey: "key" } },
    });
    const contracts = readDeployment(deploymentFile)?.contracts ?? {};
    await verifySources(build, contracts, () => undefined);
    const names = submitted.map((name) => name?.split(":")[1]);
    assert.deepEqual(names.sort(), Object.keys(contracts).sort());
  } finally {
    explorer.close();
  }
}

const anvil = findAnvil();
const skip = anvil === null ? NO_ANVIL : false;

describe("scripts on anvil, with the production build", { skip }, () => {
  it("deploy, and take a question from the faucet to the verdict, as on a public network", async () => {
    const world = await createScriptWorld((port) => [
      anvil as string,
      ...["--chain-id", "4242", "--block-time", "1", "--port", String(port)],
    ]);
    try {
      await deployInTwoRuns(world);
      await verifyOnFakeExplorer(world);
      await checkVerdict(world, await walkWholePath(world, 0), 0);
    } finally {
      await world.close();
    }
  });
});
