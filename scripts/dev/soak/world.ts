import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Assay, contentOf } from "@assay/sdk";
import { encryptKeystoreJsonSync, type HDNodeWallet, JsonRpcProvider, NonceManager } from "ethers";
import { fromRoot } from "../../lib/paths.ts";
import { anvilNode } from "../../testing/anvil.ts";
import { freePort } from "../../testing/processes.ts";
import { createScriptWorld } from "../../testing/world.ts";
import { accountOf, deployWithDomain, joinDomain, type Rpc } from "../durability/setup.ts";
import { BLOCK_SECONDS, SoakChain } from "./chain.ts";
import { documentOf, serveContents, serveJudge } from "./judge.ts";
import type { Random } from "./plan.ts";
import { Gate, Proxy, SentTransactions } from "./proxy.ts";
import { type Line, Supervisor } from "./supervisor.ts";

/** Seconds of the chain. */
const EPOCH_LENGTH = 36;
const PASSPHRASE = "correct horse battery";
/** Offered to the relay for a beat, tokens. */
const FEE = "0.01";
/** Seconds between two looks of an agent at the chain. */
const POLL_SECONDS = 0.5;
/** Accounts of the node, by what they are for; the agents' come after them. */
const ACCOUNT = { asker: 0, sink: 1, relay: 2, agents: 3 };
/** Every so many questions has a content that is not of its hash, is in a file, or in the question itself; others are served. */
const EVERY = { forged: 9, file: 3, inline: 5 };

/** What its agent answers with, and how it reaches the chain. */
export interface AgentShape {
  readonly verifier: "http" | "command";
  readonly mistaken?: boolean;
  readonly relayed?: boolean;
  readonly endpoints: 1 | 2;
}

/** The agents of a soak, as many of them as are wanted. */
export const SHAPES: readonly AgentShape[] = [
  { verifier: "http", endpoints: 2, relayed: true },
  { verifier: "command", endpoints: 2 },
  { verifier: "http", endpoints: 1 },
  { verifier: "http", endpoints: 2, mistaken: true },
  { verifier: "command", endpoints: 2 },
];

/** An agent of the soak. */
export interface SoakAgent {
  readonly agentId: bigint;
  readonly wallet: string;
  readonly journal: string;
  readonly shape: AgentShape;
  /** Transactions of the wallet before its journal was in use. */
  readonly sentBefore: number;
  readonly proxies: readonly Proxy[];
  readonly process: Supervisor;
  readonly lines: Line[];
}

/** Everything that a soak runs against and with. */
export interface SoakWorld {
  readonly assay: Assay;
  readonly rpc: Rpc;
  readonly chain: SoakChain;
  readonly agents: readonly SoakAgent[];
  readonly relay: {
    readonly process: Supervisor;
    readonly proxy: Proxy;
    readonly wallet: string;
    readonly lines: Line[];
  };
  readonly sent: SentTransactions;
  readonly asker: string;
  /** Content hashes of questions whose contents are not what they should be. */
  readonly forged: ReadonlySet<string>;
  /** Asks a question, and does not wait until it is mined. */
  ask(): Promise<void>;
  close(): Promise<void>;
}

/** How a world is made. */
export interface WorldOptions {
  readonly anvil: string;
  readonly agents: number;
  readonly secrets: number;
  readonly random: Random;
  readonly blockMs: number;
  /** Folder of the logs. */
  readonly logs: string;
  /** Whether time may go on from a part of an epoch. */
  readonly mayPass: (world: SoakWorld, epoch: number, part: number) => Promise<boolean>;
}

