import { parseSignedStatement, type SignedStatement } from "@assay/sdk";
import { epochAt, type Hex, type Statement, UNBONDING_EPOCHS } from "@assay/sdk/protocol";
import { randomBytes, toBigInt } from "ethers";
import { readFileSync } from "node:fs";
import { CliError, fail, messageOf } from "./errors.ts";
import type { ReadSession } from "./session.ts";
import { timeOf } from "./waiting.ts";

/** What a statement is to say. */
export interface StatementChoice {
  readonly agentId: bigint;
  readonly domainId: number;
  readonly outcome: number;
  readonly contentHash: Hex;
  /** Wei; the least that is allowed unless told. */
  readonly bond?: bigint;
  /** Seconds; a day unless told, or as long as a pledge is certain where that is less. */
  readonly validFor?: number;
}

/** Who signs, and how the commands are called that help. */
export type StatementContext = Pick<ReadSession, "assay" | "terms" | "tokens"> & {
  readonly account: string;
  /** Lets a key sign for an agent. */
  readonly signerCommand: string;
  /** Raises the pledge. */
  readonly pledgeCommand: string;
};

/** Seconds that a statement is valid unless told, where the pledge is certain for so long. */
const VALID_FOR = 86_400;
/** Whole epochs from now on for which a pledge cannot be lowered. */
export const CERTAIN_EPOCHS = UNBONDING_EPOCHS - 1;

/**
 * A statement to be signed, and why it may be worth less than it says.
 * @throws CliError `BAD_INPUT` where the domain has no such outcome or the account is no signer; ContractError `UNKNOWN_AGENT`
 */
export async function prepareStatement(
  context: StatementContext,
  choice: StatementChoice,
): Promise<{ readonly statement: Statement; readonly warnings: readonly string[] }> {
  const { account, assay, terms, tokens, signerCommand, pledgeCommand } = context;
  const { agentId, domainId, outcome, contentHash } = choice;
  await assay.agents.owner(agentId);
  await requireOutcome(context, domainId, outcome);
  const bond = choice.bond ?? (await assay.claims.minBond(domainId));
  if ((await assay.claims.answerableUntil(agentId, account)) === null) {
    fail(`${account} is no statement signer of agent ${agentId}: its owner adds it with "${signerCommand}"`);
  }
  const now = await timeOf(context);
  const validFor = choice.validFor ?? Math.min(VALID_FOR, CERTAIN_EPOCHS * terms.epochLength);
  const expiry = BigInt(now + validFor);
  const nonce = toBigInt(randomBytes(16));
  const statement = { agentId, domainId, outcome, contentHash, bond, expiry, nonce };
  const slashable = await assay.claims.slashable(agentId, domainId, expiry);
  const warnings: string[] = [];
  if (epochAt(terms, now + validFor) > epochAt(terms, now) + CERTAIN_EPOCHS) {
    warnings.push(`no pledge is certain for longer than ${CERTAIN_EPOCHS} epochs: shorten --valid-for`);
  } else if (slashable < bond) {
    warnings.push(`only ${tokens(slashable)} of the pledge is certain until then: pledge more (${pledgeCommand})`);
  }
  return { statement, warnings };
}

/** @throws CliError `BAD_INPUT` where the domain has no such outcome */
export async function requireOutcome(
  { assay }: Pick<ReadSession, "assay">,
  domainId: number,
  outcome: number,
): Promise<void> {
  const { outcomes } = await assay.domains.get(domainId);
  if (outcome >= outcomes) fail(`domain ${domainId} has outcomes 0 to ${outcomes - 1}, not ${outcome}`);
}

/**
 * A signed statement from a file; `-` is standard input.
 * @throws CliError `BAD_INPUT` if it cannot be read; otherwise as parseStatement
 */
export function readStatement(deployment: Pick<ReadSession, "assay" | "terms">, file: string): SignedStatement {
  let json: string;
  try {
    json = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    throw new CliError("BAD_INPUT", `cannot read the statement: ${messageOf(cause)}`, { cause });
  }
  return parseStatement(deployment, json, file === "-" ? "standard input" : file);
}

/**
 * A signed statement from its JSON.
 * @param where it is from, for messages
 * @throws CliError `BAD_INPUT` for one of another deployment; ClientError `BAD_INPUT` for none at all
 */
export function parseStatement(
  { assay, terms }: Pick<ReadSession, "assay" | "terms">,
  json: string,
  where: string,
): SignedStatement {
  const signed = parseSignedStatement(json, where);
  const { claims } = assay.addresses;
  if (BigInt(signed.chainId) === terms.chainId && signed.claims.toLowerCase() === claims.toLowerCase()) return signed;
  return fail(
    `the statement is of ${signed.claims} on chain ${signed.chainId}, not of ${claims} on chain ${terms.chainId}`,
  );
}
