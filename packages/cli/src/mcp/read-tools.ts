import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { SignedStatement } from "@assay/sdk";
import { claimIdOf, type Hex, splitQuestionId } from "@assay/sdk/protocol";
import * as z from "zod/v4";
import { checkStatement } from "../commands/statement.ts";
import { contentOfClaim, requireClaim, verdictLines } from "../commands/verdict.ts";
import { agentStatus } from "../lib/agent-status.ts";
import { checkCard } from "../lib/card.ts";
import { fetchContent, type FetchOptions } from "../lib/content.ts";
import { domainLines, listDomains, readDomain } from "../lib/domains.ts";
import { explain, fail } from "../lib/errors.ts";
import { toJson } from "../lib/io.ts";
import type { ReadSession } from "../lib/session.ts";
import { parseStatement } from "../lib/statements.ts";
import type { Spending } from "./spend.ts";
import * as schemas from "./schemas.ts";
import { quoteStrangers, readStrangers } from "./strangers.ts";
import { addTool, READS } from "./tool.ts";

/** What the tools of a server work with. */
export interface ToolContext {
  readonly session: ReadSession;
  /** How to fetch what strangers point to; null: not at all. */
  readonly fetching: FetchOptions | null;
  /** Null: the server is read-only. */
  readonly spending: Spending | null;
  /** The agent that asks others over their network; null: nobody does. */
  readonly asker: bigint | null;
}

/** Adds the tools that only read. */
export function addReadTools(server: McpServer, context: ToolContext): void {
  addTool(
    server,
    {
      name: "get_status",
      title: "Deployment and limits",
      description: "Which deployment this is, the present epoch, who sends, and what may still be spent.",
      input: z.strictObject({}),
      output: schemas.StatusOutput,
      annotations: READS,
    },
    async () => status(context),
  );
  addTool(
    server,
    {
      name: "get_agent",
      title: "Look up an agent",
      description:
        "An agent's owner, wallet, stake, pledge, domains and trust, and its registration file (ERC-8004), which strangers have written.",
      input: z.strictObject({ agentId: schemas.AgentId }),
      output: schemas.AgentOutput,
      annotations: READS,
    },
    async ({ agentId }) => getAgent(context, BigInt(agentId)),
  );
  addTool(
    server,
    {
      name: "list_domains",
      title: "List domains",
      description: "Every domain: kinds of questions, with parameters and stake. get_domain says what one is about.",
      input: z.strictObject({}),
      output: schemas.DomainsOutput,
      annotations: READS,
    },
    async () => getDomains(context),
  );
  addTool(
    server,
    {
      name: "get_domain",
      title: "Look up a domain",
      description:
        "A domain's parameters, stake and statistics, and what its questions and outcomes mean, as a stranger has described it.",
      input: z.strictObject({ domainId: schemas.DomainId }),
      output: schemas.DomainOutput,
      annotations: READS,
    },
    async ({ domainId }) => getDomain(context, domainId),
  );
  addTool(
    server,
    {
      name: "get_claim",
      title: "Look up a claim and its verdict",
      description:
        "A claim's verdict as it stands, what it would take to turn it, and what it is about. Only a final verdict never changes.",
      input: z.strictObject({ claim: schemas.ClaimRef }),
      output: schemas.ClaimOutput,
      annotations: READS,
    },
    async ({ claim }) => getClaim(context, claim.toLowerCase() as Hex),
  );
  addTool(
    server,
    {
      name: "check_statement",
      title: "Check a signed statement",
      description:
        "Whether a signed statement is whole, who answers for it with how much, and whether a committee found it wrong. It does not say whether it is true.",
      input: z.strictObject({ statement: schemas.SignedStatement }),
      output: schemas.StatementCheck,
      annotations: READS,
    },
    async ({ statement }) => check(context, toSigned(context.session, statement)),
  );
}

/** A signed statement that a client has sent. @throws CliError `BAD_INPUT` for one of another deployment */
export function toSigned(session: ReadSession, given: z.output<typeof schemas.SignedStatement>): SignedStatement {
  return parseStatement(session, toJson(given), "the argument");
}

async function status({ session, spending }: ToolContext) {
  const { assay, network, terms, endpoint, tokens } = session;
  const [epoch, account] = await Promise.all([
    assay.beats.epoch(),
    spending === null ? null : accountOf(session, spending),
  ]);
  const { symbol, decimals } = terms.token;
  const limits = spending === null ? null : limitsOf(spending);
  const lines = [
    `${network.name}, chain ${endpoint.chainId}, Claims ${assay.addresses.claims}`,
    `epoch ${epoch} of ${terms.epochLength} s`,
    ...(account === null || limits === null
      ? ["read-only: the user can start it with --write"]
      : [
          `${account.address} has ${tokens(account.tokens)}, and ${tokens(account.credit)} to collect`,
          `${tokens(limits.leftTokens)} of ${tokens(limits.total)} may still be spent, ${tokens(limits.perCall)} a call`,
        ]),
  ];
  const data = {
    network: network.name,
    chainId: endpoint.chainId,
    claims: assay.addresses.claims,
    token: { address: assay.addresses.token, symbol, decimals },
    ...{ epoch, epochLength: terms.epochLength, readOnly: spending === null, account, limits },
  };
  return { lines, data };
}

