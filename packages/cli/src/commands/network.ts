import type { Hex } from "@assay/sdk/protocol";
import type { NodeKeys, SignedBinding } from "@assay/network";
import { Argument, Option } from "commander";
import { hexlify, type Signer, toUtf8Bytes } from "ethers";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { AgentRunConfig } from "../lib/agent-config.ts";
import { reporter } from "../lib/agent-run.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { readBytes } from "../lib/content.ts";
import { CliError, EXIT, fail, messageOf } from "../lib/errors.ts";
import { parseAgentId } from "../lib/input.ts";
import { findRunning, serveControl } from "../lib/network-control.ts";
import {
  createSeed,
  loadIdentity,
  networkFolder,
  networkPackage,
  openDirectory,
  readSeed,
  seedPath,
} from "../lib/network-identity.ts";
import { createNodeServer, describeNode, openNode } from "../lib/network-run.ts";
import { agentOf, type CommonOptions, type ReadSession, type Session } from "../lib/session.ts";
import {
  askNetwork,
  askNetworkPrivately,
  type MessageQuery,
  type PrivateQuery,
  queryContent,
  sendByNetwork,
  sendMessage,
  type SwarmQuery,
} from "../lib/swarm.ts";
import { addKept } from "./network-kept.ts";
import { agentOption } from "./stake.ts";

interface AgentOptions extends CommonOptions {
  readonly agent?: bigint;
}
interface BindOptions extends AgentOptions {
  readonly wallet?: string;
  readonly address: string[];
  readonly newKey?: boolean;
}
interface RunOptions extends AgentOptions {
  readonly listen?: string[];
  readonly answers: boolean;
}
interface SendOptions extends AgentOptions {
  readonly text?: string;
  readonly file?: string;
}
/** `assay network ...` */
export function addNetwork(commands: Commands): void {
  const network = commands.group(
    "network",
    "Agents among themselves: they ask, answer with signed statements, and keep proof",
  );
  network.sender<BindOptions, []>(
    {
      name: "bind",
      summary: "Publishes who speaks for an agent in the network: makes a key, has the agent's wallet sign it",
      example: "--agent 7 --from cold --wallet hot --address /dns4/agent.example.org/tcp/4001",
      options: [
        agentOption(),
        new Option("--wallet <key>", "key of the agent's wallet (default: the sender's)"),
        new Option("--address <multiaddr...>", "where others find the node").default([]),
        new Option("--new-key", "with a new key, instead of the one that is here"),
      ],
      help: [
        "The key is in the data folder; whoever has it can speak for the agent in the network until it is bound again, or its",
        "wallet or owner changes. It signs no statements and moves no stake: those take a statement signer (agent signer).",
      ].join("\n"),
    },
    bind,
  );
  network.sender<RunOptions, []>(
    {
      name: "run",
      summary:
        "Runs an agent's node: hears statements, answers other agents as the configuration says; until interrupted",
      example: "--agent 7 --from signer --yes",
      options: [
        agentOption(),
        new Option("--listen <multiaddr...>", "addresses to listen at, instead of the configuration's"),
        new Option("--no-answers", "asks and listens only"),
      ],
      help: [
        'Answers with the verifiers of "agents" in the configuration, signed by --from, which must be a statement signer.',
        'Limits are under "network" there: docs/network.md. Other commands of this user ask through the running node.',
      ].join("\n"),
    },
    run,
  );
  network.reader<AgentOptions, []>(
    {
      name: "status",
      summary: "Says whether others would talk to an agent's node, and how it fares if it runs here",
      example: "--agent 7",
      options: [agentOption()],
    },
    status,
  );
  network.reader<SendOptions, [bigint]>(
    {
      name: "send",
      summary: "Sends an agent a message that nobody else can read; both sign its receipt",
      example: `9 --agent 7 --text "shall we?"`,
      arguments: [new Argument("<id>", "the agent").argParser(parseAgentId)],
      options: [
        agentOption(),
        new Option("--text <text>", "the message"),
        new Option("--file <path>", "file with the message"),
      ],
      help: "The other agent's node must be running; its user reads messages in its log.",
    },
    send,
  );
  addKept(network);
}

