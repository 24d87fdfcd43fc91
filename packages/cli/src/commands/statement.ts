import { formatSignedStatement, type SignedStatement } from "@assay/sdk";
import { type Address, epochAt, type Hex } from "@assay/sdk/protocol";
import { Argument, Option } from "commander";
import { verifyTypedData } from "ethers";
import { statementTypedData } from "@assay/sdk/protocol";
import type { Commands, Outcome } from "../lib/command.ts";
import { type ContentOptions, contentOptions, readContent } from "../lib/content.ts";
import { requireActive } from "../lib/domains.ts";
import { CliError, EXIT, fail } from "../lib/errors.ts";
import { parseAmount, parseCount, parseOutcome } from "../lib/input.ts";
import { agentOf, type CommonOptions, type ReadSession, type Session } from "../lib/session.ts";
import { CERTAIN_EPOCHS, prepareStatement, readStatement } from "../lib/statements.ts";
import { describeRound, timeOf } from "../lib/waiting.ts";
import { domainOption } from "./domain.ts";
import { agentOption } from "./stake.ts";

/** What a statement is to say. */
export interface SignOptions extends CommonOptions, ContentOptions {
  readonly agent?: bigint;
  readonly domain: number;
  readonly outcome: number;
  readonly bond?: string;
  readonly validFor?: number;
}
interface ChallengeOptions extends CommonOptions {
  readonly uri?: string;
}

const fileArgument = () => new Argument("<file>", "a signed statement; - reads standard input");

/** `assay statement ...` */
export function addStatement(commands: Commands): void {
  const statement = commands.group(
    "statement",
    "Signed statements: said off chain for no gas, answered for with a pledge",
  );
  statement.sender<SignOptions, []>(
    {
      name: "sign",
      summary: "Signs a statement and prints it as JSON; whoever holds it can challenge it",
      example: `--agent 7 --domain 1 --outcome 1 --text "water is wet" > statement.json`,
      options: [
        agentOption(),
        domainOption(),
        new Option("--outcome <n>", "outcome that is stated").argParser(parseOutcome).makeOptionMandatory(),
        ...contentOptions(),
        new Option("--bond <tokens>", "pledge at stake (default: the least, four times a committee's fees)").argParser(
          parseAmount,
        ),
        new Option(
          "--valid-for <seconds>",
          `how long it can be challenged (default: a day, or ${CERTAIN_EPOCHS} epochs where that is less)`,
        ).argParser(parseCount),
      ],
      help: "The key must be a statement signer of the agent (agent signer), whose pledge (stake pledge) answers for it.",
    },
    sign,
  );
  statement.reader<CommonOptions, [string]>(
    {
      name: "check",
      summary: "Checks a signed statement: signature, signer, what answers for it, and whether it has been challenged",
      example: "statement.json",
      arguments: [fileArgument()],
      help: `Exit status ${EXIT.failed} if it is worth nothing now.`,
    },
    async (session, _, file) => checkStatement(session, readStatement(session, file)),
  );
  statement.sender<ChallengeOptions, [string]>(
    {
      name: "challenge",
      summary: "Takes a signed statement to a committee, for a bond as high as its own and the committee's fees",
      example: "statement.json",
      arguments: [fileArgument()],
      options: [new Option("--uri <uri>", "where the committee finds the content (default: as in the file)")],
    },
    async (session, { uri }, file) => challengeStatement(session, readStatement(session, file), uri),
  );
}

async function sign(session: Session, options: SignOptions): Promise<Outcome> {
  const { statement, uri, warnings } = await statementOf(session, options);
  const signed = await session.assay.claims.signStatement(statement, uri);
  for (const warning of warnings) session.io.stderr.write(`warning: ${warning}\n`);
  return { lines: [formatSignedStatement(signed)], data: signed };
}

