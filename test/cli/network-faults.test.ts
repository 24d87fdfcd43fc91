import {
  AgentNetwork,
  BINDING_KEY,
  createNodeKeys,
  recordCodec,
  statementCodec,
  statementTopic,
  toMessage,
} from "@assay/network";
import { type Address, type Hex, statementTypedData } from "@assay/protocol";
import { contentOf, type SignedStatement } from "@assay/sdk";
import { expect } from "chai";
import { getBytes, toUtf8Bytes } from "ethers";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../../scripts/lib/paths.ts";
import { freePort, type Running, start } from "../../scripts/testing/processes.ts";
import { until } from "../network/kit.ts";
import { type CliWorld, createCliWorld } from "./kit.ts";

/** Accounts of the node that own the agents begin here. */
const FIRST_OWNER = 2;
/** Agents whose nodes are processes of the command line. */
const NODES = [0, 1];
/** Agents whose nodes are in this process: one that states, and one that hears. */
const SPEAKER = 2;
const HEARER = 3;
const DOMAIN = 1;
/** By how much a clock is wrong, s. */
const WRONG = 600;
/** For how long a statement is challengeable: expired by a clock that is ahead; and so long that it is too long for one behind. */
const SHORT = 300;
const LONG = 900;
/** Room on the disk that is filled up. */
const DISK = "16m";

/** A node's process, once it runs. */
interface NodeProcess {
  readonly running: Running;
  /** Where it is dialled. */
  readonly address: string;
  /** A value of its /metrics. */
  readonly metric: (name: string, label?: string) => Promise<number>;
}

