import { createClient } from "@assay/sdk";
import { expect } from "chai";
import { HDNodeWallet } from "ethers";
import { network } from "hardhat";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { done } from "./kit.ts";
import { createWorld, type World } from "../kit/world.ts";

/** Of the accounts that a local chain has. */
const MNEMONIC = "test test test test test test test test test test test junk";
const keyOf = (index: number) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`).privateKey;
const [USER, OTHER] = [12, 13];

interface Running {
  /** All of standard output; rejects if the process fails. */
  readonly ended: Promise<string>;
}

describe("sdk: examples", () => {
  let world: World;
  let env: NodeJS.ProcessEnv;
  let folder: string;
  let close: () => Promise<void>;

  before(async () => {
    const server = await network.createServer("default", "127.0.0.1", 0);
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}`;
    const node = await network.create({ network: "localhost", override: { url } });
    world = await createWorld(node, { agents: 3 });
    const addresses = world.assay.addresses;
    folder = mkdtempSync(join(tmpdir(), "assay-examples-"));
    env = { ...process.env, RPC_URL: url, CLAIMS: addresses.claims };
    for (const account of [USER, OTHER]) {
      const runner = world.owners[account - 2]!;
      await done(createClient({ addresses, runner }).token.approve({ amount: 0n }));
    }
    close = async () => {
      await node.close();
      await server.close();
      rmSync(folder, { recursive: true });
    };
  });
  after(() => close());

  /** Runs `node`, with a program on its standard input if there is one. */
  function start(account: number, args: readonly string[], { cwd = folder, program = "" } = {}): Running {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...env, FORCE_COLOR: "0", PRIVATE_KEY: keyOf(account) },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.stdin.end(program);
    const ended = new Promise<string>((succeed, fail) => {
      child.on("close", (code) => (code === 0 && stderr === "" ? succeed(stdout) : fail(new Error(stderr || stdout))));
    });
    return { ended };
  }
  const example = (name: string, ...args: string[]) => [resolve("examples", "sdk", `${name}.ts`), ...args];
  const run = (account: number, name: string, ...args: string[]) => start(account, example(name, ...args)).ended;
  const claimIn = (output: string): string => /^claim (0x[0-9a-f]{64})$/m.exec(output)?.[1] ?? "none";

  it("read-many.ts reads an agent and a domain, or that there is none", async () => {
    expect(await run(USER, "read-many", "0", "1")).to.match(
      /^agent 0 of 0x\w{40}: 30{21} wei .* weight 1\ndomain 1: 9 seats/,
    );
    expect(await run(USER, "read-many", "99", "1")).to.equal("there is no agent 99\n");
  });

  it("become-an-agent.ts registers, stakes and joins, and keeps the secrets", async () => {
    const epoch = await world.epoch();
    expect(await run(USER, "become-an-agent")).to.equal(`agent 3 stands in domain 1 from epoch ${epoch + 2}\n`);
    expect(JSON.parse(readFileSync(join(folder, "agent-3.chain.json"), "utf8"))).to.include({ length: 10_000 });
  });

  it("ask.ts asks, and wait-for-verdict.ts tells when it is final", async () => {
    const asked = await run(USER, "ask", "1", "the sky is blue");
    expect(asked).to.match(/^costs 28000000000000000000 wei\nclaim 0x\w+\nfinal from epoch \d+, \d{4}-/);
    const waiting = start(USER, example("wait-for-verdict", claimIn(asked)));
    for (let i = 0; i < 4; i++) await world.nextEpoch();
    expect(await waiting.ended).to.match(/^resolved: outcome 1, \d+ wei at risk\n$/);
  });

  it("settle-for-others.ts settles what is left to settle", async () => {
    expect(await run(OTHER, "settle-for-others")).to.match(/^settled \d+ ballots; \d+ wei to collect\n$/);
  });

  it("assert.ts asserts, and dispute.ts disputes, but not too late", async () => {
    const asserted = await run(USER, "assert", "1", "0", "the sky is green");
    expect(await run(OTHER, "dispute", claimIn(asserted))).to.match(/^question 0x\w{48} is voted in epoch \d+\n$/);
    const right = await run(USER, "assert", "1", "1", "grass is green");
    const windowEnd = Number(/epoch (\d+)/.exec(right)?.[1]);
    await world.warpTo(windowEnd + 1, 1);
    expect(await run(OTHER, "dispute", claimIn(right))).to.match(/^too late: the window closed with epoch \d+, it is/);
  });

  it("sign-statement.ts signs, and challenge.ts takes it to a committee", async () => {
    const json = await run(USER, "sign-statement", "3", "1", "0", "the sky is pink");
    writeFileSync(join(folder, "statement.json"), json);
    expect(await run(OTHER, "challenge")).to.match(/^claim 0x\w{64}\n36000000000000000000 wei of the author/);
  });

  for (const [page, expected] of [
    [
      "docs/sdk.md",
      /^true true true 9\n28000000000000000000n\n66 1\nNOT_AGENT_OWNER 0n\ntrue true\nconsensus\.Question/,
    ],
    ["packages/sdk/README.md", /^\{\s+status: 'voting',\s+outcome: null,/],
  ] as const) {
    it(`the program in ${page} runs`, async () => {
      const pieces = [...readFileSync(page, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
      expect(pieces.length).to.be.greaterThan(0);
      const program = { program: pieces.join("\n"), cwd: process.cwd() };
      expect(await start(OTHER, ["--input-type=module-typescript"], program).ended).to.match(expected);
    });
  }
});
