import { type Assay, contentOf, MAX_INLINE_CONTENT } from "@assay/sdk";
import { Option } from "commander";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { CARD_PATHS, createCardServer } from "../lib/card-server.ts";
import { type Card, type CardCheck, checkCard, createCard, isActive, readCard, updateCard } from "../lib/card.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { fetchOptions, type FetchOptions, readBytes } from "../lib/content.ts";
import { EXIT, explain, fail } from "../lib/errors.ts";
import { parsePort } from "../lib/input.ts";
import { agentOf, type CommonOptions, namesAgent, type ReadSession, type Session } from "../lib/session.ts";
import { agentOption } from "./stake.ts";

interface MakeOptions extends CommonOptions {
  readonly agent?: bigint;
  readonly name?: string;
  readonly description?: string;
  readonly image?: string;
  readonly service?: readonly string[];
}
interface CardOptions extends MakeOptions, FetchOptions {
  readonly out?: string;
  readonly check?: string | true;
}
interface ServeOptions extends MakeOptions, FetchOptions {
  readonly file?: string;
  readonly host: string;
  readonly port: number;
}

/** `assay agent card`, `publish` and `serve-card` */
export function addCard(agent: Commands): void {
  agent.reader<CardOptions, []>(
    {
      name: "card",
      summary: "Makes an agent's registration file (ERC-8004), shows the one it has, or checks any",
      example: '--agent 7 --name "Spam judge" --service A2A=https://example.org/a2a --out agent.json',
      options: [
        agentOption(),
        ...makeOptions(),
        new Option("--out <path>", "file to write it to"),
        new Option("--check [uri-or-file]", "checks that one, or the agent's own, against the standard").conflicts([
          "name",
          "out",
        ]),
        ...fetchOptions(),
      ],
      help: `Exit status ${EXIT.failed} if a file that is checked is not what ERC-8004 says, or does not name the agent.`,
    },
    card,
  );
  agent.sender<MakeOptions & { readonly uri?: string }, []>(
    {
      name: "publish",
      summary: "Sets the agent's registration file on chain: one that is published, or one made here",
      example: '--agent 7 --name "Spam judge" --service A2A=https://example.org/a2a',
      options: [agentOption(), new Option("--uri <uri>", "where the file is published"), ...makeOptions()],
    },
    publish,
  );
  agent.reader<ServeOptions, []>(
    {
      name: "serve-card",
      summary: "Serves an agent's registration file over HTTP, as the chain has it; until interrupted",
      example: '--agent 7 --name "Spam judge" --service A2A=https://example.org/a2a',
      options: [
        agentOption(),
        ...makeOptions(),
        new Option("--file <path>", "file that says what the options would").conflicts("name"),
        new Option("--host <address>", "address to listen on").default("127.0.0.1"),
        new Option("--port <n>", "port to listen on").argParser(parsePort).default(8652),
        ...fetchOptions(),
      ],
      help: [
        `Serves ${CARD_PATHS.join(" and ")}. What the file says is taken from the options, from --file, or from the file`,
        "that the agent has on chain (data: and ipfs: only); where it is registered and whether it is active, from the chain.",
      ].join("\n"),
    },
    serve,
  );
}

function makeOptions(): Option[] {
  return [
    new Option("--name <name>", "the agent's name"),
    new Option("--description <text>", "what it does"),
    new Option("--image <url>", "a picture"),
    new Option(
      "--service <name=url...>",
      "where it is reached, NAME=URL or NAME@VERSION=URL; may be given more than once",
    ),
  ];
}

async function card(session: ReadSession, options: CardOptions): Promise<Outcome> {
  if (options.check !== undefined) return check(session, options, options.check);
  const agentId = agentOf(session, options.agent);
  if (options.name === undefined) return show(session, options, agentId);
  await session.assay.agents.owner(agentId);
  const made = await newCard(session.assay, agentId, options);
  const text = format(made);
  if (options.out === undefined) return { lines: [text], data: made };
  writeFileSync(options.out, `${text}\n`);
  const next = [`agent publish --agent ${agentId} --uri https://...`];
  return { lines: [`wrote ${options.out}: publish it, and set its URI`], data: made, next };
}

