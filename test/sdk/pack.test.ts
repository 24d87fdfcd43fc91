import { expect } from "chai";
import { network } from "hardhat";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createWorld } from "../kit/world.ts";

const run = promisify(execFile);

/** The environment without what the npm that runs the tests says of this repository. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_(local|global)_)/.test(name)),
);

/** What a user of the package might write first: it compiles, reads and acts. */
const PROGRAM = `
import { connect, discover, isContractError, type VerdictReading } from "@assay/sdk";
import { consensusAbi } from "@assay/sdk/abi";
import { epochStart, type Hex } from "@assay/sdk/protocol";
import { JsonRpcProvider, type JsonRpcSigner } from "ethers";

declare const process: { argv: string[] };
const [, , url, claims] = process.argv;
const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
const signer: JsonRpcSigner = await provider.getSigner(5);
const assay = await connect({ addresses: await discover(claims!, provider), runner: signer });

const register = await assay.agents.register({ uri: "https://example.org/agent.json" });
const { result } = await register.wait();
const agentId: bigint = result.agentId;
const amount = 10n ** 18n;
await (await assay.stake.depositWithPermit({ agentId, amount })).wait();
const claimId: Hex = \`0x\${"11".repeat(32)}\`;
const { stake, verdict, domain } = await assay.readMany({
  stake: assay.stake.account.request(agentId),
  verdict: assay.claims.verdict.request(claimId),
  domain: assay.domains.get.request(1),
});
const reading: VerdictReading = verdict;
const seats: number = domain.seats;
let refused = "";
try {
  await assay.stake.pledge({ agentId, amount: 2n * amount });
} catch (error) {
  if (isContractError(error, "INSUFFICIENT_FREE_STAKE")) refused = \`\${error.code} \${error.args.free}\`;
}
const [registered] = await assay.events([{ name: "registry.Registered", args: { agentId } }]);
const start: number = epochStart(await assay.terms(), 0);
console.log(
  JSON.stringify({
    ...{ staked: String(stake.balance), status: reading.status, seats, refused, uri: registered?.args.agentURI },
    ...{ start, abi: consensusAbi.some((entry) => "name" in entry && entry.name === "beatFor") },
  }),
);
provider.destroy();
`;

/** Packs the package, and installs it where nothing is. */
async function installInto(folder: string): Promise<void> {
  await run("npm", ["pack", "-w", "@assay/sdk", "--pack-destination", folder], { env: ENV });
  const [tarball] = readdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...quiet, `./${tarball}`], { cwd: folder, env: ENV });
}

/** Compiles the program against the package's types. */
async function compile(folder: string): Promise<void> {
  const file = join(folder, "program.ts");
  writeFileSync(file, PROGRAM);
  const modules = ["--module", "nodenext", "--target", "es2023", "--lib", "es2023,dom"];
  await run("node_modules/.bin/tsc", [...modules, "--strict", "--noUncheckedIndexedAccess", file]);
}

describe("sdk: the package", function () {
  this.timeout(300_000);

  it("installs from its tarball into an empty project, where a program compiles, reads and acts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "assay-pack-"));
    const manifest = readFileSync("packages/sdk/package.json", "utf8");
    await installInto(folder);
    expect(readFileSync("packages/sdk/package.json", "utf8")).to.equal(manifest);
    const ours = join(folder, "node_modules", "@assay", "sdk");
    expect(readdirSync(join(ours, "..")).sort()).to.deep.equal(["sdk"]);
    expect(readdirSync(ours).sort()).to.deep.equal(["LICENSE", "README.md", "dist", "package.json"]);
    await compile(folder);

    const server = await network.createServer("default", "127.0.0.1", 0);
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}`;
    const node = await network.create({ network: "localhost", override: { url } });
    try {
      const world = await createWorld(node, { agents: 0 });
      const { claims } = world.assay.addresses;
      const { stdout } = await run(process.execPath, ["program.js", url, claims], { cwd: folder });
      expect(JSON.parse(stdout)).to.deep.equal({
        ...{ staked: String(10n ** 18n), status: "unknown", seats: 9, uri: "https://example.org/agent.json" },
        ...{ refused: `INSUFFICIENT_FREE_STAKE ${10n ** 18n}`, start: world.genesis, abi: true },
      });
    } finally {
      await node.close();
      await server.close();
    }
    rmSync(folder, { recursive: true });
  });
});