async function bind(session: Session, options: BindOptions): Promise<Outcome> {
  const { BINDING_KEY, createNodeKeys, recordCodec, signBinding } = await networkPackage();
  const { account, assay, endpoint, sender, terms } = session;
  const agentId = agentOf(session, options.agent);
  const path = seedPath(session, agentId);
  const block = await endpoint.provider.getBlock("latest");
  const here = options.newKey === true ? null : readSeed(path);
  const { seed, use } = here === null ? createSeed(path) : { seed: here, use: () => undefined };
  // The first key is kept before anybody is told of it; a new one takes the old one's place once the chain has it.
  if (!existsSync(path)) use();
  const keys = await createNodeKeys(seed);
  const binding =
    (await bindingThatHolds(session, agentId, keys)) ??
    (await signBinding(
      { chainId: terms.chainId, registry: assay.addresses.registry as Hex },
      { agentId, owner: await assay.agents.owner(agentId), issuedAt: BigInt(block?.timestamp ?? 0) },
      keys,
      await walletOf(session, agentId, options.wallet),
    ));
  const value = hexlify(recordCodec.encode({ binding, addresses: options.address })) as Hex;
  const title = `bind agent ${agentId} to the key of the network ${keys.peerId}`;
  await sender.act({ title }, assay.agents.setMetadata, { agentId, key: BINDING_KEY, value });
  if (here === null && options.newKey === true) use();
  const addresses = options.address.map((address) => `${address}/p2p/${keys.peerId}`);
  return {
    lines: [
      `agent ${agentId} speaks by ${keys.peerId}, bound by its wallet`,
      ...(addresses.length === 0 ? ["no address is published: it dials others, and is not dialled"] : addresses),
      `its key is in ${path}`,
    ],
    data: { agentId, peerId: keys.peerId, hpkeKey: hexlify(keys.hpkeKey), addresses, path, by: account },
    next: [`network run --agent ${agentId}`],
  };
}

/** The binding that the registry has, if it is of these keys and holds: a node that runs with it goes on. */
async function bindingThatHolds(session: Session, agentId: bigint, keys: NodeKeys): Promise<SignedBinding | null> {
  const { NetworkError } = await networkPackage();
  const directory = await openDirectory(session);
  try {
    const { binding } = await directory.lookup(agentId);
    return binding.networkKey === keys.networkKey && binding.hpkeKey === hexlify(keys.hpkeKey) ? binding : null;
  } catch (error) {
    if (error instanceof NetworkError && !error.retryable) return null;
    throw error;
  }
}

/** The signer of an agent's wallet. @throws CliError `BAD_INPUT` if it is another account's */
async function walletOf(session: Session, agentId: bigint, from: string | undefined): Promise<Signer> {
  const { assay, otherSigner, signer } = session;
  const signing = from === undefined ? signer : await otherSigner(from);
  const [signs, wallet] = await Promise.all([signing.getAddress(), assay.agents.wallet(agentId)]);
  if (signs === wallet) return signing;
  return fail(`the wallet of agent ${agentId} is ${wallet ?? "none"}, not ${signs}: give --wallet its key`);
}

