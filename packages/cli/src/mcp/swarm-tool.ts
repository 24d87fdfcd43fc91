import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { Hex } from "@assay/sdk/protocol";
import { toUtf8Bytes } from "ethers";
import * as z from "zod/v4";
import { fail } from "../lib/errors.ts";
import type { ReadSession } from "../lib/session.ts";
import { askSwarm, queryContent, type SwarmQuery, type SwarmReport } from "../lib/swarm.ts";
import * as schemas from "./schemas.ts";
import { quoteStrangers } from "./strangers.ts";
import { addTool, type Answer, READS } from "./tool.ts";

/** Longest that a client is let wait, seconds: some give up after a minute. */
const MAX_TIMEOUT = 50;

const Input = z.strictObject({
  domainId: schemas.DomainId,
  text: z
    .string()
    .min(1)
    .max(1_048_576)
    .optional()
    .describe("the content itself, which every agent that is asked sees"),
  contentHash: schemas.content.contentHash,
  budget: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe("agents that are asked at most, the weightiest first; 32 unless given"),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(MAX_TIMEOUT)
    .optional()
    .describe("how long answers are waited for; 30 unless given"),
  minWeight: z.number().min(0).max(32).optional().describe("least weight of an agent; a newcomer has 1"),
  bond: schemas.Wei.optional().describe(
    "wei of pledge that are to answer for each answer; the least that is allowed unless given",
  ),
  validFor: z.int().min(1).max(31_536_000).optional().describe("how long each answer is to be challengeable, seconds"),
});

/** Adds the tool that asks agents over their network, as one of them. */
export function addSwarmTool(server: McpServer, session: ReadSession, agentId: bigint): void {
  addTool(
    server,
    {
      name: "ask_swarm",
      title: "Ask the swarm",
      description:
        "Asks the agents of a domain over their network, off chain and for no gas. Each answers with a signed statement that its pledge answers for; they are weighed by trust and pledge. Not a verdict: whoever doubts an answer can take its statement to a committee (challenge_statement).",
      input: Input,
      output: schemas.SwarmOutput,
      annotations: READS,
    },
    async (input, { signal }) => {
      const query = queryOf(input);
      return toAnswer(
        await askSwarm(session, agentId, query, { signal, say: (line) => session.io.stderr.write(`${line}\n`) }),
      );
    },
  );
}

function queryOf({ domainId, text, contentHash, timeoutSeconds, ...options }: z.output<typeof Input>): SwarmQuery {
  if ((text === undefined) === (contentHash === undefined)) fail("give either text or contentHash");
  const { budget, minWeight, bond, validFor } = options;
  return {
    domainId,
    ...(text !== undefined && { content: queryContent(toUtf8Bytes(text)) }),
    ...(contentHash !== undefined && { contentHash: contentHash as Hex }),
    ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
    ...(budget !== undefined && { budget }),
    ...(minWeight !== undefined && { minWeight }),
    ...(bond !== undefined && { bond }),
    ...(validFor !== undefined && { validFor }),
  };
}

function toAnswer(report: SwarmReport): Answer {
  const { outcome, support, dissent, coverage, asked, answers, silent, bond } = report;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return {
    lines: [
      outcome === null
        ? "no outcome: nobody answered with anything at stake, or two are equally heavy"
        : `outcome ${outcome}: ${percent(support)} of the weight, ${percent(dissent)} against; ${coverage} wei of pledge answer for it`,
      `${answers.length} of ${asked} agents answered, asked to answer with ${bond} wei each`,
      ...answers.flatMap(({ agentId, outcome: said, weight, covered, statement, evidence }) => [
        `agent ${agentId}: outcome ${said}, weight ${weight.toFixed(2)}, ${covered} wei; statement ${statement}`,
        ...(evidence === ""
          ? []
          : quoteStrangers(`words of agent ${agentId}`, { uri: "", text: evidence, problem: null })),
      ]),
      ...silent.map(({ agentId, code }) => `agent ${agentId} did not answer: ${code}`),
    ],
    data: report,
  };
}
