import { eventIn } from "./lib/events.ts";
import { parseClaimId } from "./lib/input.ts";
import { findAssertion, requireDomain } from "./lib/lookup.ts";
import { describeRound } from "./lib/schedule.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: string;
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
    const { contracts, deployment, sender, tokens } = session;
    const { claims, consensus } = contracts;
    const found = await findAssertion(session, claim);
    if (found === null) fail(`there is no assertion ${claim} on this deployment`);
    const { assertion } = found;
    const domainId = Number(assertion.domainId);
    const [domain, { active }] = await Promise.all([requireDomain(session, domainId), consensus.deskTerms(domainId)]);
    const cost = BigInt(assertion.bond) + domain.seats * domain.seatFee;
    const dispute = [assertion, uri ?? found.uri] as const;
    if (active) await session.allow(cost, () => claims.dispute.staticCall(...dispute));
    const receipt = await sender.send("dispute", claims.dispute(...dispute));
    const { status } = await claims.claim(claim);
    if (Number(status) === 3) {
      return {
        lines: [`domain ${domainId} is below its minimum stake: the assertion ends unresolved, at no cost`],
        data: { claimId: claim, abandoned: true },
        next: ["withdraw --credits"],
      };
    }
    const { questionId, voteEpoch } = eventIn(consensus, receipt, consensus.filters.QuestionAsked);
    return {
      lines: [
        `claim ${claim} goes to a committee as question ${questionId}; paid ${tokens(cost)}`,
        describeRound(deployment, Number(voteEpoch)),
      ],
      data: { claimId: claim, questionId, voteEpoch, paid: cost, abandoned: false },
      next: [`verify-claim --claim ${claim}`, `resolve --claim ${claim}`],
    };
  },
);
