import { hashContent } from "@assay/sdk";
import { type Hex, verifyMerkleLeaf } from "@assay/sdk/protocol";
import { Argument, Option } from "commander";
import type { Commands, Outcome } from "../lib/command.ts";
import { fetchContent, type FetchOptions, fetchOptions, readBytes } from "../lib/content.ts";
import { CliError, EXIT, fail } from "../lib/errors.ts";
import { parseBytes32, parseClaimId, parseOutcome } from "../lib/input.ts";
import type { CommonOptions, ReadSession } from "../lib/session.ts";
import { ANSWER_STATUS, answerOf, readVerdict, startOf, type VerdictState, waitForVerdict } from "../lib/waiting.ts";

interface VerdictOptions extends CommonOptions {
  readonly wait?: boolean;
}
interface VerifyOptions extends VerdictOptions, FetchOptions {
  readonly outcome: number;
  readonly text?: string;
  readonly file?: string;
  readonly proof?: readonly Hex[];
  readonly content: boolean;
}

/** The argument that says which claim a command is about. */
export const claimArgument = () => new Argument("<claim>", "claim id, or question id").argParser(parseClaimId);

/** The option to wait for the final verdict. */
export const waitOption = () => new Option("--wait", "wait until the verdict is final");

/** `assay verdict` and `assay verify` */
export function addVerdict(commands: Commands): void {
  commands.reader<VerdictOptions, [Hex]>(
    {
      name: "verdict",
      summary: "Shows a claim's verdict as it stands, and what it would take to change it",
      example: "0x00000001... --wait",
      arguments: [claimArgument()],
      options: [waitOption()],
    },
    async (session, { wait }, claimId) => {
      const state = await requireClaim(session, claimId, wait);
      const stakeAtRisk = await session.assay.claims.stakeAtRisk(claimId);
      const next = state.status === "provisional" || state.status === "undecided" ? [`appeal ${claimId}`] : [];
      return { lines: verdictLines(session, state, stakeAtRisk), data: { ...state, stakeAtRisk }, next };
    },
  );
  commands.reader<VerifyOptions, [Hex]>(
    {
      name: "verify",
      summary: "Checks that a content is the one that was judged, and that the final verdict is the expected one",
      example: "0x00000001... --outcome 1 --file claim.json",
      arguments: [claimArgument()],
      options: [
        new Option("--outcome <n>", "outcome that is expected").argParser(parseOutcome).default(1),
        new Option("--text <text>", "the content, instead of what the claim's URI leads to"),
        new Option("--file <path>", "file with the content").conflicts("text"),
        new Option("--proof <hash...>", "the content is a leaf of the claim's Merkle tree: siblings from the leaf up"),
        new Option("--no-content", "look at the verdict only"),
        waitOption(),
        ...fetchOptions(),
      ],
      help: [
        "Exit status:",
        "  0   final, and the outcome is the expected one",
        `  ${EXIT.failed}   error: bad input, no such claim, content missing or not the one that was judged`,
        `  ${EXIT.otherOutcome}   final, with another outcome`,
        `  ${EXIT.unresolved}   final, and unresolved`,
        `  ${EXIT.notFinal}   not final yet`,
        `  ${EXIT.tryAgain}  no endpoint answers, or the content cannot be had now`,
      ].join("\n"),
    },
    verify,
  );
}

async function verify(session: ReadSession, options: VerifyOptions, claimId: Hex): Promise<Outcome> {
  const { outcome: expected } = options;
  const state = await requireClaim(session, claimId, options.wait);
  const contentHash = options.content ? await checkContent(session, options, claimId) : null;
  const stakeAtRisk = await session.assay.claims.stakeAtRisk(claimId);
  const answer = answerOf(state, expected);
  const lines = [
    ...verdictLines(session, state, stakeAtRisk),
    ...(contentHash === null ? [] : [`content      is the one that was judged (${contentHash})`]),
    `expected ${expected}: ${answer === "notFinal" ? "not final yet" : answer}`,
  ];
  const exitCode = ANSWER_STATUS[answer];
  return { lines, data: { ...state, stakeAtRisk, contentHash, expected, answer }, exitCode };
}

/** @throws CliError `BAD_INPUT` if there is no such claim */
export async function requireClaim(session: ReadSession, claimId: Hex, wait = false): Promise<VerdictState> {
  const state = await (wait ? waitForVerdict(session, claimId) : readVerdict(session, claimId));
  if (state.status === "unknown") fail(`there is no claim ${claimId} on ${session.network.name}`);
  return state;
}

/**
 * @returns the content's hash
 * @throws CliError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`, `CONTENT_MISMATCH`
 */
async function checkContent(session: ReadSession, options: VerifyOptions, claimId: Hex): Promise<Hex> {
  const { text, file, proof } = options;
  const judged = await contentOfClaim(session, claimId);
  if (text === undefined && file === undefined) {
    if (proof !== undefined) fail("--proof says where in the tree a content is: give that with --file or --text");
    return hashContent(await fetchContent(judged, options));
  }
  const hash = hashContent(text ?? readBytes(file ?? ""));
  const siblings = (proof ?? []).map(parseBytes32);
  if (verifyMerkleLeaf(judged.contentHash, hash, siblings)) return hash;
  const what =
    proof === undefined ? "that is not the content that was judged" : "that content is not in the claim's tree";
  throw new CliError("CONTENT_MISMATCH", `${what}: its SHA-256 is ${hash}, the claim is about ${judged.contentHash}`);
}

/** What a claim is about, as it was brought in. */
export async function contentOfClaim({ assay }: ReadSession, claimId: Hex) {
  const questionId = await assay.claims.questionOf(claimId);
  const origin = questionId === null ? null : await assay.questions.origin(questionId);
  if (origin !== null) return { contentHash: origin.contentHash, uri: origin.uri };
  const found = await assay.claims.findAssertion(claimId);
  if (found === null) fail(`the endpoint has no event of claim ${claimId}: try one that keeps older logs`);
  return { contentHash: found.assertion.contentHash, uri: found.uri };
}

/** A verdict, for people. */
export function verdictLines(session: ReadSession, state: VerdictState, stakeAtRisk: bigint): string[] {
  const { claimId, status, final, outcome, supportBps, rounds, epoch, finalFrom } = state;
  const { bold, green, yellow } = session.io.colors;
  const decided = status === "provisional" || status === "resolved";
  const when = finalFrom === null ? "" : `, final from epoch ${finalFrom} (${startOf(session, finalFrom)})`;
  return [
    `claim ${claimId}`,
    `status       ${final ? green(`${status} (final)`) : yellow(status)}`,
    `outcome      ${bold(outcome === null ? "none" : String(outcome))}${outcome === null || decided ? "" : " (leading)"}`,
    `support      ${(supportBps / 100).toFixed(2)} % in ${rounds} ${rounds === 1 ? "round" : "rounds"}`,
    `at risk      ${session.tokens(stakeAtRisk)} to make another outcome decisive`,
    ...(final ? [] : [`epoch        ${epoch}${when}`]),
  ];
}
