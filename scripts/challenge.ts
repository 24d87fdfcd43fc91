import { readStatement } from "../packages/cli/src/lib/statements.ts";
import { requireActive } from "./lib/lookup.ts";
import { describeRound } from "../packages/cli/src/lib/waiting.ts";
import { runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly statement: string;
  readonly uri?: string;
}

await runScript<Options>(
  {
    name: "challenge",
    summary: "Takes a signed statement to a committee, for a bond as high as the statement's and the committee's fees",
    example: "--network sepolia --statement statement.json",
    configure: (program) =>
      program
        .requiredOption("--statement <file>", "what sign-statement printed; - reads standard input")
        .option("--uri <uri>", "where the committee finds the content (default: as in the file)"),
  },
  async (session, options) => {
    const { assay, pay, tokens } = session;
    const signed = readStatement(session, options.statement);
    const { statement } = signed;
    await requireActive(session, statement.domainId);
    const challenge = { ...signed, uri: options.uri ?? signed.uri };
    const taken = await pay("challenge", assay.claims.challenge, challenge);
    const { claimId, questionId, locked, voteEpoch, paid } = taken;
    return {
      lines: [
        `claim ${claimId} against agent ${statement.agentId}: ${tokens(locked)} of its pledge is locked; paid ${tokens(paid)}`,
        describeRound(session, voteEpoch),
      ],
      data: { claimId, questionId, voteEpoch, locked, paid },
      next: [`verify-claim --claim ${claimId}`, `resolve --claim ${claimId}`],
    };
  },
);
