import { eventIn } from "./lib/events.ts";
import { parseClaimId } from "./lib/input.ts";
import { findAssertion, findChallenge } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: string;
}

await runScript<Options>(
  {
    name: "resolve",
    summary: "Ends an assertion or a challenge whose time has come, and credits the bonds",
    example: "--network sepolia --claim 0x8d…",
    configure: (program) =>
      program.requiredOption("--claim <id>", "claim id of an assertion or challenge", parseClaimId),
  },
  async (session, { claim }) => {
    const { account, contracts, sender, tokens } = session;
    const { claims, vault } = contracts;
    const asserted = await findAssertion(session, claim);
    const challenged = asserted === null ? await findChallenge(session, claim) : null;
    if (asserted === null && challenged === null) {
      fail(`there is no assertion or challenge ${claim} on this deployment (asked questions need no resolving)`);
    }
    const sent =
      challenged === null
        ? claims.resolve((asserted as NonNullable<typeof asserted>).assertion)
        : claims.resolveChallenge(challenged.statement, challenged.attempt);
    const receipt = await sender.send("resolve", sent);
    const stood = Number((await claims.claim(claim)).status) === 2;
    const upheld = stood || eventIn(claims, receipt, claims.filters.ClaimClosed).upheld;
    const credit = await vault.creditOf(account.address);
    const author = asserted === null ? "the statement's author" : "the asserter";
    return {
      lines: [
        stood
          ? `claim ${claim} stands: nobody disputed it`
          : `claim ${claim} is closed; ${author} was ${upheld ? "right" : "not upheld"}`,
        `${account.address} has ${tokens(credit)} to collect`,
      ],
      data: { claimId: claim, stood, upheld, credit },
      next: credit > 0n ? ["withdraw --credits"] : [],
    };
  },
);
