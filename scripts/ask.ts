import { type Hex, roundSchedule } from "@assay/protocol";
import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { parseCount, parseDomainId } from "./lib/input.ts";
import { requireActive, requireDomain } from "./lib/lookup.ts";
import { addSaltOption } from "./lib/salt.ts";
import { describeRound } from "../packages/cli/src/lib/waiting.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly domain: number;
  readonly budgetRounds: number;
  readonly salt?: Hex;
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
    const { assay, pay, tokens } = session;
    const { domain: domainId, budgetRounds, salt } = options;
    const content = readContent(options);
    const { maxRounds } = await requireDomain(session, domainId);
    await requireActive(session, domainId);
    if (budgetRounds >= maxRounds) fail(`domain ${domainId} has ${maxRounds} rounds: prepay at most ${maxRounds - 1}`);
    const question = { domainId, ...content, budgetRounds, salt };
    const { claimId, questionId, voteEpoch, paid } = await pay("ask", assay.questions.ask, question);
    return {
      lines: [
        `claim ${claimId}`,
        `about ${content.contentHash}; paid ${tokens(paid)}`,
        describeRound(session, voteEpoch),
      ],
      data: { claimId, questionId, ...content, voteEpoch, finalFrom: roundSchedule(voteEpoch).final, paid },
      next: [`verify-claim --claim ${claimId}`],
    };
  },
);
