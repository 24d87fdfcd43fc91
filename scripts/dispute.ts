import type { Hex } from "@assay/protocol";
import { parseClaimId } from "./lib/input.ts";
import { describeRound } from "../packages/cli/src/lib/waiting.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: Hex;
  readonly uri?: string;
}

await runScript<Options>(
  {
    name: "dispute",
    summary: "Takes an assertion to a committee, for a bond as high as the asserter's and the committee's fees",
    example: "--network sepolia --claim 0x8d…",
    configure: (program) =>
      program
        .requiredOption("--claim <id>", "claim id of the assertion", parseClaimId)
        .option("--uri <uri>", "where the committee finds the content (default: as asserted)"),
  },
  async (session, { claim, uri }) => {
    const { assay, pay, tokens } = session;
    const found = await assay.claims.findAssertion(claim);
    if (found === null) fail(`there is no assertion ${claim} on this deployment`);
    const { assertion } = found;
    const disputed = await pay("dispute", assay.claims.dispute, { assertion, uri: uri ?? found.uri });
    if (disputed.abandoned) {
      const { domainId } = assertion;
      return {
        lines: [`domain ${domainId} is below its minimum stake: the assertion ends unresolved, at no cost`],
        data: { claimId: claim, abandoned: true },
        next: ["withdraw --credits"],
      };
    }
    const { questionId, voteEpoch, paid } = disputed;
    return {
      lines: [
        `claim ${claim} goes to a committee as question ${questionId}; paid ${tokens(paid)}`,
        describeRound(session, voteEpoch),
      ],
      data: { claimId: claim, questionId, voteEpoch, paid, abandoned: false },
      next: [`verify-claim --claim ${claim}`, `resolve --claim ${claim}`],
    };
  },
);
