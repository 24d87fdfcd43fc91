import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { Hex } from "@assay/sdk/protocol";
import * as z from "zod/v4";
import { ask, assert } from "../commands/claims.ts";
import { challengeStatement, statementOf } from "../commands/statement.ts";
import type { Outcome } from "../lib/command.ts";
import { type ContentOptions, readContent } from "../lib/content.ts";
import { fail } from "../lib/errors.ts";
import type { ReadSession } from "../lib/session.ts";
import { type ToolContext, toSigned } from "./read-tools.ts";
import * as schemas from "./schemas.ts";
import { spend, type Spending, type SpendingCall } from "./spend.ts";
import { type Answer, addTool, type Extra, SPENDS } from "./tool.ts";

/** Longest part of a content that the user is shown, characters. */
const EXCERPT = 300;

const bond = (what: string) => schemas.Wei.optional().describe(`${what}, wei; the least that is allowed unless given`);

/** Adds the tools that spend or bind. */
export function addWriteTools(server: McpServer, { session }: ToolContext, spending: Spending): void {
  /** A tool's act, once the user has agreed. */
  const spends = (extra: Extra, about: readonly string[], act: (call: SpendingCall) => Promise<Answer>) =>
    spend(server, spending, extra, about, act);
  addTool(
    server,
    {
      name: "ask",
      title: "Ask a committee",
      description:
        "Asks a domain's committee, for the fee of every seat. The verdict is final four epochs later at the earliest: get_claim shows it.",
      input: z.strictObject({
        domainId: schemas.DomainId,
        ...schemas.content,
        budgetRounds: z.int().min(0).max(3).optional().describe("further rounds to prepay, in case it stays undecided"),
        salt: schemas.Salt,
      }),
      output: schemas.AskOutput,
      annotations: SPENDS,
    },
    async ({ domainId, budgetRounds = 0, salt, ...given }, extra) => {
      const content = contentOptions(given);
      const options = { ...session.options, domain: domainId, budgetRounds, ...content, ...saltOf(salt) };
      return spends(extra, describe(content), async (call) => toAnswer(await ask(call.session, options)));
    },
  );
  addTool(
    server,
    {
      name: "assert",
      title: "Assert an outcome",
      description:
        "Asserts an outcome with a bond. It stands unless somebody disputes it within the domain's window; a committee that finds otherwise takes the bond.",
      input: z.strictObject({
        domainId: schemas.DomainId,
        outcome: schemas.OutcomeNumber,
        ...schemas.content,
        bond: bond("bond"),
        salt: schemas.Salt,
      }),
      output: schemas.AssertOutput,
      annotations: SPENDS,
    },
    async ({ domainId, outcome, salt, bond: wei, ...given }, extra) => {
      const content = contentOptions(given);
      const options = {
        ...session.options,
        domain: domainId,
        outcome,
        ...content,
        ...saltOf(salt),
        ...bondOf(session, wei),
      };
      return spends(extra, describe(content), async (call) => toAnswer(await assert(call.session, options)));
    },
  );
  addTool(
    server,
    {
      name: "sign_statement",
      title: "Sign a statement",
      description:
        "Signs, off chain and for no gas, that a content has an outcome. An agent's pledge answers for it: whoever holds the statement can take it to a committee. Its bond counts as spent.",
      input: z.strictObject({
        agentId: schemas.AgentId,
        domainId: schemas.DomainId,
        outcome: schemas.OutcomeNumber,
        ...schemas.content,
        bond: bond("part of the pledge that answers for it"),
        validFor: z.int().min(1).max(31_536_000).optional().describe("how long it can be challenged, seconds"),
      }),
      output: schemas.SignOutput,
      annotations: SPENDS,
    },
    async ({ agentId, domainId, outcome, bond: wei, validFor, ...given }, extra) => {
      const content = contentOptions(given);
      const options = {
        ...{ ...session.options, agent: BigInt(agentId), domain: domainId, outcome, ...content },
        ...bondOf(session, wei),
        ...(validFor === undefined ? {} : { validFor }),
      };
      return spends(extra, describe(content), async (call) => sign(call, options));
    },
  );
  addTool(
    server,
    {
      name: "challenge_statement",
      title: "Challenge a signed statement",
      description:
        "Takes a signed statement to a committee, for a bond as high as its own and the committee's fees. A committee that finds it right takes the bond.",
      input: z.strictObject({
        statement: schemas.SignedStatement,
        uri: schemas.content.uri.describe("where the committee finds the content; as the statement says unless given"),
      }),
      output: schemas.ChallengeOutput,
      annotations: SPENDS,
    },
    async ({ statement, uri }, extra) => {
      const signed = toSigned(session, statement);
      const about = [`a statement about ${signed.statement.contentHash}`];
      return spends(extra, about, async (call) => toAnswer(await challengeStatement(call.session, signed, uri)));
    },
  );
}

async function sign({ session, agree }: SpendingCall, options: Parameters<typeof statementOf>[1]): Promise<Answer> {
  const { statement, uri, warnings } = await statementOf(session, options);
  const { agentId, domainId, outcome, contentHash, bond: liability, expiry } = statement;
  const title = `sign that it is outcome ${outcome}, in domain ${domainId}, of ${contentHash}`;
  const until = new Date(Number(expiry) * 1000).toISOString();
  await agree({ title, liability }, [
    title,
    `  note  up to ${session.tokens(liability)} of the pledge of agent ${agentId} answers for it until ${until}`,
    ...warnings.map((warning) => `  note  ${warning}`),
    `  from  ${session.account} on ${session.network.name} (chain ${session.endpoint.chainId})`,
  ]);
  const signed = await session.assay.claims.signStatement(statement, uri);
  const lines = [
    `signed by ${signed.signer}: agent ${agentId} answers for outcome ${outcome} with ${session.tokens(liability)} until ${until}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return { lines, data: { signed, warnings } };
}

/** What a command did, as an answer: `next` names commands that a client does not have. */
function toAnswer({ lines, data }: Outcome): Answer {
  return { lines, data: data as object };
}

/** What a claim is about; never a file of the user's. @throws CliError `BAD_INPUT` */
function contentOptions({
  text,
  contentHash,
  uri,
}: {
  text?: string | undefined;
  contentHash?: string | undefined;
  uri?: string | undefined;
}): ContentOptions {
  if ((text === undefined) === (contentHash === undefined)) fail("give either text or contentHash");
  if (contentHash !== undefined && uri === undefined)
    fail("with contentHash give the uri where committees find the content");
  return {
    ...(text !== undefined && { text }),
    ...(contentHash !== undefined && { contentHash: contentHash.toLowerCase() as Hex }),
    ...(uri !== undefined && { uri }),
  };
}

function saltOf(salt: string | undefined): { readonly salt?: Hex } {
  return salt === undefined ? {} : { salt: salt.toLowerCase() as Hex };
}

/** A bond of so many wei, in tokens, as the commands take it. */
function bondOf({ plain }: ReadSession, wei: string | undefined): { readonly bond?: string } {
  return wei === undefined ? {} : { bond: plain(BigInt(wei)) };
}

/** What the user is to see of a content. */
function describe(options: ContentOptions): string[] {
  const { contentHash, uri } = readContent(options);
  const { text } = options;
  if (text === undefined) return [`${contentHash} at ${JSON.stringify(uri.slice(0, EXCERPT))}`];
  const cut = text.length > EXCERPT ? ` (the first ${EXCERPT} of ${text.length} characters)` : "";
  return [`${JSON.stringify(text.slice(0, EXCERPT))}${cut}`];
}