async function accountOf({ assay, endpoint }: ReadSession, { session }: Spending) {
  const address = session.account;
  const [tokens, credit, ether] = await Promise.all([
    assay.token.balance(address),
    assay.stake.credit(address),
    endpoint.provider.getBalance(address),
  ]);
  return { address, tokens, ether, credit };
}

function limitsOf({ budget }: Spending) {
  const { tokens, fees } = budget.left;
  return { ...budget.limits, leftTokens: tokens, leftFees: fees };
}

async function getAgent({ session, fetching }: ToolContext, agentId: bigint) {
  const { lines, data } = await agentStatus(session, agentId);
  const file = await readStrangers(await session.assay.agents.uri(agentId), fetching);
  const { problems } = file.text === null ? { problems: [] } : await checkCard(session.assay, file.text, agentId);
  const pledged = `${session.tokens(data.slashable)} of the pledge certainly answer for signed statements now`;
  return {
    lines: [
      ...lines,
      pledged,
      ...problems.map((problem) => `problem of the registration file: ${problem}`),
      ...quoteStrangers(`registration file of agent ${agentId}`, file),
    ],
    data: { ...data, registrationFile: file, registrationProblems: problems },
  };
}

async function getDomains({ session }: ToolContext) {
  const { epoch, domains } = await listDomains(session);
  const lines = domains.map(({ domainId, parameters, stake, open }) => {
    const { outcomes, seats, seatFee } = parameters;
    const { tokens } = session;
    return `domain ${domainId}: ${outcomes} outcomes, ${seats} seats of ${tokens(seatFee)}, stake ${tokens(stake)}, ${open ? "open" : "too little stake"}`;
  });
  const data = { epoch, domains: domains.map(({ uri: _, ...domain }) => domain) };
  return { lines: lines.length === 0 ? ["no domain yet"] : lines, data };
}

async function getDomain({ session, fetching }: ToolContext, domainId: number) {
  const { uri, ...domain } = await readDomain(session, domainId);
  const description = await readStrangers(uri, fetching);
  return {
    lines: [
      `domain ${domainId}`,
      ...domainLines(session, { uri, ...domain }),
      ...quoteStrangers(`description of domain ${domainId}`, description),
    ],
    data: { ...domain, description },
  };
}

async function getClaim({ session, fetching }: ToolContext, ref: Hex) {
  const claimId = ref.length === QUESTION_ID_LENGTH ? claimIdOf(ref) : ref;
  const { assay } = session;
  const state = await requireClaim(session, claimId);
  const [claim, stakeAtRisk, questionId, judged] = await Promise.all([
    assay.claims.get(claimId),
    assay.claims.stakeAtRisk(claimId),
    assay.claims.questionOf(claimId),
    // A verdict is worth knowing even where nobody knows any more what it is about.
    contentOfClaim(session, claimId).catch((error: unknown) => explain(error).message),
  ]);
  const content =
    typeof judged === "string"
      ? { uri: "", text: null, problem: judged }
      : await readStrangers(judged.uri, fetching, (how) => fetchContent(judged, how));
  const contentHash = typeof judged === "string" ? null : judged.contentHash;
  const { kind, domainId } =
    claim.status === "none"
      ? { kind: "question", domainId: splitQuestionId(questionId ?? fail(`no such claim: ${claimId}`)).domainId }
      : {
          kind: (await assay.claims.findAssertion(claimId)) === null ? "challenge" : "assertion",
          domainId: claim.domainId,
        };
  const { status: verdictStatus, outcome, supportBps, rounds, final, finalFrom, epoch } = state;
  return {
    lines: [
      ...verdictLines(session, state, stakeAtRisk),
      `it is a${kind === "assertion" ? "n" : ""} ${kind} in domain ${domainId}`,
      ...quoteStrangers(`content of claim ${claimId}`, content),
    ],
    data: {
      ...{ claimId, kind, domainId, questionId, contentHash, content, epoch, stakeAtRisk },
      claimed: claim.status === "none" ? null : claim.outcome,
      verdict: { status: verdictStatus, outcome, supportBps, rounds, final, finalFrom },
    },
  };
}

/** `0x` and 24 bytes. */
const QUESTION_ID_LENGTH = 50;

async function check({ session, fetching }: ToolContext, signed: SignedStatement) {
  const { lines, data } = await checkStatement(session, signed);
  const { agentId, domainId, outcome, contentHash, bond, expiry } = signed.statement;
  const judged = { contentHash, uri: signed.uri };
  const content = await readStrangers(signed.uri, fetching, (how) => fetchContent(judged, how));
  const { signer, slashable, attempts, inCourt, fallen, problems } = data;
  return {
    lines: [...lines, ...quoteStrangers("content of the statement", content)],
    data: {
      ...{ agentId, domainId, outcome, contentHash, content, signer, expiry, bond, slashable },
      ...{ attempts, inCourt, fallen, problems },
    },
  };
}
