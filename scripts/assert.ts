import { addContentOptions, type ContentOptions, readContent } from "./lib/content.ts";
import { eventIn } from "./lib/events.ts";
import { parseAmount, parseDomainId, parseOutcome } from "./lib/input.ts";
import { requireActive, requireDomain } from "./lib/lookup.ts";
import { addSaltOption, saltOf } from "./lib/salt.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, ContentOptions {
  readonly domain: number;
  readonly outcome: number;
  readonly bond?: string;
  readonly salt?: string;
}

/** A bond is at least this many times the fee of a first round. */
const MIN_BOND_FEES = 4n;

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
    const { contracts, sender, tokens } = session;
    const { claims } = contracts;
    const { domain: domainId, outcome } = options;
    const content = readContent(options);
    const { outcomes, seats, seatFee } = await requireDomain(session, domainId);
    if (BigInt(outcome) >= outcomes) fail(`domain ${domainId} has outcomes 0 to ${outcomes - 1n}, not ${outcome}`);
    await requireActive(session, domainId);
    const least = MIN_BOND_FEES * seats * seatFee;
    const bond = options.bond === undefined ? least : session.amount(options.bond);
    if (bond < least) fail(`the bond must be at least ${tokens(least)}, not ${tokens(bond)}`);
    const { contentHash, uri } = content;
    const assertion = [domainId, outcome, contentHash, uri, bond, saltOf(options)] as const;
    await session.allow(bond, () => claims.assertClaim.staticCall(...assertion));
    const receipt = await sender.send("assert", claims.assertClaim(...assertion));
    const { claimId, windowEnd } = eventIn(claims, receipt, claims.filters.Asserted);
    return {
      lines: [
        `claim ${claimId}: outcome ${outcome} about ${contentHash}, with a bond of ${tokens(bond)}`,
        `can be disputed to the end of epoch ${windowEnd} (it is epoch ${await contracts.consensus.currentEpoch()})`,
      ],
      data: { claimId, domainId, outcome, ...content, bond, windowEnd },
      next: [`verify-claim --claim ${claimId}`, `resolve --claim ${claimId}`],
    };
  },
);
