import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect } from "chai";
import { network } from "hardhat";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createWorld } from "../kit/world.ts";

const run = promisify(execFile);

/**
 * The environment without what could reach into the test: the user's settings, and what the npm that runs it says of
 * this repository. With what makes libraries colour their output in CI, which is no terminal.
 */
const ENV = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(ASSAY_|NO_COLOR$|npm_(package|lifecycle|config_(local|global)_))/.test(name),
    ),
  ),
  CI: "true",
  FORCE_COLOR: "1",
};

describe("cli: the package", function () {
  this.timeout(600_000);

  it("installs from its tarball into an empty project, where npx runs it, an interruption ends it, and models reach it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "assay-pack-"));
    await run("npm", ["pack", "-w", "@assay/cli", "--pack-destination", folder], { env: ENV });
    const [tarball] = readdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true }');
    const options = { cwd: folder, env: ENV };
    await run(
      "npm",
      ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", `./${tarball}`],
      options,
    );
    const ours = join(folder, "node_modules", "@assay");
    expect(readdirSync(ours)).to.deep.equal(["cli"]);
    expect(readdirSync(join(ours, "cli")).sort()).to.deep.equal(["LICENSE", "README.md", "dist", "package.json"]);
    const assay = (...args: string[]) => run("npx", ["--no-install", "assay", ...args], options);
    expect((await assay("--help")).stdout).to.match(/^Usage: assay \[options\] \[command\]\n/);

    const server = await network.createServer("default", "127.0.0.1", 0);
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}`;
    const node = await network.create({ network: "localhost", override: { url } });
    try {
      const { assay: client } = await createWorld(node, { agents: 1 });
      const of = ["--rpc", url, "--claims", client.addresses.claims, "--agent", "0", "--from", "node:2"];
      await assay("init", ...of);
      const { stdout } = await assay("doctor");
      expect(stdout).to.match(/\nok {4}contracts: answer, and belong together/);
      const failed = await assay("doctor", "--agent", "99").catch(
        (error: unknown) => error as { code: number; stdout: string },
      );
      expect(failed).to.have.property("code", 1);

      const program = join(folder, "node_modules", ".bin", "assay");
      // As examples/agent/assay-agent@.service runs and ends it.
      const watching = spawn(program, ["watch", "--json"], {
        ...options,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(watching, "close");
      await once(watching.stdout, "data");
      watching.kill("SIGTERM");
      expect(await ended).to.deep.equal([0, null]);

      const models = new Client({ name: "test", version: "1" });
      await models.connect(
        new StdioClientTransport({ command: process.execPath, args: [program, "mcp"], cwd: folder }),
      );
      const { structuredContent } = await models.callTool({ name: "get_status" });
      expect(structuredContent).to.include({ claims: client.addresses.claims, readOnly: true });
      await models.close();
    } finally {
      await node.close();
      await server.close();
    }
    rmSync(folder, { recursive: true });
  });
});