async function run(session: Session, options: RunOptions): Promise<Outcome> {
  const { account, io, network: chosen, signer } = session;
  const agentId = agentOf(session, options.agent);
  const identity = await loadIdentity(session, agentId);
  if ((await findRunning(identity.folder)) !== null) {
    throw new CliError("BAD_INPUT", `the node of agent ${agentId} runs already`);
  }
  const configured: AgentRunConfig = chosen.agents?.[agentId.toString()] ?? { domains: {} };
  const { listen } = options;
  const settings = { listen: [], bootstrap: [], ...configured.network, ...(listen !== undefined && { listen }) };
  const config = { ...configured, network: settings };
  const answers = options.answers && Object.keys(config.domains).length > 0;
  const what = answers ? `answer other agents as agent ${agentId}, with statements signed by ${account}` : null;
  if (what !== null) {
    if (options.yes !== true && !(io.interactive && (await io.confirm(`${what}?`)))) {
      throw new CliError("NOT_CONFIRMED", `give --yes to ${what}`);
    }
    // Asks for the passphrase now, and not at the first question.
    await signer.signMessage("network run");
  }
  const report = reporter(io, options.json ?? false, null);
  const node = await openNode(session, identity, config, answers ? signer : null, report);
  const { metrics } = settings;
  const server = metrics === undefined ? null : createNodeServer(node);
  let close: () => void = () => undefined;
  try {
    if (server !== null && metrics !== undefined) {
      server.listen(metrics.port, metrics.host ?? "127.0.0.1");
      await once(server, "listening").catch((cause: unknown) => {
        throw new CliError("BAD_CONFIG", `cannot serve /health and /metrics: ${messageOf(cause)}`, { cause });
      });
      const { port } = server.address() as AddressInfo;
      const message = `serves /health and /metrics on http://${metrics.host ?? "127.0.0.1"}:${port}`;
      report({ level: "info", event: "listen", message });
    }
    close = await serveControl(identity.folder, {
      status: async () => describeNode(node),
      ask: (query, signal) => askNetwork(node, query as SwarmQuery, signal),
      send: (query, signal) => sendByNetwork(node, query as MessageQuery, signal),
      "ask-privately": (query, signal) => askNetworkPrivately(node, query as PrivateQuery, signal),
    });
    const [first] = node.node.addresses;
    if (first !== undefined && identity.addresses.length === 0) {
      const how = `assay network bind --agent ${agentId} --address ${first.replace(/\/p2p\/.*/, "")}`;
      report({ level: "info", event: "unpublished", message: `the registry does not say where it is found: ${how}` });
    }
    const message = answers ? "answers other agents" : "asks and listens only";
    report({ level: "info", event: "running", message: `agent ${agentId} ${message}` });
    const interruption = io.interruption();
    if (!interruption.aborted) await once(interruption, "abort");
    const data = describeNode(node);
    const { answered } = node;
    const count = answered === null ? "no questions" : `${answered.answered} questions`;
    return { lines: [`agent ${agentId} answered ${count}; ${node.store.total.rows} statements are stored`], data };
  } finally {
    close();
    server?.close();
    server?.closeAllConnections();
    await node.close();
  }
}

async function status(session: ReadSession, options: AgentOptions): Promise<Outcome> {
  const { NetworkError } = await networkPackage();
  const agentId = agentOf(session, options.agent);
  const directory = await openDirectory(session);
  const found = await directory.lookup(agentId).catch((error: unknown) => {
    if (error instanceof NetworkError && !error.retryable) return error;
    throw error;
  });
  const running = await findRunning(networkFolder(session, agentId));
  const here = running === null ? null : await running.call("status", {});
  const { colors } = session.io;
  const lines =
    found instanceof NetworkError
      ? [colors.red(`others do not talk to agent ${agentId}: ${found.message}`)]
      : [
          `agent ${agentId} speaks by ${found.peerId}, bound by its wallet ${found.wallet}`,
          ...(found.addresses.length === 0 ? ["it has published no address"] : found.addresses),
        ];
  if (here === null) lines.push("its node does not run here");
  else {
    const peers = here.peers as { agentId: string }[];
    lines.push(
      `its node runs here, with ${peers.length} agents: ${peers.map((peer) => peer.agentId).join(", ") || "none"}`,
    );
  }
  const binding =
    found instanceof NetworkError
      ? { code: found.code, message: found.message }
      : {
          peerId: found.peerId,
          addresses: found.addresses,
          wallet: found.wallet,
          stake: found.stake,
          block: found.block,
        };
  const bound = !(found instanceof NetworkError);
  return { lines, data: { agentId, bound, binding, node: here }, exitCode: bound ? 0 : EXIT.failed };
}

async function send(session: ReadSession, options: SendOptions, to: bigint): Promise<Outcome> {
  const { io } = session;
  const { text, file } = options;
  if ((text === undefined) === (file === undefined)) fail("give the message: either --text or --file");
  const message = queryContent(text === undefined ? readBytes(file ?? "") : toUtf8Bytes(text));
  const say = (line: string) => io.stderr.write(`${line}\n`);
  const query = { to: to.toString(), message };
  const receipt = await sendMessage(session, agentOf(session, options.agent), query, {
    signal: io.interruption(),
    say,
  });
  return { lines: [`agent ${to} has it, and has signed for it`], data: receipt };
}