async function show({ assay }: ReadSession, options: CardOptions, agentId: bigint): Promise<Outcome> {
  const uri = await assay.agents.uri(agentId);
  if (uri === "") {
    return { lines: [`agent ${agentId} has no registration file: make one with --name`], data: { agentId, uri } };
  }
  const text = await readCard(uri, options);
  const found = await checkCard(assay, text, agentId);
  const shown = prettify(text);
  return {
    lines: [`# ${uri.length > 100 ? `${uri.slice(0, 97)}...` : uri}`, shown, ...checkLines(found)],
    data: { agentId, uri, card: shown, ...found },
  };
}

/** @param what a URI, a path, or true: the agent's own */
async function check(session: ReadSession, options: CardOptions, what: string | true): Promise<Outcome> {
  const { assay } = session;
  const agentId = what === true || namesAgent(session, options.agent) ? agentOf(session, options.agent) : null;
  const where = what === true ? await assay.agents.uri(agentOf(session, options.agent)) : what;
  if (where === "") fail(`agent ${agentId} has no registration file`);
  const isUri = /^[a-z][a-z0-9+.-]+:/i.test(where);
  const text = isUri ? await readCard(where, options) : new TextDecoder().decode(readBytes(where));
  const found = await checkCard(assay, text, agentId);
  const about = agentId === null ? "" : `, and about agent ${agentId}`;
  const well = found.problems.length === 0;
  return {
    lines: [...(well ? [`the registration file is what ERC-8004 says${about}`] : []), ...checkLines(found)],
    data: { uri: where, agentId, ...found },
    exitCode: well ? 0 : EXIT.failed,
  };
}

function checkLines({ problems, advice }: CardCheck): string[] {
  return [...problems.map((problem) => `problem: ${problem}`), ...advice.map((line) => `note: ${line}`)];
}

async function publish(session: Session, options: MakeOptions & { readonly uri?: string }): Promise<Outcome> {
  const { assay, sender } = session;
  const agentId = agentOf(session, options.agent);
  if ((options.uri === undefined) === (options.name === undefined)) fail("give either --uri or the file's --name");
  const uri = options.uri ?? inline(await newCard(assay, agentId, options));
  await sender.act({ title: `set the registration file of agent ${agentId}` }, assay.agents.setUri, { agentId, uri });
  return { lines: [`agent ${agentId} is described by ${uri}`], data: { agentId, uri } };
}

async function serve(session: ReadSession, options: ServeOptions): Promise<Outcome> {
  const { assay, io } = session;
  const agentId = agentOf(session, options.agent);
  const make = async () => `${format(await currentCard(assay, agentId, options))}\n`;
  // What cannot be made now is said now.
  await make();
  const interruption = io.interruption();
  const log = (error: unknown) => io.stderr.write(`${new Date().toISOString()} ${explain(error).message}\n`);
  const server = createCardServer(make, log);
  server.listen(options.port, options.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  io.stderr.write(`listening on http://${options.host}:${port}, with ${CARD_PATHS.join(" and ")}\n`);
  if (!interruption.aborted) await once(interruption, "abort");
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
  return { lines: [] };
}

/** The file to be served, as the options, a file and the chain together have it now. */
async function currentCard(assay: Assay, agentId: bigint, options: ServeOptions): Promise<Card> {
  const active = await isActive(assay, agentId);
  if (options.name !== undefined) return newCard(assay, agentId, options, active);
  if (options.file !== undefined) {
    return updateCard(assay, agentId, readFileSync(options.file, "utf8"), active);
  }
  const uri = await assay.agents.uri(agentId);
  // Anything else may lead back here.
  if (!/^(data|ipfs):/.test(uri)) {
    fail(`say what to serve, by --name or --file: agent ${agentId} has ${uri === "" ? "no registration file" : uri}`);
  }
  return updateCard(assay, agentId, await readCard(uri, options), active);
}

async function newCard(assay: Assay, agentId: bigint, options: MakeOptions, active?: boolean): Promise<Card> {
  const { name = "", description = "", image, service: services = [] } = options;
  return createCard(assay, agentId, { name, description, services, ...(image && { image }) }, active);
}

function inline(made: Card): string {
  const text = JSON.stringify(made);
  if (text.length > MAX_INLINE_CONTENT)
    fail(`the file has more than ${MAX_INLINE_CONTENT} bytes: publish it, and give its --uri`);
  return contentOf(text).uri.replace("data:;", "data:application/json;");
}

function format(made: unknown): string {
  return JSON.stringify(made, null, 2);
}

/** JSON with its lines apart; what is none stays as it is. */
function prettify(text: string): string {
  try {
    return format(JSON.parse(text));
  } catch {
    return text;
  }
}
