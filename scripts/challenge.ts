import { requireActive } from "./lib/lookup.ts";
import { describeRound } from "./lib/schedule.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";
import { readSignedStatement } from "./lib/statement-file.ts";

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
    const { assay, connection, deployment, pay, tokens } = session;
    const signed = readSignedStatement(options.statement);
    const { statement } = signed;
    if (BigInt(signed.chainId) !== connection.chainId || signed.claims !== assay.addresses.claims) {
      fail(`the statement is of ${signed.claims} on chain ${signed.chainId}, not of this deployment`);
    }
    await requireActive(session, statement.domainId);
    const challenge = { ...signed, uri: options.uri ?? signed.uri };
    const taken = await pay("challenge", assay.claims.challenge, challenge);
    const { claimId, questionId, locked, voteEpoch, paid } = taken;
    return {
      lines: [
        `claim ${claimId} against agent ${statement.agentId}: ${tokens(locked)} of its pledge is locked; paid ${tokens(paid)}`,
        describeRound(deployment, voteEpoch),
      ],
      data: { claimId, questionId, voteEpoch, locked, paid },
      next: [`verify-claim --claim ${claimId}`, `resolve --claim ${claimId}`],
    };
  },
);
