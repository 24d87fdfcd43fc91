import { eventIn } from "./lib/events.ts";
import { parseClaimId } from "./lib/input.ts";
import { questionOf, requireDomain } from "./lib/lookup.ts";
import { describeRound } from "./lib/schedule.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: string;
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
    const { contracts, deployment, sender, tokens } = session;
    const { consensus } = contracts;
    const questionId = await questionOf(session, claim);
    const { seats, seatFee, maxRounds } = await requireDomain(session, Number(BigInt(questionId.slice(0, 10))));
    const { rounds, status } = await consensus.question(questionId);
    if (Number(status) !== 1) fail(`claim ${claim} is final`);
    if (rounds >= maxRounds) fail(`claim ${claim} has had all of its ${maxRounds} rounds`);
    const cost = (2n ** rounds * (seats + 1n) - 1n) * seatFee;
    if (!fromBudget) await session.allow(cost, () => consensus.appeal.staticCall(questionId));
    const sent = fromBudget ? consensus.spendBudget(questionId) : consensus.appeal(questionId);
    const receipt = await sender.send("start the next round", sent);
    const { round, voteEpoch } = eventIn(consensus, receipt, consensus.filters.RoundStarted);
    return {
      lines: [
        `round ${round} of claim ${claim}; paid ${tokens(fromBudget ? 0n : cost)}`,
        describeRound(deployment, Number(voteEpoch)),
      ],
      data: { claimId: claim, questionId, round, voteEpoch, paid: fromBudget ? 0n : cost },
      next: [`verify-claim --claim ${claim}`],
    };
  },
);
