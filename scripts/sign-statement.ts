import { epochAt, type Statement, UNBONDING_EPOCHS } from "@assay/protocol";
import { formatSignedStatement } from "@assay/sdk";
import { toBigInt, randomBytes } from "ethers";
import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { parseAgentId, parseAmount, parseCount, parseDomainId, parseOutcome } from "./lib/input.ts";
import { requireAgent, requireDomain } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly agent: bigint;
  readonly domain: number;
  readonly outcome: number;
  readonly bond?: string;
  readonly validFor?: number;
}

/** Seconds that a statement is valid unless told, where the pledge is certain for so long. */
const VALID_FOR = 86_400;
/** Whole epochs from now on for which a pledge cannot be lowered. */
const CERTAIN_EPOCHS = UNBONDING_EPOCHS - 1;

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
    const { account, assay, connection, deployment } = session;
    const { agent: agentId, domain: domainId, outcome } = options;
    await requireAgent(session, agentId);
    const { outcomes } = await requireDomain(session, domainId);
    if (outcome >= outcomes) fail(`domain ${domainId} has outcomes 0 to ${outcomes - 1}, not ${outcome}`);
    const { contentHash, uri } = readContent(options);
    const bond = options.bond === undefined ? await assay.claims.minBond(domainId) : session.amount(options.bond);
    if ((await assay.claims.answerableUntil(agentId, account.address)) === null) {
      fail(`${account.address} is no statement signer of agent ${agentId}: add it with "npm run signer"`);
    }
    const block = await connection.provider.getBlock("latest");
    const now = block?.timestamp ?? 0;
    const clock = deployment.parameters;
    const validFor = options.validFor ?? Math.min(VALID_FOR, CERTAIN_EPOCHS * clock.epochLength);
    const expiry = BigInt(now + validFor);
    const nonce = toBigInt(randomBytes(16));
    const statement: Statement = { agentId, domainId, outcome, contentHash, bond, expiry, nonce };
    const signed = await assay.claims.signStatement(statement, uri);
    const slashable = await assay.stake.slashable(agentId, expiry);
    if (epochAt(clock, now + validFor) > epochAt(clock, now) + CERTAIN_EPOCHS) {
      console.error(`warning: no pledge is certain for longer than ${CERTAIN_EPOCHS} epochs: shorten --valid-for`);
    } else if (slashable < bond) {
      console.error(`warning: only ${session.tokens(slashable)} of the pledge is certain until then: pledge more`);
    }
    return { lines: [formatSignedStatement(signed)], data: { ...signed } };
  },
);