/** Starts a node, deploys, lets agents join, and makes ready what they run with; nothing of it runs yet but the node. */
export async function createSoakWorld(options: WorldOptions): Promise<SoakWorld> {
  const { anvil, random, logs } = options;
  const scripts = await createScriptWorld(anvilNode(anvil));
  const { url, folder } = scripts;
  const rpc: Rpc = (method, ...values) => scripts.rpc(method, ...values);
  const sent = new SentTransactions();
  const gate = new Gate();
  const own = await new Proxy(url, sent, gate, random).listen();
  const provider = new JsonRpcProvider(own.url, undefined, {
    cacheTimeout: -1,
    pollingInterval: 100,
    batchMaxCount: 1,
  });
  const proxies: Proxy[] = [];
  const proxy = async () => {
    const made = await new Proxy(url, sent, gate, random).listen();
    proxies.push(made);
    return made;
  };
  const contents = new Map<string, string>();
  const [judge, library] = [await serveJudge(random), await serveContents(contents)];
  const supervisors: Supervisor[] = [];
  const close = async () => {
    await Promise.all(supervisors.map((supervisor) => supervisor.stop("SIGKILL")));
    provider.destroy();
    for (const { server } of [judge, library]) {
      server.close();
      server.closeAllConnections();
    }
    for (const each of [own, ...proxies]) await each.close();
    await scripts.close();
  };
  try {
    // Each block is so much later than the one before it, whatever the machine's clock says, in a reorganised chain too.
    await rpc("anvil_setBlockTimestampInterval", BLOCK_SECONDS);
    const asker = accountOf(ACCOUNT.asker, provider);
    const sink = accountOf(ACCOUNT.sink, provider).address;
    const deployed = await deployWithDomain(new NonceManager(asker), { sink, epochLength: EPOCH_LENGTH });
    const { domainId, genesis } = deployed;
    // Counts its transactions anew each time: a reorganisation may drop some.
    const assay = deployed.assay.connect(asker);
    const { chainId } = await assay.terms();
    const { addresses } = assay;
    const files = join(folder, "contents");
    mkdirSync(files);
    const parameters = { genesis, epochLength: EPOCH_LENGTH };
    const record = { network: "soak", chainId: Number(chainId), startBlock: 0, complete: true, parameters, addresses };
    writeFileSync(join(folder, "soak.json"), JSON.stringify(record));
    const supervise = (name: string, args: string[], lines: Line[]) => {
      const supervisor = new Supervisor({
        ...{ name, args, log: join(logs, `${name}.log`), heard: (line) => lines.push(line) },
        env: { ASSAY_PASSPHRASE: PASSPHRASE, ASSAY_CONFIG: join(folder, `${name}.json`) },
      });
      supervisors.push(supervisor);
      return supervisor;
    };
    const configure = (name: string, rpcs: readonly Proxy[], agents: object, key: HDNodeWallet) => {
      const network = { rpc: rpcs.map((each) => each.url), deployment: "soak.json", agents };
      const config = { network: "soak", networks: { soak: network }, keys: `keys-${name}`, data: "agents" };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(config, null, 2));
      mkdirSync(join(folder, `keys-${name}`), { mode: 0o700 });
      // Weak on purpose: quick, as a process that is killed so often has to be.
      const { address, privateKey } = key;
      const keystore = encryptKeystoreJsonSync({ address, privateKey }, PASSPHRASE, {
        scrypt: { N: 1024, r: 8, p: 1 },
      });
      writeFileSync(join(folder, `keys-${name}`, "hot.json"), keystore, { mode: 0o600 });
    };

    const relayWallet = accountOf(ACCOUNT.relay, provider);
    const relayProxy = await proxy();
    const relayPort = String(await freePort());
    configure("relay", [relayProxy], {}, relayWallet);
    const relayLines: Line[] = [];
    const relayArgs = ["relay", "--port", relayPort, "--max-wait", "1", "--min-fee", FEE, "--from", "hot", "--yes"];
    const relay = supervise("relay", [...relayArgs, "--json"], relayLines);

    const agents: SoakAgent[] = [];
    for (const [i, shape] of SHAPES.slice(0, options.agents).entries()) {
      const wallet = accountOf(ACCOUNT.agents + i, provider);
      const { agentId, journal } = await joinDomain(assay, wallet, {
        ...{ domainId, secrets: options.secrets },
        pathOf: (id) => join(folder, "agents", `${chainId}-${addresses.consensus}`, `agent-${id}.db`),
      });
      const name = `agent-${agentId}`;
      const own = await Promise.all(Array.from({ length: shape.endpoints }, proxy));
      const verifier =
        shape.verifier === "http"
          ? { kind: "http", url: judge.url + (shape.mistaken ? "/mistaken" : "/"), timeoutSeconds: 3 }
          : {
              kind: "command",
              command: [process.execPath, fromRoot("scripts/dev/soak/verifier.ts")],
              timeoutSeconds: 10,
            };
      const run = {
        domains: { [domainId]: { verifier } },
        contents: { privateAddresses: true, folders: [files], timeoutSeconds: 3 },
        warnings: { secrets: 1 },
        pollSeconds: POLL_SECONDS,
        ...(shape.relayed && { relayer: { url: `http://127.0.0.1:${relayPort}`, fee: FEE } }),
      };
      configure(name, own, { [agentId.toString()]: run }, wallet);
      const lines: Line[] = [];
      const args = ["agent", "run", "--agent", agentId.toString(), "--from", "hot", "--yes", "--json"];
      agents.push({
        ...{ agentId, wallet: wallet.address, journal, shape, lines, proxies: own },
        process: supervise(name, args, lines),
        sentBefore: await provider.getTransactionCount(wallet),
      });
    }
    await rpc("evm_setAutomine", false);

    const forged = new Set<string>();
    let asked = 0;
    const world: SoakWorld = {
      ...{ assay, rpc, agents, sent, forged, close, asker: asker.address },
      relay: { process: relay, proxy: relayProxy, wallet: relayWallet.address, lines: relayLines },
      chain: new SoakChain({
        ...{ rpc, sent, gate, clock: { genesis, epochLength: EPOCH_LENGTH }, blockMs: options.blockMs },
        mayPass: (epoch, part) => options.mayPass(world, epoch, part),
      }),
      ask: async () => {
        const name = `document-${++asked}`;
        const document = documentOf(name, random);
        const forges = asked % EVERY.forged === 0;
        const found = forges ? documentOf(`${name} forged`, random) : document;
        contents.set(`/${name}`, found);
        const path = join(files, name);
        writeFileSync(path, found);
        const uri = asked % EVERY.file === 0 ? pathToFileURL(path).href : `${library.url}/${name}`;
        const content = contentOf(document, !forges && asked % EVERY.inline === 0 ? undefined : uri);
        if (forges) forged.add(content.contentHash);
        await assay.questions.ask({ domainId, ...content }).catch((error: unknown) => {
          // Counted while a block was made: a question fewer.
          if ((error as { code?: unknown }).code !== "NONCE_EXPIRED") throw error;
        });
      },
    };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}
