import { eventIn } from "./lib/events.ts";
import { requireActive, requireDomain } from "./lib/lookup.ts";
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
    const { contracts, connection, deployment, sender, tokens } = session;
    const { claims, consensus } = contracts;
    const signed = readSignedStatement(options.statement);
    const { statement, signature } = signed;
    if (BigInt(signed.chainId) !== connection.chainId || signed.claims !== claims.target) {
      fail(`the statement is of ${signed.claims} on chain ${signed.chainId}, not of this deployment`);
    }
    const { seats, seatFee } = await requireDomain(session, statement.domainId);
    await requireActive(session, statement.domainId);
    const cost = statement.bond + seats * seatFee;
    const challenge = [statement, signature, options.uri ?? signed.uri] as const;
    await session.allow(cost, () => claims.challenge.staticCall(...challenge));
    const receipt = await sender.send("challenge", claims.challenge(...challenge));
    const { claimId, locked } = eventIn(claims, receipt, claims.filters.Challenged);
    const { questionId, voteEpoch } = eventIn(consensus, receipt, consensus.filters.QuestionAsked);
    return {
      lines: [
        `claim ${claimId} against agent ${statement.agentId}: ${tokens(locked)} of its pledge is locked; paid ${tokens(cost)}`,
        describeRound(deployment, Number(voteEpoch)),
      ],
      data: { claimId, questionId, voteEpoch, locked, paid: cost },
      next: [`verify-claim --claim ${claimId}`, `resolve --claim ${claimId}`],
    };
  },
);
