import { formatSignedStatement, parseSignedStatement } from "@assay/sdk";
import type { Hex } from "@assay/sdk/protocol";
import { Argument, Option } from "commander";
import { isUtf8 } from "node:buffer";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Commands, Outcome } from "../lib/command.ts";
import { CliError, EXIT, fail } from "../lib/errors.ts";
import { parseAgentId, parseBytes32, parseCount, parseDomainId, parseTime } from "../lib/input.ts";
import { printable, table } from "../lib/io.ts";
import { networkFolder, networkPackage, openDirectory } from "../lib/network-identity.ts";
import { agentOf, type CommonOptions, type ReadSession } from "../lib/session.ts";
import { parseStatement } from "../lib/statements.ts";
import { agentOption } from "./stake.ts";

interface AgentOptions extends CommonOptions {
  readonly agent?: bigint;
}
interface ListOptions extends AgentOptions {
  readonly by?: bigint;
  readonly domain?: number;
  readonly contentHash?: Hex;
  readonly limit: number;
}
interface MessagesOptions extends AgentOptions {
  readonly with?: bigint;
  readonly since?: number;
  readonly limit: number;
}
interface LedgerOptions extends AgentOptions {
  readonly by?: bigint;
  readonly reset?: boolean;
}

/** Statements, or messages, that are listed unless told. */
const LISTED = 20;

/** What an agent has kept of the network: `assay network statements`, `export`, `messages`, `prove` and `ledger` */
export function addKept(network: Commands): void {
  network.reader<ListOptions, []>(
    {
      name: "statements",
      summary: "Lists statements that an agent's node has heard or was answered with, the newest first",
      example: "--agent 7 --domain 1 --limit 5",
      options: [
        agentOption(),
        new Option("--by <id>", "of this agent only").argParser(parseAgentId),
        new Option("--domain <n>", "of this domain only").argParser(parseDomainId),
        new Option("--content-hash <hash>", "about this content only; with --domain").argParser(parseBytes32),
        new Option("--limit <n>", "how many").argParser(parseCount).default(LISTED),
      ],
    },
    list,
  );
  network.reader<AgentOptions, [Hex]>(
    {
      name: "export",
      summary: "Prints a statement that was kept, in the form that statement check and statement challenge read",
      example: "0x8d... > statement.json",
      arguments: [new Argument("<hash>", "the statement's hash, as ask --swarm tells it").argParser(parseBytes32)],
      options: [agentOption()],
    },
    exportStatement,
  );
  network.reader<MessagesOptions, []>(
    {
      name: "messages",
      summary: "Lists private messages that an agent has sent and received, with their receipts, the newest first",
      example: "--agent 7 --with 9 --since 2026-11-29",
      options: [
        agentOption(),
        new Option("--with <id>", "to or from this agent only").argParser(parseAgentId),
        new Option("--since <time>", "sent at this time or later").argParser(parseTime),
        new Option("--limit <n>", "how many").argParser(parseCount).default(LISTED),
      ],
    },
    messages,
  );
  network.reader<CommonOptions, [string]>(
    {
      name: "prove",
      summary: "Checks what ask --private has written with --proof: that both agents have signed just this exchange",
      help: `Exit status ${EXIT.failed} if it is no proof, or by keys that are not the agents' now.`,
      example: "proof.json",
      arguments: [new Argument("<file>", "a proof; - reads standard input")],
    },
    prove,
  );
  network.reader<LedgerOptions, []>(
    {
      name: "ledger",
      summary: "Shows what an agent has seen of others itself: answers that held, and answers that fell",
      example: "--agent 7",
      options: [
        agentOption(),
        new Option("--by <id>", "of this agent only").argParser(parseAgentId),
        new Option("--reset", "forgets it"),
      ],
    },
    ledger,
  );
}

async function list(session: ReadSession, options: ListOptions): Promise<Outcome> {
  const { by, domain: domainId, contentHash, limit } = options;
  if (contentHash !== undefined && domainId === undefined) fail("--content-hash goes with --domain");
  const store = await openStore(session, agentOf(session, options.agent));
  try {
    const found =
      domainId === undefined
        ? by === undefined
          ? fail("say which statements: --domain or --by")
          : store.byAgent(by, limit)
        : store.page({
            ...{ domainId, limit, now: 0 },
            ...(contentHash !== undefined && { contentHash }),
            ...(by !== undefined && { agentId: by }),
          });
    const rows = found.map(({ hash, statement: { agentId, domainId, outcome, contentHash, expiry }, equivocal }) => [
      ...[hash, agentId.toString(), String(domainId), String(outcome), contentHash],
      ...[isoTime(Number(expiry)), equivocal ? "says the opposite, too" : ""],
    ]);
    const head = ["statement", "agent", "domain", "outcome", "content", "until", ""];
    return {
      lines: rows.length === 0 ? ["no such statement"] : table([head, ...rows]),
      data: found.map(({ id: _, signature: __, ...stored }) => stored),
      ...(rows.length > 0 && { next: [`network export ${rows[0]?.[0]} > statement.json`] }),
    };
  } finally {
    store.close();
  }
}

async function exportStatement(session: ReadSession, options: AgentOptions, hash: Hex): Promise<Outcome> {
  const store = await openStore(session, agentOf(session, options.agent));
  try {
    const json = store.export(hash) ?? fail(`there is no statement ${hash}`);
    return { lines: [json], data: parseSignedStatement(json) };
  } finally {
    store.close();
  }
}

