import { expect } from "chai";
import { Wallet } from "ethers";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliWorld, createCliWorld, lightKeystore, PASSPHRASE } from "./kit.ts";

const UNLOCKED = { env: { ASSAY_PASSPHRASE: PASSPHRASE } };

describe("cli: setting up", function () {
  this.timeout(180_000);
  let cli: CliWorld;

  before(async () => {
    cli = await createCliWorld({ agents: 1 });
  });
  after(() => cli.close());

  it("init writes a configuration, adds networks to it, and replaces none unasked", async () => {
    const path = join(cli.folder, "new.json");
    const init = (...args: string[]) => cli.run(["init", "--config", path, ...args]);
    expect((await init()).stdout).to.match(/^wrote network localhost: .*new\.json\nnext:\n {2}assay keys new owner/);
    const added = await init("-n", "sepolia", "--rpc", "https://rpc.example.org", "--claims", `0x${"11".repeat(20)}`);
    expect(added.stdout).to.match(/^added network sepolia/);
    expect(JSON.parse(readFileSync(path, "utf8"))).to.deep.equal({
      network: "localhost",
      networks: {
        localhost: { rpc: ["http://127.0.0.1:8545"], deployment: "deployments/localhost.json" },
        sepolia: { rpc: ["https://rpc.example.org"], claims: `0x${"11".repeat(20)}` },
      },
    });
    const again = await init();
    expect([again.code, again.stderr]).to.deep.equal([
      1,
      `error: ${path} has a network localhost already: replace it with --force\n`,
    ]);
    expect((await init("-n", "other")).stderr).to.equal("error: give the endpoint of other: --rpc URL\n");
  });

  it("keys makes and imports keys in files for their owner only, and lists, shows and exports them", async () => {
    const made = await cli.run(["keys", "new", "owner", "--json"], UNLOCKED);
    expect(made.code, made.stderr).to.equal(0);
    const { address, path } = JSON.parse(made.stdout) as { address: string; path: string };
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const light = Wallet.createRandom();
    const file = join(cli.folder, "light.json");
    writeFileSync(file, lightKeystore(light));
    const imported = await cli.run(["keys", "import", "hot", "--keystore", file]);
    expect(imported.stdout).to.match(new RegExp(`^key hot: ${light.address}\nencrypted in .*back it up`));
    expect((await cli.run(["keys", "list"])).stdout).to.equal(
      `NAME   ADDRESS\nhot    ${light.address}\nowner  ${address}\n`,
    );
    expect((await cli.run(["keys", "show", address])).stdout).to.equal(`owner ${address}\n${path}\n`);
    expect((await cli.run(["keys", "export", "hot", "-y"], UNLOCKED)).stdout).to.equal(`${light.privateKey}\n`);
    expect((await cli.run(["keys", "export", "hot"], UNLOCKED)).stderr).to.match(/^error: add --yes to agree/);
  });

  it("keys refuses taken and malformed names, malformed keys, short, wrong and missing passphrases", async () => {
    const refused = async (args: string[], env = {}) => {
      const { code, stdout, stderr } = await cli.run(["keys", ...args], { env });
      expect([code, stdout]).to.deep.equal([1, ""]);
      return stderr;
    };
    const file = join(cli.folder, "key.txt");
    writeFileSync(file, "0x1234");
    expect(await refused(["new", "hot"], UNLOCKED.env)).to.match(/^error: there is a key hot already: /);
    expect(await refused(["new", "../hot"], UNLOCKED.env)).to.match(/^error: a key's name has letters, digits/);
    expect(await refused(["new", "x"])).to.match(/^error: the passphrase of the new key x is needed: give --pass/);
    expect(await refused(["new", "x"], { ASSAY_PASSPHRASE: "short" })).to.match(/at least 8 characters/);
    const malformed = await refused(["import", "x", "--key-file", file], UNLOCKED.env);
    expect(malformed).to.equal("error: that is no private key: expected 0x and 64 hex digits\n");
    expect(await refused(["import", "x", "--keystore", file])).to.match(/^error: the file holds no encrypted key/);
    expect(await refused(["import", "x"])).to.equal("error: give the key in a file: --key-file or --keystore\n");
    expect(await refused(["show", "cold"])).to.match(/^error: there is no key cold in .* \(it has hot, owner\)\n$/);
    const wrong = await refused(["export", "hot", "--yes"], { ASSAY_PASSPHRASE: "not that one" });
    expect(wrong).to.match(/^error: that is not the passphrase of the key hot \(/);
  });

  it("faucet gives test tokens and, on a local chain, ether, to a key of the keystore", async () => {
    const { code, stdout, stderr } = await cli.run(["faucet", "--from", "hot", "--yes"], UNLOCKED);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^0x\w+ received 100\.0 ETH for gas\n0x\w+ received 10000 ASSAY\ncost: 1 transaction, /);
    expect(stderr).to.match(
      /^take test tokens\n {2}gas {3}at most .* ETH\n {2}from {2}hot 0x\w+ on localhost \(chain 31337\)\n/,
    );
    const again = await cli.run(["faucet", "--from", "hot", "--yes"], UNLOCKED);
    expect([again.code, again.stderr]).to.deep.equal([75, again.stderr]);
    expect(again.stderr).to.match(/^error: the contract refused: FaucetNotReady\(.* - the faucet gives once a day/);
  });

  it("doctor finds nothing wrong where all is well", async () => {
    const { code, stdout } = await cli.run(["doctor", "--from", "node:2", "--agent", "0"]);
    expect(code, stdout).to.equal(0);
    expect(stdout).to.match(/^ok {4}node: Node \d/);
    expect(stdout).to.match(/\nok {4}endpoint: http:\/\/127\.0\.0\.1:\d+ is of chain 31337\n/);
    expect(stdout).to.match(/\nok {4}tokens: 7000 ASSAY\n/);
    expect(stdout).to.match(/\nwarn {2}agent 0: is enrolled, its secrets are not in /);
    expect(stdout).not.to.include("\u001b[");
  });

  it("doctor says what to do about an endpoint, a chain, a record, a key or an agent that is missing or wrong", async () => {
    const failing = async (...args: string[]) => {
      const { code, stdout } = await cli.run(["doctor", "--from", "node:2", ...args]);
      expect(code, stdout).to.equal(1);
      return stdout;
    };
    const config = (network: object) => {
      const path = join(cli.folder, "broken.json");
      writeFileSync(path, JSON.stringify({ networks: { x: network } }));
      return ["--config", path];
    };
    expect(await failing("--rpc", "http://127.0.0.1:4")).to.match(/fail {2}endpoint: .* ECONNREFUSED\): is the node/);
    const record = { ...JSON.parse(readFileSync(join(cli.folder, "localhost.json"), "utf8")), chainId: 1 } as object;
    writeFileSync(join(cli.folder, "mainnet.json"), JSON.stringify(record));
    const wrong = await failing(...config({ rpc: [cli.url], deployment: "mainnet.json" }));
    expect(wrong).to.match(/fail {2}deployment: .* is of chain 1, the endpoint of chain 31337\n {6}choose/);
    const missing = await failing(...config({ rpc: [cli.url], deployment: "none.json" }));
    expect(missing).to.match(/fail {2}deployment: nothing is deployed on x: there is no .*none\.json\n {6}deploy, or/);
    const empty = await failing(...config({ rpc: [cli.url], claims: `0x${"11".repeat(20)}` }));
    expect(empty).to.match(/fail {2}contracts: x: no claims answers consensus there/);
    expect(await failing("--from", "cold")).to.match(/fail {2}key: there is no key cold/);
    expect(await failing("--agent", "99")).to.match(/fail {2}agent: the contract refused: .* there is no such agent/);
    const malformed = await failing(...config({ rpc: [7], deployment: "localhost.json" }));
    expect(malformed).to.match(/fail {2}configuration: .*broken\.json:1: networks\.x\.rpc\[0\]: expected a URL\n/);
  });

  it("a command without a network, a node, tokens or consent sends nothing and says why", async () => {
    const refused = async (code: number, ...args: string[]) => {
      const ended = await cli.run(args);
      expect([ended.code, ended.stdout]).to.deep.equal([code, ""]);
      expect(ended.stderr).not.to.match(/\n {4}at /);
      return ended.stderr;
    };
    const stake = ["stake", "add", "--agent", "0", "--from", "node:3"];
    expect(await refused(1, ...stake, "5", "-n", "mainnet")).to.match(/^error: no network "mainnet" in .*localhost\)/);
    expect(await refused(75, ...stake, "5", "--rpc", "http://127.0.0.1:4")).to.match(/^error: no endpoint answers/);
    const poor = await refused(1, ...stake, "10001", "-y");
    expect(poor).to.match(/has 10000 ASSAY and needs 10001 ASSAY: get tokens first \("assay faucet"/);
    expect(await refused(1, ...stake, "5")).to.match(
      /\nerror: nothing was sent: add --yes to agree without a terminal/,
    );
    expect(await refused(1, ...stake, "-5")).to.match(/expected an amount of tokens/);
    expect(await refused(1, ...stake, "0")).to.match(/expected more than 0/);
    const json = JSON.parse(await refused(1, ...stake, "10001", "--yes", "--json")) as { error: object };
    expect(json.error).to.include({ code: "INSUFFICIENT_TOKENS", retryable: false });
  });
});
