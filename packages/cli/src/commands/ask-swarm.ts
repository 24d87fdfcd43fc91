import { toUtf8Bytes } from "ethers";
import { Option } from "commander";
import { writeFileSync } from "node:fs";
import type { Outcome } from "../lib/command.ts";
import { type ContentOptions, readBytes } from "../lib/content.ts";
import { EXIT, fail } from "../lib/errors.ts";
import { parseAmount, parseCount } from "../lib/input.ts";
import { printable, table, toJson } from "../lib/io.ts";
import { agentOf, type CommonOptions, type ReadSession } from "../lib/session.ts";
import {
  askOneAgent,
  askSwarm,
  queryContent,
  type ReportedAnswer,
  type SwarmQuery,
  type SwarmReport,
} from "../lib/swarm.ts";

/** How the swarm is asked. */
export interface SwarmOptions extends CommonOptions, ContentOptions {
  readonly agent?: bigint;
  readonly domain: number;
  readonly budget?: number;
  readonly timeout?: number;
  readonly minWeight?: number;
  readonly bond?: string;
  readonly validFor?: number;
  readonly proof?: string;
  readonly cid?: string;
}

/** How long one agent is given, seconds. */
const DEFAULT_TIMEOUT = 60;
/** Longest part of a stranger's words that is shown, characters. */
const SHOWN = 60;

/** The options that say how the swarm is asked. */
export function swarmOptions(): Option[] {
  return [
    new Option("--budget <n>", "with --swarm: agents that are asked at most, the weightiest first").argParser(
      parseCount,
    ),
    new Option("--cid <cid>", "with --swarm: what agents fetch themselves, by its CID"),
    new Option("--proof <file>", "with --private: writes what proves the exchange").conflicts("swarm"),
    new Option("--timeout <seconds>", "with --swarm or --private: how long answers are waited for").argParser(
      parseCount,
    ),
    new Option("--min-weight <w>", "with --swarm: least weight of an agent; a newcomer has 1").argParser(Number),
    new Option(
      "--bond <tokens>",
      "with --swarm: pledge that is to answer for each answer (default: the least)",
    ).argParser(parseAmount),
    new Option("--valid-for <seconds>", "with --swarm: how long each answer is to be challengeable").argParser(
      parseCount,
    ),
  ];
}

/** Asks the agents of a domain over their network, for no gas. */
export async function askTheSwarm(session: ReadSession, options: SwarmOptions): Promise<Outcome> {
  const { io } = session;
  const query = queryOf(session, options);
  const say = (line: string) => io.stderr.write(`${line}\n`);
  const report = await askSwarm(session, agentOf(session, options.agent), query, { signal: io.interruption(), say });
  const lines = describeReport(session, report);
  const [first] = report.answers;
  return {
    lines,
    data: report,
    exitCode: report.outcome === null ? EXIT.failed : 0,
    ...(first !== undefined && {
      next: [`network export ${first.statement} > statement.json`, "statement challenge statement.json"],
    }),
  };
}

/** Asks one agent what nobody else sees. */
export async function askOne(
  session: ReadSession,
  options: SwarmOptions & { readonly private: bigint },
): Promise<Outcome> {
  const { io } = session;
  const { domain: domainId, private: to, timeout = DEFAULT_TIMEOUT, proof: path } = options;
  const given = contentOf(options);
  const content = given.content ?? fail("who asks in private sends the content: give a text or --file");
  const query = { to: to.toString(), domainId, content, timeoutMs: timeout * 1000 };
  const say = (line: string) => io.stderr.write(`${line}\n`);
  const report = await askOneAgent(session, agentOf(session, options.agent), query, { signal: io.interruption(), say });
  if (path !== undefined) writeFileSync(path, `${toJson(report.proof, 2)}\n`, { mode: 0o600 });
  const { outcome, evidence } = report;
  return {
    lines: [
      `agent ${to} answers outcome ${outcome}${evidence === "" ? "" : `: ${printable(evidence)}`}`,
      path === undefined
        ? "its receipts are kept; --proof FILE writes what shows others what was asked and answered"
        : `what shows others what was asked and answered is in ${path}: who reads it reads the content`,
    ],
    data: report,
    ...(path !== undefined && { next: [`network prove ${path}`] }),
  };
}

/** @throws CliError `BAD_INPUT` */
function queryOf(session: ReadSession, options: SwarmOptions): SwarmQuery {
  const { domain: domainId, budget, timeout, minWeight, bond, validFor } = options;
  if (minWeight !== undefined && !(minWeight >= 0)) fail("--min-weight must be a number from 0");
  return {
    ...{ domainId, ...contentOf(options) },
    ...(budget !== undefined && { budget }),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(minWeight !== undefined && { minWeight }),
    ...(bond !== undefined && { bond: session.amount(bond).toString() }),
    ...(validFor !== undefined && { validFor }),
  };
}

/** What the swarm says, for people. */
function describeReport({ io, tokens }: ReadSession, report: SwarmReport): string[] {
  const { outcome, support, dissent, coverage, answers, silent, asked, contentHash, ms, bond } = report;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const said =
    outcome === null
      ? io.colors.red("no outcome: nobody answered with anything at stake, or two are equally heavy")
      : `outcome ${outcome}: ${percent(support)} of the weight, ${percent(dissent)} against; ${tokens(BigInt(coverage))} of pledge answer for it`;
  const rows = answers.map((answer) => [
    ...[answer.agentId, String(answer.outcome), answer.weight.toFixed(2), answer.trust.toFixed(2)],
    ...[answer.chainTrust.toFixed(2), tokens(BigInt(answer.covered)), answer.statement, wordsOf(answer)],
  ]);
  const head = ["agent", "outcome", "weight", "trust", "on chain", "pledge", "statement", "its words"];
  return [
    said,
    `about ${contentHash}; ${answers.length} of ${asked} agents answered, with ${tokens(BigInt(bond))} each, in ${Math.round(ms)} ms`,
    ...(rows.length === 0 ? [] : table([head, ...rows])),
    ...silent.map(({ agentId, code, reason }) => `agent ${agentId} did not answer: ${code}, ${printable(reason)}`),
  ];
}

function contentOf({
  text,
  file,
  contentHash,
  cid,
}: Pick<SwarmOptions, "text" | "file" | "contentHash" | "cid">): Pick<SwarmQuery, "content" | "contentHash" | "cid"> {
  if ([text, file, contentHash, cid].filter((given) => given !== undefined).length !== 1) {
    fail("say what to ask about: a text, --file, --content-hash or --cid");
  }
  if (cid !== undefined) return { cid };
  if (contentHash !== undefined) return { contentHash };
  return { content: queryContent(text === undefined ? readBytes(file ?? "") : toUtf8Bytes(text)) };
}

function wordsOf({ evidence }: ReportedAnswer): string {
  const words = printable(evidence);
  return words.length <= SHOWN ? words : `${words.slice(0, SHOWN)}...`;
}