async function messages(session: ReadSession, options: MessagesOptions): Promise<Outcome> {
  const { PrivateStore } = await networkPackage();
  const agentId = agentOf(session, options.agent);
  const { with: other, since, limit } = options;
  const path = join(requireFolder(session, agentId), "private.db");
  const store = new PrivateStore({ path, context: registryContext(session), agentId, now: unixNow });
  try {
    const found = store.messages({
      limit,
      ...(other !== undefined && { agentId: other }),
      ...(since !== undefined && { since }),
    });
    const rows = found.map(({ direction, agentId: id, sentAt, body, receipt }) => [
      ...[isoTime(sentAt), `${direction === "sent" ? "to" : "from"} ${id}`, receipt],
      JSON.stringify(printable(Buffer.from(body).toString("utf8"))),
    ]);
    return {
      lines: rows.length === 0 ? ["no such message"] : table([["sent", "agent", "receipt", "text"], ...rows]),
      data: found.map(({ body, ...message }) => ({ ...message, ...textOf(body) })),
    };
  } finally {
    store.close();
  }
}

/** What a message says; what is no text is given as bytes. */
function textOf(body: Uint8Array): { readonly text: string } | { readonly text: null; readonly bytes: string } {
  const bytes = Buffer.from(body);
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { text: null, bytes: `0x${bytes.toString("hex")}` };
}

async function prove(session: ReadSession, _: CommonOptions, file: string): Promise<Outcome> {
  const { parseProof, verifyProof } = await networkPackage();
  const proof = parseProof(readFileSync(file === "-" ? 0 : file, "utf8"));
  parseStatement(session, formatSignedStatement(proof.statement), file);
  const directory = await openDirectory(session);
  const unbound: bigint[] = [];
  const proven = await verifyProof(proof, async ({ agentId, networkKey }) => {
    const found = await directory.lookup(agentId).catch(() => null);
    // Perhaps it was bound again since; perhaps whoever wrote the file has made the key.
    if (found?.binding.networkKey !== networkKey) unbound.push(agentId);
    return true;
  });
  const { asker, answerer, question, askedAt, answeredAt } = proven;
  const { outcome, contentHash } = proof.statement.statement;
  const content = Buffer.from(question.content).toString("utf8");
  return {
    lines: [
      `agent ${asker.agentId} asked agent ${answerer.agentId} at ${isoTime(askedAt)}, which answered outcome ${outcome} at ${isoTime(answeredAt)}`,
      `in domain ${question.domainId}, about ${contentHash}:`,
      JSON.stringify(content),
      ...unbound.map((agentId) =>
        session.io.colors.red(`not shown: the chain does not say now that agent ${agentId} has the key that signed`),
      ),
    ],
    exitCode: unbound.length > 0 ? EXIT.failed : 0,
    data: {
      ...{ asker: asker.agentId, answerer: answerer.agentId, domainId: question.domainId, outcome, contentHash },
      ...{ content, evidence: Buffer.from(proven.evidence).toString("utf8"), askedAt, answeredAt, unbound },
      signed: proof.statement,
    },
  };
}

async function ledger(session: ReadSession, options: LedgerOptions): Promise<Outcome> {
  const { Ledger } = await networkPackage();
  const agentId = agentOf(session, options.agent);
  const { io } = session;
  const path = join(requireFolder(session, agentId), "ledger.db");
  const book = new Ledger({ path, context: registryContext(session), agentId, now: unixNow });
  try {
    const { by } = options;
    if (options.reset) {
      const who = by === undefined ? "all agents" : `agent ${by}`;
      const asked = `forget what agent ${agentId} has seen of ${who}`;
      if (options.yes !== true && !(io.interactive && (await io.confirm(`${asked}?`)))) {
        throw new CliError("NOT_CONFIRMED", `give --yes to ${asked}`);
      }
      const forgotten = book.reset(by);
      return { lines: [`forgot ${forgotten} answers of ${who}`], data: { forgotten } };
    }
    const accounts = book.accounts(by);
    const share = (evidence: number) => (evidence / 256).toFixed(2);
    const rows = accounts.map(({ agentId: id, domainId, held, fell, answers, lastAt }) => [
      ...[id.toString(), String(domainId), String(answers), share(held), share(fell)],
      isoTime(lastAt),
    ]);
    const head = ["agent", "domain", "answers", "held", "fell", "last"];
    return {
      lines: rows.length === 0 ? ["nothing has been decided of anybody's answers"] : table([head, ...rows]),
      data: { accounts, interactions: book.list(by) },
    };
  } finally {
    book.close();
  }
}

/** The statements that an agent's node keeps. */
async function openStore(session: ReadSession, agentId: bigint) {
  const { StatementStore } = await networkPackage();
  const { terms, assay } = session;
  const path = join(requireFolder(session, agentId), "statements.db");
  return new StatementStore(path, { chainId: terms.chainId, claims: assay.addresses.claims as Hex });
}

/** Where an agent's own stores are valid. */
function registryContext({ terms, assay }: ReadSession) {
  return { chainId: terms.chainId, registry: assay.addresses.registry as Hex };
}

const unixNow = () => Math.floor(Date.now() / 1000);
const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();

function requireFolder(session: ReadSession, agentId: bigint): string {
  const folder = networkFolder(session, agentId);
  if (existsSync(join(folder, "statements.db"))) return folder;
  return fail(`agent ${agentId} has not been in the network from here: assay network run --agent ${agentId}`);
}
