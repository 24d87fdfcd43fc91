import type { Hex } from "@assay/protocol";
import { parseClaimId } from "./lib/input.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: Hex;
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
    const { account, assay, sender, tokens } = session;
    const asserted = await assay.claims.findAssertion(claim);
    const challenged = asserted === null ? await assay.claims.findChallenge(claim) : null;
    if (asserted === null && challenged === null) {
      fail(`there is no assertion or challenge ${claim} on this deployment (asked questions need no resolving)`);
    }
    const { stood, upheld } =
      challenged === null
        ? await sender.send("resolve", assay.claims.resolve(asserted as NonNullable<typeof asserted>))
        : { ...(await sender.send("resolve", assay.claims.resolveChallenge(challenged))), stood: false };
    const credit = await assay.stake.credit(account.address);
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
