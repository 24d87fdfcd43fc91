import { formatSignedStatement } from "@assay/sdk";
import { CERTAIN_EPOCHS, prepareStatement } from "../packages/cli/src/lib/statements.ts";
import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { parseAgentId, parseAmount, parseCount, parseDomainId, parseOutcome } from "./lib/input.ts";
import { requireAgent, requireDomain } from "./lib/lookup.ts";
import { runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly agent: bigint;
  readonly domain: number;
  readonly outcome: number;
  readonly bond?: string;
  readonly validFor?: number;
}

await runScript<Options>(
  {
    name: "sign-statement",
    summary: "Signs a statement off chain, for zero gas, and prints it as JSON; whoever holds it can challenge it",
    example: `--network sepolia --agent 0 --domain 1 --outcome 1 --text '{"language":"fra","text":"..."}' > statement.json`,
    help: "The account must be a statement signer of the agent (npm run signer), whose pledge answers for it.",
    configure: (program) =>
      addContentOptions(program)
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .requiredOption("--domain <n>", "domain", parseDomainId)
        .requiredOption("--outcome <n>", "outcome that is stated", parseOutcome)
        .option("--bond <tokens>", "pledge at stake (default: the least, four times a committee's fees)", parseAmount)
        .option(
          "--valid-for <seconds>",
          `how long it can be challenged (default: a day, or ${CERTAIN_EPOCHS} epochs where that is less)`,
          parseCount,
        ),
  },
  async (session, options) => {
    const { account, assay } = session;
    const { agent: agentId, domain: domainId, outcome, bond, validFor } = options;
    await requireAgent(session, agentId);
    await requireDomain(session, domainId);
    const { contentHash, uri } = readContent(options);
    const context = {
      ...session,
      ...{ account: account.address, signerCommand: "npm run signer", pledgeCommand: "npm run pledge" },
    };
    const { statement, warnings } = await prepareStatement(context, {
      ...{ agentId, domainId, outcome, contentHash },
      ...(bond !== undefined && { bond: session.amount(bond) }),
      ...(validFor !== undefined && { validFor }),
    });
    const signed = await assay.claims.signStatement(statement, uri);
    for (const warning of warnings) console.error(`warning: ${warning}`);
    return { lines: [formatSignedStatement(signed)], data: { ...signed } };
  },
);
