import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliWorld, createCliWorld, type Ended, type Running } from "./kit.ts";

/** Accounts of the node that own the agents begin here. */
const FIRST_OWNER = 2;
/** What each agent says to everything; the last one asks. */
const OUTCOMES = [1, 1, 0, 1];
const ASKER = OUTCOMES.length - 1;

describe("cli: network", function () {
  this.timeout(180_000);
  let cli: CliWorld;
  const running: Running[] = [];
  const addresses: string[] = [];
  /** What the node of agent 1 has said. */
  let heard = "";
  /** What was asked and answered in private. */
  let proven = "";

  before(async () => {
    cli = await createCliWorld({ agents: OUTCOMES.length });
    const path = join(cli.folder, "assay.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as { networks: { localhost: object } };
    const agents = OUTCOMES.map((outcome, agent) => [
      String(agent),
      {
        domains: { 1: { verifier: { kind: "constant", outcome } } },
        network: { listen: ["/ip4/127.0.0.1/tcp/0"], ...(agent === 0 && { metrics: { port: 0 } }) },
      },
    ]);
    Object.assign(config.networks.localhost, { agents: Object.fromEntries(agents) as object });
    writeFileSync(path, JSON.stringify(config, null, 2));
  });
  after(async () => {
    for (const { interrupt, ended } of running) {
      interrupt();
      await ended;
    }
    await cli.close();
  });

  const as = (agent: number, ...args: string[]) => cli.as(FIRST_OWNER + agent, ...args, "--agent", String(agent));
  const json = (agent: number, ...args: string[]) => cli.json(FIRST_OWNER + agent, ...args, "--agent", String(agent));
  const fails = ({ code, stderr }: Ended, why: RegExp) => {
    expect(stderr).to.match(why);
    expect(code).to.equal(1);
  };

  /** Starts an agent's node. @returns once it runs, with what it has said */
  async function start(agent: number, ...args: string[]): Promise<string> {
    const all = ["network", "run", "--agent", String(agent), "--from", `node:${FIRST_OWNER + agent}`, "--yes", ...args];
    return new Promise((ready, refused) => {
      const process = cli.start(all, (text) => {
        if (agent === 1) heard = text;
        if (/agent \d+ (answers other agents|asks and listens only)/.test(text)) ready(text);
      });
      running.push(process);
      process.ended.then(({ stderr }) => refused(new Error(stderr)), refused);
    });
  }

  it("binds an agent to a key, by its wallet and no other", async () => {
    fails(await as(0, "network", "run"), /agent 0 has no key of the network here: assay network bind --agent 0/);
    fails(await cli.as(FIRST_OWNER + 1, "network", "bind", "--agent", "0"), /the wallet of agent 0 is 0x\w+, not 0x/);
    for (const agent of OUTCOMES.keys()) {
      const { peerId } = await json(agent, "network", "bind");
      expect(peerId).to.match(/^12D3Koo/);
      expect(await json(agent, "network", "status")).to.deep.include({ bound: true, node: null });
    }
  });

  it("answers only where something answers for what it says", async () => {
    fails(await as(0, "network", "run"), /0x\w+ is no statement signer of agent 0/);
    for (const agent of OUTCOMES.keys()) {
      const owner = cli.world.owners[agent]?.address ?? "";
      await json(agent, "agent", "signer", owner);
    }
    fails(await as(0, "network", "run"), /agent 0 has pledged nothing, so that nothing answers for what it says/);
    for (const agent of OUTCOMES.keys()) await json(agent, "stake", "pledge", "500");
  });

  it("runs nodes that find each other in the registry, and tells how they fare", async () => {
    const said = await start(0);
    const [, url] = /serves \/health and \/metrics on (http:\S+)/.exec(said) ?? [];
    addresses.push(/listens at (\S+)/.exec(said)?.[1] ?? "");
    fails(await as(0, "network", "run"), /the node of agent 0 runs already/);
    // Where it is found, for the others.
    await json(0, "network", "bind", "--address", (addresses[0] ?? "").replace(/\/p2p\/.*/, ""));
    for (const agent of [1, 2]) await start(agent);
    await untilPeers(0, 2);
    const health = await fetch(`${url}/health`);
    expect(health.status).to.equal(200);
    expect(await health.json()).to.deep.include({ ok: true, agentId: "0", domains: [1] });
    expect(await (await fetch(`${url}/metrics`)).text()).to.match(/^assay_network_peers 2$/m);
    const { stdout } = await as(0, "network", "status");
    expect(stdout).to.match(/its node runs here, with 2 agents: (1, 2|2, 1)$/m);
  });

  it("asks the swarm with a node of its own, for no gas", async () => {
    const { provider } = cli.world.connection.ethers;
    const block = await provider.getBlockNumber();
    const asked = await as(ASKER, "ask", "--swarm", "--domain", "1", "water is wet");
    expect(await provider.getBlockNumber()).to.equal(block);
    expect(asked.code, asked.stderr).to.equal(0);
    expect(asked.stdout).to.match(
      /^outcome 1: 66\.7 % of the weight, 33\.3 % against; 72 ASSAY of pledge answer for it$/m,
    );
    expect(asked.stdout).to.match(/3 of 3 agents answered, with 36 ASSAY each/);
    expect(asked.stdout).to.match(/^ {2}assay network export 0x[0-9a-f]{64} > statement\.json$/m);
  });

  it("asks through the node that runs", async () => {
    await start(ASKER, "--no-answers");
    await untilPeers(ASKER, 3);
    const report = await json(ASKER, "ask", "--swarm", "--domain", "1", "--text", "water is wet", "--budget", "2");
    expect(report).to.include({ asked: 2, domainId: 1 });
    const answers = report.answers as { agentId: string }[];
    expect(answers).to.have.lengthOf(2);
  });

  it("lets an AI model ask it", async () => {
    const args = ["mcp", "--http", "--port", "0", "--swarm", "--agent", String(ASKER)];
    const url = await new Promise<string>((ready, refused) => {
      const serving = cli.start(args, (text) => {
        const found = /listening on (http:\S+)/.exec(text)?.[1];
        if (found !== undefined) ready(found);
      });
      running.push(serving);
      serving.ended.then(({ stderr }) => refused(new Error(stderr)), refused);
    });
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).to.include("ask_swarm");
    const result = (await client.callTool({
      name: "ask_swarm",
      arguments: { domainId: 1, text: "water is wet", budget: 3 },
    })) as CallToolResult;
    const [part] = result.content;
    expect(part?.type === "text" ? part.text : "").to.match(/^outcome 1: 66\.7 % of the weight/);
    expect(result.structuredContent).to.include({ outcome: 1, asked: 3 });
    await client.close();
  });

  it("asks one agent in private, and proves what was said to whoever is to know", async () => {
    const proof = join(cli.folder, "proof.json");
    const secret = ["--domain", "1", "--text", "between us"];
    const asked = await as(ASKER, "ask", "--private", "2", ...secret, "--proof", proof);
    expect(asked.code, asked.stderr).to.equal(0);
    expect(asked.stdout).to.match(/^agent 2 answers outcome 0$/m);
    const shown = await cli.as(0, "network", "prove", proof);
    expect(shown.stdout).to.match(/^agent 3 asked agent 2 at \S+, which answered outcome 0 at \S+$/m);
    expect(shown.stdout).to.match(/^"between us"$/m);
    proven = readFileSync(proof, "utf8");
    writeFileSync(proof, proven.replace('"outcome": 0', '"outcome": 1'));
    fails(await cli.as(0, "network", "prove", proof), /the answer holds another statement than the proof/);
    const sent = await as(ASKER, "network", "send", "1", "--text", "hello\u001b[2J");
    expect(sent.stdout).to.equal("agent 1 has it, and has signed for it\n");
    expect(heard).to.match(/agent 3 writes: "hello \[2J"/);
    const nobody = await as(ASKER, "ask", "--private", "9", ...secret);
    expect(nobody.stderr).to.match(/agent 9 is not connected/);
    expect(nobody.code).to.equal(75);
  });

  it("keeps private messages with their receipts, for both", async () => {
    const [got] = await listed(1, "--with", String(ASKER), "--since", "2026-01-01");
    const [sent] = await listed(ASKER);
    expect(got).to.deep.include({ direction: "received", agentId: String(ASKER), text: "hello\u001b[2J" });
    expect(sent).to.deep.include({ direction: "sent", agentId: "1", text: "hello\u001b[2J" });
    expect(sent?.receipt)
      .to.match(/^0x[0-9a-f]{64}$/)
      .and.to.equal(got?.receipt);
    const { stdout } = await as(1, "network", "messages");
    expect(stdout).to.match(/^\S+Z +from 3 +0x[0-9a-f]{64} +"hello \[2J"$/m);
    expect(await listed(1, "--with", "0")).to.deep.equal([]);
    expect(await listed(1, "--since", "2999-01-01T00:00Z")).to.deep.equal([]);
    fails(await as(1, "network", "messages", "--since", "soon"), /expected a time such as 2026-11-29/);
  });

  it("keeps the statements, and takes one to a committee", async () => {
    const listed = await json(ASKER, "network", "statements", "--domain", "1");
    const statements = listed as unknown as { hash: string; statement: { outcome: number } }[];
    expect(statements).to.have.lengthOf(3);
    const wrong = statements.find(({ statement }) => statement.outcome === 0)?.hash ?? "";
    const { stdout } = await as(ASKER, "network", "export", wrong);
    const file = join(cli.folder, "statement.json");
    writeFileSync(file, stdout);
    const checked = await cli.json(0, "statement", "check", file);
    expect(checked).to.include({ signer: cli.world.owners[2]?.address });
    const { claimId } = await cli.json(0, "statement", "challenge", file);
    expect(claimId).to.match(/^0x/);
    fails(await as(ASKER, "network", "export", `0x${"12".repeat(32)}`), /there is no statement 0x1212/);
    const { stdout: book } = await as(ASKER, "network", "ledger");
    expect(book).to.match(/nothing has been decided of anybody's answers/);
  });

  it("names what is wrong with what it is asked", async () => {
    fails(await as(ASKER, "ask", "--swarm", "--domain", "1"), /say what to ask about/);
    fails(await as(ASKER, "ask", "--swarm", "--domain", "9", "x"), /UnknownDomain/);
    fails(await as(ASKER, "ask", "--domain", "1", "x", "--budget", "2"), /go with --swarm/);
    const heavy = await as(ASKER, "ask", "--swarm", "--domain", "1", "x", "--min-weight", "33");
    expect(heavy.stderr).to.match(/none of the 3 agents of domain 1 that are connected weighs 33/);
    expect(heavy.code).to.equal(75);
  });

  it("takes nothing for proved by keys that are not the agents'", async () => {
    await json(2, "network", "bind", "--new-key");
    const proof = join(cli.folder, "proof.json");
    writeFileSync(proof, proven);
    const shown = await cli.as(0, "network", "prove", proof);
    expect(shown.stdout).to.match(/^not shown: the chain does not say now that agent 2 has the key that signed$/m);
    expect(shown.code).to.equal(1);
  });

  /** An agent's private messages. */
  async function listed(agent: number, ...args: string[]): Promise<Record<string, unknown>[]> {
    return (await json(agent, "network", "messages", ...args)) as unknown as Record<string, unknown>[];
  }

  async function untilPeers(agent: number, count: number): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const { node } = (await json(agent, "network", "status")) as { node: { peers: unknown[] } | null };
      if ((node?.peers.length ?? 0) >= count) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`agent ${agent} never had ${count} peers`);
  }
});
