import { openJournal } from "@assay/agent";
import { createSecretChain, type Hex } from "@assay/protocol";
import { contentOf } from "@assay/sdk";
import { expect } from "chai";
import { HDNodeWallet, id } from "ethers";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { TOKEN } from "../kit/world.ts";
import { type CliWorld, createCliWorld, lightKeystore, PASSPHRASE, type Running } from "./kit.ts";

const PHRASE = "test test test test test test test test test test test junk";
/** Owns the first agent. */
const OWNER = 2;
const RELAYER = 10;

describe("cli: agent run", function () {
  this.timeout(240_000);
  let cli: CliWorld;
  let journal: string;
  const env = { ASSAY_PASSPHRASE: PASSPHRASE };

  beforeEach(async () => {
    cli = await createCliWorld({ agents: 6 });
    mkdirSync(join(cli.folder, "keys"));
    const key = HDNodeWallet.fromPhrase(PHRASE, "", `m/44'/60'/0'/0/${OWNER}`);
    writeFileSync(join(cli.folder, "keys", "hot.json"), lightKeystore(key), { mode: 0o600 });
    const { consensus } = cli.assay.addresses;
    const folder = join(cli.folder, "agents", `31337-${consensus}`);
    mkdirSync(folder, { recursive: true });
    journal = join(folder, "agent-0.db");
    const opened = openJournal(journal, { chainId: 31_337n, consensus, agentId: 0n });
    // As test/kit/world.ts has enrolled it.
    const chain = createSecretChain({ seed: id("chain 0") as Hex, length: 512 }).serialize();
    opened.save({ agentId: "0", chain, tipEpoch: 1, ballots: [], receipts: [] });
    opened.close();
    configure({ domains: { "1": { verifier: { kind: "constant", outcome: 1 } } } });
  });
  afterEach(() => cli.close());

  /** Says in the configuration how the agent runs. */
  function configure(agent: object, rpc: readonly string[] = [cli.url]): void {
    const path = join(cli.folder, "assay.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as { networks: Record<string, object> };
    const run = { pollSeconds: 0.05, ...agent };
    config.networks.localhost = { ...config.networks.localhost, rpc, agents: { "0": run } };
    writeFileSync(path, JSON.stringify(config, null, 2));
  }

  const ARGS = ["agent", "run", "--agent", "0", "--from", "hot", "--yes"];

  /** Starts the agent, and waits until it runs. */
  async function start(...more: string[]): Promise<Running & { said: () => string }> {
    let said = "";
    const running = cli.start([...ARGS, ...more], (text) => (said = text), { env });
    let over = false;
    running.ended.then(
      () => (over = true),
      () => (over = true),
    );
    await until("started", () => over || /epoch \d+, /.test(said));
    return { ...running, said: () => said };
  }

  async function until(what: string, isSo: () => boolean | Promise<boolean>, said = () => ""): Promise<void> {
    for (let tries = 0; tries < 1_200; tries++) {
      if (await isSo()) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`never ${what}: ${said()}`);
  }

  /** One epoch on: the others beat, and the agent is waited for. */
  async function epochOn(said: () => string): Promise<void> {
    const epoch = (await cli.world.epoch()) + 1;
    await cli.world.warpTo(epoch, 1);
    for (const other of cli.world.agents.slice(1)) await other.beat();
    const beaten = async () => (await cli.assay.agents.state(0n)).lastEpoch === epoch;
    await until(`beaten in epoch ${epoch}`, beaten, said);
    await until(`told of epoch ${epoch}`, () => said().includes(`epoch ${epoch}: `), said);
  }

  async function ask(text: string): Promise<void> {
    await (await cli.assay.questions.ask({ domainId: 1, ...contentOf(text) })).wait();
  }

  it("votes, is revealed and is paid, tells so on its port, and says what is open when it is interrupted", async () => {
    configure({ domains: { "1": { verifier: { kind: "constant", outcome: 1 } } }, listen: { port: 0 } });
    const { ended, interrupt, said } = await start();
    for (let i = 0; i < 3; i++) await ask(`question ${i}`);
    for (let i = 0; i < 5; i++) await epochOn(said);
    const url = /on (http:\S+)/.exec(said())?.[1] ?? "";
    const health = await fetch(`${url}/health`);
    expect([health.status, ((await health.json()) as { ok: boolean }).ok]).to.deep.equal([200, true]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).to.match(/^assay_agent_reveals_total\{agent="0"\} [4-9]$/m);
    expect(metrics).to.match(/^assay_agent_up\{agent="0"\} 1$/m);
    expect((await fetch(`${url}/none`)).status).to.equal(404);
    expect((await cli.assay.stake.account(0n)).balance > 3_000n * TOKEN).to.equal(true);
    interrupt();
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^agent 0 ran \d epochs: \d beats, \d+ votes, \d ballots revealed\n/);
    expect(stdout).to.match(/must be revealed before 20.*\nnext:\n {2}assay agent run --agent 0\n$/);
  });

  it("lets a relayer send its beats, and sends them itself once that is down", async () => {
    let url = "";
    const relay = cli.start(
      ["relay", "--port", "0", "--max-wait", "0", "--from", `node:${RELAYER}`, "--yes"],
      (text) => {
        url = /relaying on (http:\S+)/.exec(text)?.[1] ?? url;
      },
    );
    await until("relaying", () => url !== "");
    configure({ domains: { "1": { verifier: { kind: "constant", outcome: 1 } } }, relayer: { url, fee: "0.01" } });
    const { ended, interrupt, said } = await start();
    await epochOn(said);
    await epochOn(said);
    relay.interrupt();
    const relayed = await relay.ended;
    expect(relayed.stdout).to.match(/^relayed [2-9] beats/);
    await epochOn(said);
    expect(said()).to.match(/warn: the relayer http:\/\/127\.0\.0\.1:\d+ does not answer/);
    interrupt();
    expect((await ended).code).to.equal(0);
    const events = await cli.assay.events([{ name: "consensus.BallotForfeited", args: { agentId: 0n } }]);
    expect(events).to.have.length(0);
  });

  it("goes on while an endpoint is dead, and once it is back", async () => {
    let dead = true;
    const proxy = createServer((request, response) => {
      void (async () => {
        let body = "";
        for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
        if (dead) return void response.writeHead(503).end();
        const answer = await fetch(cli.url, { method: "POST", headers: { "content-type": "application/json" }, body });
        response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
      })();
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    dead = false;
    configure({ domains: { "1": { verifier: { kind: "constant", outcome: 1 } } } }, [url]);
    const { ended, interrupt, said } = await start();
    await epochOn(said);
    dead = true;
    await until("told", () => /warn: no endpoint answers \(http:\/\/127\.0\.0\.1:\d+: HTTP 503\)/.test(said()), said);
    dead = false;
    await epochOn(said);
    expect(said()).to.match(/goes on: /);
    interrupt();
    expect((await ended).code).to.equal(0);
    proxy.close();
    proxy.closeAllConnections();
  });

  it("tells the webhook of each alert once, and says where that cannot be told", async () => {
    const told: Record<string, unknown>[] = [];
    let status = 500;
    const hook = createServer((request, response) => {
      void (async () => {
        let body = "";
        for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
        told.push(JSON.parse(body) as Record<string, unknown>);
        response.writeHead(status).end();
      })();
    });
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    const webhook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/alerts`;
    const domains = { "1": { verifier: { kind: "constant", outcome: 1 } } };
    configure({ domains, warnings: { webhook, freeStake: "1000000" } });
    let { ended, interrupt, said } = await start();
    await until("failed", () => /warn: the webhook was not told: HTTP 500/.test(said()), said);
    interrupt();
    expect((await ended).code).to.equal(0);
    status = 204;
    told.length = 0;
    ({ ended, interrupt, said } = await start());
    await epochOn(said);
    await until("told", () => told.length > 0, said);
    interrupt();
    expect((await ended).code).to.equal(0);
    expect(said()).not.to.match(/webhook was not told/);
    const { message, ...rest } = told[0]!;
    expect(rest).to.deep.equal({
      agentId: "0",
      chainId: "31337",
      network: "localhost",
      alert: "stake_low",
      raised: true,
    });
    expect(message).to.match(/^\d+ wei of stake are free, fewer than 1000000000000000000000000: add stake$/);
    expect(told.filter(({ alert }) => alert === "stake_low")).to.have.length(1);
    hook.close();
    hook.closeAllConnections();
  });

  it("answers and sends nothing in a dry run of one epoch, in JSON too", async () => {
    await ask("dry");
    const running = await start("--dry-run", "--once", "--json");
    await cli.world.warpTo((await cli.world.epoch()) + 1, 1);
    for (const other of cli.world.agents.slice(1)) await other.beat();
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).to.equal(0);
    const data = JSON.parse(stdout) as { epochs: number; counts: { beats: number }; openBallot: unknown };
    expect([data.epochs, data.counts.beats, data.openBallot]).to.deep.equal([1, 0, null]);
    for (const line of stderr.trim().split("\n")) expect(JSON.parse(line)).to.include.keys("time", "level", "event");
    expect((await cli.assay.agents.state(0n)).ballotOpen).to.equal(false);
  });

  it("says in one line what is wrong, and ends with the status for it", async () => {
    const fails = async (code: number, message: RegExp, options: { env?: NodeJS.ProcessEnv; args?: string[] } = {}) => {
      const ended = await cli.run(options.args ?? ARGS, { env: options.env ?? env });
      expect([ended.code, ended.stdout], ended.stderr).to.deep.equal([code, ""]);
      expect(ended.stderr).to.match(message);
      expect(ended.stderr.split("\n").filter((line) => /^error: /.test(line))).to.have.length(1);
    };
    await fails(1, /that is not the passphrase of the key hot/, { env: { ASSAY_PASSPHRASE: "wrong passphrase" } });
    await fails(1, /give --yes to run agent 0/, { args: ARGS.slice(0, -1) });
    await fails(1, /runs with a key of its own/, { args: [...ARGS.slice(0, -3), "--from", "node:2", "--yes"] });
    await fails(1, /the wallet of agent 1 is 0x/, { args: [...ARGS, "--agent", "1", "--answer", "1"] });
    await fails(1, /say how agent 1 answers: "agents" of localhost/, { args: [...ARGS, "--agent", "1"] });
    const held = openJournal(journal, { chainId: 31_337n, consensus: cli.assay.addresses.consensus, agentId: 0n });
    await fails(75, /agent 0 is run by another process: stop it first/);
    held.close();
    configure({ domains: { "1": { verifier: { kind: "chat", url: "x" } } } });
    await fails(1, /assay\.json:\d+: networks\.localhost\.agents\.0\.domains\.1\.verifier\.url: expected a URL/);
    configure({ domains: {}, policy: { minConfidence: 2 } });
    await fails(1, /assay\.json:\d+: .*\.policy\.minConfidence: expected a number from 0 to 1/);
    configure({ domains: {}, pollicy: {} });
    await fails(1, /assay\.json:\d+: .*\.pollicy: there is no such setting/);
    const chat = { kind: "chat", url: "http://127.0.0.1:1/v1", model: "m", instructions: "?", outcomes: ["no", "yes"] };
    configure({ domains: { "1": { verifier: { ...chat, apiKeyEnv: "NO_SUCH_KEY" } } } });
    await fails(1, /names \$NO_SUCH_KEY, which is not set/);
    configure({ domains: { "1": { verifier: { kind: "constant", outcome: 1 } } } });
    writeFileSync(journal, "x".repeat(10_000));
    await fails(1, /the journal .* is damaged: keep a copy of it/);
  });
});
