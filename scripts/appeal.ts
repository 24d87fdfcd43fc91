import { type Hex, splitQuestionId } from "@assay/protocol";
import { parseClaimId } from "./lib/input.ts";
import { questionOf, requireDomain } from "./lib/lookup.ts";
import { describeRound } from "../packages/cli/src/lib/waiting.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: Hex;
  readonly fromBudget: boolean;
}

await runScript<Options>(
  {
    name: "appeal",
    summary: "Pays for a further round of a question, of twice the seats and one more, in the epoch after the reveals",
    example: "--network sepolia --claim 0x00000001…",
    configure: (program) =>
      program
        .requiredOption("--claim <id>", "claim id or question id", parseClaimId)
        .option("--from-budget", "start the next round of an undecided question from what its asker prepaid", false),
  },
  async (session, { claim, fromBudget }) => {
    const { assay, pay, sender, tokens } = session;
    const questionId = await questionOf(session, claim);
    const { maxRounds } = await requireDomain(session, splitQuestionId(questionId).domainId);
    const { rounds, status } = await assay.questions.get(questionId);
    if (status !== "open") fail(`claim ${claim} is final`);
    if (rounds >= maxRounds) fail(`claim ${claim} has had all of its ${maxRounds} rounds`);
    const what = "start the next round";
    const { round, voteEpoch, paid } = fromBudget
      ? { ...(await sender.send(what, assay.questions.spendBudget({ questionId }))), paid: 0n }
      : await pay(what, assay.questions.appeal, { questionId });
    return {
      lines: [`round ${round} of claim ${claim}; paid ${tokens(paid)}`, describeRound(session, voteEpoch)],
      data: { claimId: claim, questionId, round, voteEpoch, paid },
      next: [`verify-claim --claim ${claim}`],
    };
  },
);
