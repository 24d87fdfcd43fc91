import { ZeroHash } from "ethers";
import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { eventIn } from "./lib/events.ts";
import { parseCount, parseDomainId } from "./lib/input.ts";
import { requireActive, requireDomain } from "./lib/lookup.ts";
import { addSaltOption, saltOf } from "./lib/salt.ts";
import { describeRound } from "./lib/schedule.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly domain: number;
  readonly budgetRounds: number;
  readonly salt?: string;
}

await runScript<Options>(
  {
    name: "ask",
    summary: "Asks a committee of a domain; the account pays the fee of every seat",
    example: `--network sepolia --domain 1 --text '{"language":"deu","text":"Alle Menschen sind frei geboren"}'`,
    help: "The content's hash is the SHA-256 of its bytes. Content up to 8 KiB travels in the transaction, for all to read.",
    configure: (program) =>
      addSaltOption(addContentOptions(program))
        .requiredOption("--domain <n>", "domain", parseDomainId)
        .option("--budget-rounds <n>", "further rounds to prepay, in case it stays undecided", parseCount, 0),
  },
  async (session, options) => {
    const { contracts, deployment, sender, tokens } = session;
    const { claims, consensus } = contracts;
    const { domain: domainId, budgetRounds } = options;
    const content = readContent(options);
    const { seats, seatFee, maxRounds } = await requireDomain(session, domainId);
    await requireActive(session, domainId);
    if (BigInt(budgetRounds) >= maxRounds)
      fail(`domain ${domainId} has ${maxRounds} rounds: prepay at most ${maxRounds - 1n}`);
    // Each further round has twice the seats of the last one, and one more.
    let asked = seats;
    for (let round = 0, last = seats; round < budgetRounds; round++) {
      last = 2n * last + 1n;
      asked += last;
    }
    const cost = asked * seatFee;
    const question = [domainId, content.contentHash, content.uri, budgetRounds, ZeroHash, saltOf(options)] as const;
    await session.allow(cost, () => claims.ask.staticCall(...question));
    const receipt = await sender.send("ask", claims.ask(...question));
    const { questionId, voteEpoch } = eventIn(consensus, receipt, consensus.filters.QuestionAsked);
    const claimId = `${questionId}${"00".repeat(8)}`;
    return {
      lines: [
        `claim ${claimId}`,
        `about ${content.contentHash}; paid ${tokens(cost)}`,
        describeRound(deployment, Number(voteEpoch)),
      ],
      data: { claimId, questionId, ...content, voteEpoch, finalFrom: Number(voteEpoch) + 3, paid: cost },
      next: [`verify-claim --claim ${claimId}`],
    };
  },
);