describe("cli: a node among faults", function () {
  this.timeout(300_000);
  let cli: CliWorld;
  /** Of the agents' keys and stores. */
  const folders: string[] = [];
  let started: Running[] = [];
  let opened: AgentNetwork[] = [];
  let stated = 0;

  before(async () => {
    cli = await createCliWorld({ agents: HEARER + 1 });
    configure(0);
    for (let agent = 0; agent <= HEARER; agent++) {
      const as = (...args: string[]) => cli.json(FIRST_OWNER + agent, ...args, "--agent", String(agent));
      const { path: key } = await as("network", "bind");
      folders.push(join(String(key), ".."));
      await as("agent", "signer", cli.world.owners[agent]?.address ?? "");
      await as("stake", "pledge", "500");
    }
  });
  afterEach(async () => {
    await Promise.all(opened.map((network) => network.close()));
    for (const { child } of started) child.kill("SIGINT");
    await Promise.all(started.map(({ ended }) => ended));
    [opened, started] = [[], []];
  });
  after(() => cli.close());

  it("names the address that is taken, and leaves nothing half done", async () => {
    const taken = createServer().listen(0, "127.0.0.1").unref();
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const [at, free] = [`/ip4/127.0.0.1/tcp/${port}`, `/ip4/127.0.0.1/tcp/${await freePort()}`];
    for (const more of [
      ["--listen", at],
      ["--listen", free, at],
    ]) {
      const { code, stderr } = await launch(commandOf(0, { more })).ended;
      expect(stderr.trim().split("\n").at(-1)).to.include(`cannot listen at ${at}: listen EADDRINUSE`);
      expect(code).to.equal(1);
    }
    configure(port);
    const { code, stderr } = await launch(commandOf(0)).ended;
    expect(stderr).to.include(
      `cannot serve /health and /metrics: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
    expect(code).to.equal(1);
    configure(0);
    // No door that leads nowhere, no log of a store that was not closed.
    expect(readdirSync(folderOf(0)).filter((name) => /^control\.json$|-wal$/.test(name))).to.deep.equal([]);
    taken.close();
    await once(taken, "close");
    const { address } = await startNode(commandOf(0, { more: ["--listen", at] }));
    expect(address).to.match(new RegExp(`^${at}/p2p/`));
  });

  describe("whose clock is wrong by ten minutes", () => {
    it("judges by the chain's clock, and answers by it", async () => {
      const nodes = await startWrong();
      const speaker = await open(
        SPEAKER,
        nodes.map(({ address }) => address),
      );
      const hashes = [(await state(speaker, SHORT)).hash, (await state(speaker, LONG)).hash];
      for (const agent of NODES) await until("it has both", () => have(agent, hashes));
      for (const { metric } of nodes) {
        for (const verdict of ["EXPIRED", "EXPIRING", "EARLY", "TOO_FAR_AHEAD"]) {
          expect(await metric("statements_total", `{verdict="${verdict}"}`), verdict).to.equal(0);
        }
      }
      const { answers } = await speaker.ask({ domainId: DOMAIN, content: toUtf8Bytes("what time is it?") });
      expect(answers.map(({ agentId }) => Number(agentId))).to.have.members(NODES);
    });

    it("refuses what a wrong clock has dated, says why, counts it, and goes on", async () => {
      const nodes = await startWrong();
      const speaker = await open(
        SPEAKER,
        nodes.map(({ address }) => address),
      );
      for (const [expiry, reason] of [
        [speaker.now - WRONG + SHORT, "EXPIRED"],
        [speaker.now + WRONG + LONG, "TOO_FAR_AHEAD"],
      ] as const) {
        const bytes = statementCodec.encode(toMessage(context(), await signed(SPEAKER, expiry)));
        expect(await speaker.node.publish(statementTopic(context(), DOMAIN), bytes)).to.equal(nodes.length);
        for (const { running, metric } of nodes) {
          await until(
            `${reason} is counted`,
            async () => (await metric("statements_total", `{verdict="${reason}"}`)) === 1,
          );
          expect(running.output()).to.match(new RegExp(`"event":"statement-rejected".*"reason":"${reason}"`));
        }
      }
      const { hash } = await state(speaker, SHORT);
      for (const agent of NODES) await until("it has what is right", () => have(agent, [hash]));
    });

    /** A node whose clock is ahead, and one whose clock is behind. */
    async function startWrong(): Promise<NodeProcess[]> {
      const nodes: NodeProcess[] = [];
      for (const [agent, seconds] of [WRONG, -WRONG].entries()) {
        const node = await startNode(commandOf(agent, { options: shifted(seconds), more: ["--json"] }));
        const [, time = ""] = /"time":"([^"]+)"/.exec(node.running.output()) ?? [];
        // As its own log shows.
        expect(Math.round((Date.parse(time) - Date.now()) / 1000)).to.be.closeTo(seconds, WRONG / 2);
        nodes.push(node);
      }
      return nodes;
    }

    async function have(agent: number, hashes: readonly Hex[]): Promise<boolean> {
      const args = ["network", "statements", "--domain", String(DOMAIN), "--agent", String(agent)];
      const listed = (await cli.json(FIRST_OWNER + agent, ...args)) as unknown as { hash: Hex }[];
      return hashes.every((hash) => listed.some((each) => each.hash === hash));
    }
  });

  it("judges and hands on while its disk is full, says so, counts it, and stores again once there is room", async function () {
    const why = whyNoDisk();
    if (why !== null) {
      console.log(`      ${why}`);
      return this.skip();
    }
    const node = await startNode(onOwnDisk(folderOf(0), commandOf(0, { more: ["--json"] })));
    const speaker = await open(SPEAKER, [node.address]);
    const hearer = await open(HEARER, [node.address]);
    const hears = async ({ hash }: { hash: Hex }) => until("it is handed on", () => hearer.store.has(hash));
    await hears(await state(speaker, SHORT));
    const stored = () => node.metric("statements_stored");
    const unstored = () => node.metric("statements_noted_total", '{what="unstored"}');
    expect(await unstored()).to.equal(0);

    const filler = join(`/proc/${node.running.child.pid}/root`, folderOf(0), "filler");
    fill(filler);
    const before = await stored();
    for (let i = 0; i < 3; i++) await hears(await state(speaker, SHORT));
    expect(await unstored()).to.equal(3);
    expect(await stored()).to.equal(before);
    expect(node.running.output()).to.match(
      /"event":"statement-store-failed","message":"statements are not stored: no room for [^"]*statements\.db/,
    );
    expect([speaker, hearer].map(({ peers }) => peers.map(({ agentId }) => agentId))).to.deep.equal([[0n], [0n]]);

    rmSync(filler);
    await hears(await state(speaker, SHORT));
    await until("it stores again", async () => (await stored()) === before + 1);
    expect(await unstored()).to.equal(3);
    expect(node.running.output()).to.match(/"event":"statement-store-recovered"/);
  });

  /** @param port of the metrics of each node */
  function configure(port: number): void {
    const path = join(cli.folder, "assay.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as { networks: { localhost: object } };
    const domains = { [DOMAIN]: { verifier: { kind: "constant", outcome: 1 } } };
    const network = { listen: ["/ip4/127.0.0.1/tcp/0"], metrics: { port } };
    const agents = Object.fromEntries(NODES.map((agent) => [agent, { domains, network }]));
    Object.assign(config.networks.localhost, { agents });
    writeFileSync(path, JSON.stringify(config));
  }

  const folderOf = (agent: number) => folders[agent] as string;

  /** The command that runs an agent's node. @param options of Node @param more of the command */
  function commandOf(
    agent: number,
    { options = [], more = [] }: { options?: string[]; more?: string[] } = {},
  ): string[] {
    const command = [fromRoot("packages", "cli", "src", "cli.ts"), "network", "run", "--agent", String(agent)];
    return [process.execPath, ...options, ...command, "--from", `node:${FIRST_OWNER + agent}`, "--yes", ...more];
  }

  function launch([program = "", ...args]: readonly string[]): Running {
    const running = start(program, args, { ASSAY_CONFIG: join(cli.folder, "assay.json") });
    started.push(running);
    return running;
  }

  async function startNode(command: readonly string[]): Promise<NodeProcess> {
    const running = launch(command);
    await running.until(/agent \d+ answers other agents/);
    const find = (pattern: RegExp) => pattern.exec(running.output())?.[1] ?? "";
    const [address, url] = [find(/listens at (\S+?)[,"\s]/), find(/on (http:[^\s"]+)/)];
    return {
      ...{ running, address },
      metric: async (name, label = "") => {
        const text = await (await fetch(`${url}/metrics`)).text();
        const line = text.split("\n").find((each) => each.startsWith(`assay_network_${name}${label} `));
        return Number(line?.split(" ")[1] ?? Number.NaN);
      },
    };
  }

  /** Opens the node of an agent in this process, which dials others and no more of them. */
  async function open(agent: number, bootstrap: readonly string[]): Promise<AgentNetwork> {
    const { assay } = cli;
    const keys = await createNodeKeys(getBytes(readFileSync(join(folderOf(agent), "node.key"), "utf8").trim()));
    const { binding } = recordCodec.decode(getBytes(await assay.agents.metadata(BigInt(agent), BINDING_KEY)));
    const network = await AgentNetwork.open({
      ...{ assay, keys, binding, folder: folderOf(agent), listen: [], bootstrap, targetPeers: bootstrap.length },
      ...{ domains: [DOMAIN], pollMs: 50, report: () => undefined },
    });
    opened.push(network);
    for (let peers = 0; peers < bootstrap.length; await sleep(250)) {
      // Gossip begins some time after the connection.
      if (network.peers.length === bootstrap.length) ({ peers } = await state(network, SHORT));
    }
    return network;
  }

  /** A node states something in the name of its agent. */
  async function state(network: AgentNetwork, validFor: number) {
    return network.statements.publish(await signed(Number(network.node.self.agentId), network.now + validFor));
  }

  const context = () => ({ chainId: 31_337n, claims: cli.assay.addresses.claims as Address });

  /** What an agent states about something new. @param expiry unix seconds */
  async function signed(agent: number, expiry: number): Promise<SignedStatement> {
    const owner = cli.world.owners[agent] as (typeof cli.world.owners)[number];
    const { contentHash, uri } = contentOf(`content ${++stated}`);
    const bond = await cli.assay.claims.minBond(DOMAIN);
    const subject = { agentId: BigInt(agent), domainId: DOMAIN, outcome: 1, contentHash };
    const statement = { ...subject, bond, expiry: BigInt(expiry), nonce: BigInt(stated) };
    const here = { chainId: Number(context().chainId), claims: context().claims };
    const { domain, types, message } = statementTypedData(here, statement);
    const signature = (await owner.signTypedData({ ...domain }, { Statement: [...types.Statement] }, message)) as Hex;
    return { ...here, signer: owner.address.toLowerCase() as Hex, uri, statement, signature };
  }
});

/** Options of Node that make the clock of a process wrong. */
function shifted(seconds: number): string[] {
  const program = `
    const Right = Date;
    globalThis.Date = class Date extends Right {
      constructor(...given) {
        if (given.length === 0) super(Date.now());
        else super(...given);
      }
      static now() {
        return Right.now() + ${seconds * 1000};
      }
    };`;
  return ["--import", `data:text/javascript,${encodeURIComponent(program)}`];
}

/** A command whose folder is a small disk of its own, which is gone when it ends; the key is on it. */
function onOwnDisk(folder: string, command: readonly string[]): string[] {
  const script = `key=$(cat "$0/node.key") && mount -t tmpfs -o size=${DISK} assay "$0" && echo "$key" > "$0/node.key" && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, folder, ...command];
}

/** Why there can be no disk of a process's own; null if there can. */
function whyNoDisk(): string | null {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "assay", tmpdir()], { stdio: "ignore" });
    return null;
  } catch {
    return "skipped: a disk of its own takes Linux, and the right to mount";
  }
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [2 ** 16, 2 ** 10]) {
      const bytes = Buffer.alloc(size);
      try {
        for (;;) writeSync(file, bytes);
      } catch (error) {
        expect((error as { code?: string }).code).to.equal("ENOSPC");
      }
    }
  } finally {
    closeSync(file);
  }
}