/** A statement to be signed, where its content is, and why it may be worth less than it says. @throws as prepareStatement */
export async function statementOf(session: Session, options: SignOptions) {
  const { contentHash, uri } = readContent(options);
  const { domain: domainId, outcome, bond, validFor } = options;
  const context = {
    ...session,
    signerCommand: `assay agent signer ${session.account}`,
    pledgeCommand: "assay stake pledge",
  };
  const prepared = await prepareStatement(context, {
    ...{ agentId: agentOf(session, options.agent), domainId, outcome, contentHash },
    ...(bond !== undefined && { bond: session.amount(bond) }),
    ...(validFor !== undefined && { validFor }),
  });
  return { ...prepared, uri };
}

/** What a signed statement is worth now. @throws CliError `BAD_INPUT` for a signature that is not the signer's */
export async function checkStatement(session: ReadSession, signed: SignedStatement) {
  const { assay, tokens, terms } = session;
  const { statement } = signed;
  const { agentId, domainId, outcome, bond, expiry } = statement;
  const signer = signerOf(session, signed);
  const now = BigInt(await timeOf(session));
  const { status, until, slashable } = await assay.readMany({
    status: assay.claims.statementStatus.request(statement),
    until: assay.claims.answerableUntil.request(agentId, signer),
    slashable: assay.claims.slashable.request(agentId, domainId, expiry),
  });
  const epoch = epochAt(terms, Number(now));
  const problems = [
    ...(until === null ? [`${signer} is no statement signer of agent ${agentId}`] : []),
    ...(until !== null && until <= epoch ? [`${signer} is retired, and answers for nothing any more`] : []),
    ...(now > expiry ? ["it has expired"] : []),
    ...(status.fallen ? ["it has fallen: a committee found it wrong"] : []),
    ...(slashable === 0n ? ["no pledge certainly answers for it until it expires"] : []),
  ];
  const answers = slashable < bond ? slashable : bond;
  const lines = [
    `agent ${agentId} states outcome ${outcome} in domain ${domainId} of ${statement.contentHash}`,
    `signed by ${signer}; can be challenged until ${new Date(Number(expiry) * 1000).toISOString()}`,
    `${tokens(answers)} of ${tokens(bond)} certainly answer for it`,
    `challenged ${status.attempts} times${status.inCourt ? ", before a committee now" : ""}`,
    ...problems.map((problem) => session.io.colors.red(`worth nothing: ${problem}`)),
  ];
  const data = { ...signed, signer, ...status, slashable: answers, problems };
  return { lines, data, exitCode: problems.length === 0 ? 0 : EXIT.failed } satisfies Outcome;
}

/** Takes a signed statement to a committee. @param uri where the committee finds the content; as the statement says unless told */
export async function challengeStatement(session: Session, signed: SignedStatement, uri?: string): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  const { statement, signature } = signed;
  await requireActive(session, statement.domainId);
  const title = `challenge that it is outcome ${statement.outcome}, as agent ${statement.agentId} states, in domain ${statement.domainId}`;
  const args = { statement, signature, uri: uri ?? signed.uri };
  const { claimId, questionId, voteEpoch, locked } = await sender.act({ title }, assay.claims.challenge, args);
  return {
    lines: [
      `claim ${claimId} against agent ${statement.agentId}: ${tokens(locked)} of its pledge is locked`,
      describeRound(session, voteEpoch),
    ],
    data: { claimId, questionId, voteEpoch, locked },
    next: [`verdict ${claimId} --wait`, `resolve ${claimId}`],
  };
}

/** Who signed a statement, as the signature says. @throws CliError `BAD_INPUT` if that is nobody, or not who the file says */
function signerOf({ endpoint, assay }: ReadSession, { statement, signature, signer }: SignedStatement): Address {
  const claims = assay.addresses.claims as Address;
  const { domain, types, message } = statementTypedData({ chainId: endpoint.chainId, claims }, statement);
  let found: string;
  try {
    found = verifyTypedData({ ...domain }, { Statement: [...types.Statement] }, message, signature);
  } catch (cause) {
    throw new CliError("BAD_INPUT", "the statement's signature is malformed", { cause });
  }
  if (found.toLowerCase() !== signer.toLowerCase()) {
    fail(`the statement was changed after ${signer} signed it, or is of somebody else`);
  }
  return found as Hex;
}
