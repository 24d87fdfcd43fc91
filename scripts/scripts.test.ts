import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fromRoot } from "./lib/paths.ts";
import { checkVerdict, deployInTwoRuns, walkWholePath } from "./testing/whole-path.ts";
import { createScriptWorld, type ScriptWorld } from "./testing/world.ts";

const HARDHAT = fromRoot("node_modules", ".bin", "hardhat");

describe("scripts on a hardhat node", () => {
  let world: ScriptWorld;
  let claim: string;

  before(async () => {
    // Without the limit on code size, so that the default profile's build, which tests have, can be deployed.
    world = await createScriptWorld((port) => [
      HARDHAT,
      ...["--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)],
    ]);
  });
  after(() => world.close());

  it("live by the clock of the machine, also while nobody sends anything", async () => {
    const time = async () => {
      await world.rpc("evm_mine");
      const { timestamp } = (await world.rpc("eth_getBlockByNumber", "latest", false)) as { timestamp: string };
      return Number(timestamp);
    };
    const before = await time();
    await new Promise((done) => setTimeout(done, 3_000));
    assert.ok((await time()) - before >= 2);
  });

  it("resume a deployment that was killed", async () => {
    await world.rpc("evm_setAutomine", false);
    await world.rpc("evm_setIntervalMining", 400);
    await deployInTwoRuns(world, "--no-compile");
    await world.rpc("evm_setIntervalMining", 0);
    await world.rpc("evm_setAutomine", true);
  });

  it("refuse to overwrite a deployment of other parameters or of another chain", async () => {
    const recorded = readFileSync(world.deploymentFile, "utf8");
    const parameters = JSON.parse(readFileSync(fromRoot("scripts", "parameters", "localhost.json"), "utf8")) as object;
    const other = join(world.folder, "other.json");
    writeFileSync(other, JSON.stringify({ ...parameters, epochLength: 61 }));
    const refused = await world.run("deploy", "--no-compile", "--parameters", other);
    assertError(refused, /holds another deployment \(epochLength is 60, not 61\)/);
    assert.equal(readFileSync(world.deploymentFile, "utf8"), recorded);

    writeFileSync(world.deploymentFile, recorded.replace('"chainId": 31337', '"chainId": 5'));
    assertError(await world.run("deploy", "--no-compile"), /holds another deployment \(chain 5, not 31337\)/);
    assertError(await world.run("agent-status", "--agent", "0"), /is of chain 5, but localhost is chain 31337/);
    writeFileSync(world.deploymentFile, recorded);
  });

  it("take a question from the faucet to the verdict, over a kill -9 of the agents", async () => {
    claim = await walkWholePath(world, 1);
    await checkVerdict(world, claim, 1);
    const status = await world.json("agent-status", "--agent", "0");
    // Nine fees of one token, and all of them to the only agent.
    assert.equal((status.stake as { balance: string }).balance, "3009500000000000000000");
  });

  const bad: [what: string, name: string, args: string[], message: RegExp][] = [
    [
      "no deployment",
      "verify-claim",
      ["--claim", `0x${"11".repeat(32)}`, "--deployments", "nowhere"],
      /nothing is deployed on localhost/,
    ],
    ["an unknown network", "faucet", ["--network", "nosuch"], /no network "nosuch"/],
    ["no node", "faucet", ["--url", "http://127.0.0.1:9"], /cannot talk to http:\/\/127.0.0.1:9: is a node running\?/],
    ["a malformed address", "signer", ["--agent", "0", "--add", "0x12"], /'0x12' is invalid. expected an address/],
    ["a malformed claim id", "verify-claim", ["--claim", "0x12"], /'0x12' is invalid. expected a claim id/],
    ["a malformed agent id", "stake", ["--agent", "x", "--amount", "1"], /'x' is invalid. expected an agent id/],
    ["a malformed amount", "stake", ["--agent", "0", "--amount", "-1"], /argument '-1' is invalid. expected an amount/],
    ["an unknown claim", "verify-claim", ["--claim", `0x${"11".repeat(32)}`], /there is no claim 0x11/],
    ["an unknown agent", "stake", ["--agent", "77", "--amount", "1"], /there is no agent 77/],
    ["an unknown domain", "ask", ["--domain", "99", "--text", "?"], /there is no domain 99/],
    ["no tokens", "stake", ["--agent", "0", "--amount", "1", "--account", "5"], /has 0 ASSAY and needs 1 ASSAY/],
    ["no ether", "faucet", ["--account", "6"], /too little ether/],
    ["what the contract refuses", "faucet", [], /the contract refused: FaucetNotReady\(account: 0xf39F/],
    [
      "a stranger",
      "unstake",
      ["--agent", "0", "--amount", "1", "--account", "5"],
      /refused: NotAgentOwner\(agentId: 0, caller: 0x/,
    ],
  ];
  for (const [what, name, args, message] of bad) {
    it(`end with one line and status 1 on ${what}`, async () => {
      if (what === "no ether")
        await world.rpc("hardhat_setBalance", "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x0");
      assertError(await world.run(name, ...args), message);
    });
  }

  const keys: [what: string, key: string | undefined, message: RegExp][] = [
    [
      "no key",
      undefined,
      /"SEPOLIA_PRIVATE_KEY" not found: set it with "npx hardhat keystore set SEPOLIA_PRIVATE_KEY"/,
    ],
    ["a key that is no hex", "hello", /Invalid hex string value for the configuration variable "SEPOLIA_PRIVATE_KEY"/],
    ["a node of another chain", `0x${"11".repeat(32)}`, /cannot talk to \S+: .* chain id "11155111", but .* "31337"/],
  ];
  it("end with one line and status 1, and deploy nothing, without a key of the explorer to verify with", async () => {
    const { CI, ETHERSCAN_API_KEY } = process.env;
    process.env.CI = "true";
    setOrDelete("ETHERSCAN_API_KEY", undefined);
    const elsewhere = join(world.folder, "unverified");
    try {
      const refused = await world.run("deploy", "--verify", "--no-compile", "--deployments", elsewhere);
      assertError(refused, /"ETHERSCAN_API_KEY" not found: set it with "npx hardhat keystore set ETHERSCAN_API_KEY"/);
      assert.equal(existsSync(elsewhere), false);
    } finally {
      setOrDelete("CI", CI);
      setOrDelete("ETHERSCAN_API_KEY", ETHERSCAN_API_KEY);
    }
  });

  for (const [what, key, message] of keys) {
    it(`end with one line and status 1 on ${what} of a public network`, async () => {
      const { CI, SEPOLIA_PRIVATE_KEY } = process.env;
      process.env.CI = "true"; // leaves out the keystore of whoever runs the test
      setOrDelete("SEPOLIA_PRIVATE_KEY", key);
      try {
        assertError(await world.run("faucet", "--network", "sepolia"), message);
      } finally {
        setOrDelete("CI", CI);
        setOrDelete("SEPOLIA_PRIVATE_KEY", SEPOLIA_PRIVATE_KEY);
      }
    });
  }
});

function setOrDelete(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

function assertError({ code, stderr }: { code: number | null; stderr: string }, message: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^error: [^\n]+\n$/);
  assert.match(stderr, message);
}
