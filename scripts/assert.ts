import type { Hex } from "@assay/protocol";
import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { parseAmount, parseDomainId, parseOutcome } from "./lib/input.ts";
import { requireActive, requireDomain } from "./lib/lookup.ts";
import { addSaltOption } from "./lib/salt.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly domain: number;
  readonly outcome: number;
  readonly bond?: string;
  readonly salt?: Hex;
}

await runScript<Options>(
  {
    name: "assert",
    summary: "Asserts an outcome with a bond; it stands unless somebody disputes it within the domain's window",
    example: `--network sepolia --domain 1 --outcome 1 --text '{"language":"deu","text":"Alle Menschen sind frei"}'`,
    configure: (program) =>
      addSaltOption(addContentOptions(program))
        .requiredOption("--domain <n>", "domain", parseDomainId)
        .requiredOption("--outcome <n>", "outcome that is asserted", parseOutcome)
        .option(
          "--bond <tokens>",
          "lost if a committee says otherwise (default: the least, four times its fees)",
          parseAmount,
        ),
  },
  async (session, options) => {
    const { assay, pay, tokens } = session;
    const { domain: domainId, outcome, salt } = options;
    const content = readContent(options);
    const { outcomes } = await requireDomain(session, domainId);
    if (outcome >= outcomes) fail(`domain ${domainId} has outcomes 0 to ${outcomes - 1}, not ${outcome}`);
    await requireActive(session, domainId);
    const least = await assay.claims.minBond(domainId);
    const bond = options.bond === undefined ? least : session.amount(options.bond);
    if (bond < least) fail(`the bond must be at least ${tokens(least)}, not ${tokens(bond)}`);
    const assertion = { domainId, outcome, ...content, bond, salt };
    const { claimId, windowEnd } = await pay("assert", assay.claims.assert, assertion);
    return {
      lines: [
        `claim ${claimId}: outcome ${outcome} about ${content.contentHash}, with a bond of ${tokens(bond)}`,
        `can be disputed to the end of epoch ${windowEnd} (it is epoch ${await assay.beats.epoch()})`,
      ],
      data: { claimId, domainId, outcome, ...content, bond, windowEnd },
      next: [`verify-claim --claim ${claimId}`, `resolve --claim ${claimId}`],
    };
  },
);
