/** Disputes an assertion, and says why where that is refused: `node examples/sdk/dispute.ts CLAIM_ID` */
import { isContractError } from "@assay/sdk";
import type { Hex } from "@assay/sdk/protocol";
import { withAssay } from "./open.ts";

const [claimId = ""] = process.argv.slice(2);

await withAssay(async (assay) => {
  const found = await assay.claims.findAssertion(claimId as Hex);
  if (found === null) throw new Error(`there is no assertion ${claimId}`);
  try {
    await (await assay.claims.dispute.approve(found))?.wait();
    const { result } = await (await assay.claims.dispute(found)).wait();
    if (result.abandoned) console.log("the domain has too little stake: the assertion ends unresolved, at no cost");
    else console.log(`question ${result.questionId} is voted in epoch ${result.voteEpoch}`);
  } catch (error) {
    if (!isContractError(error, "WINDOW_CLOSED")) throw error;
    console.log(`too late: the window closed with epoch ${error.args.windowEnd}, it is epoch ${error.args.epoch}`);
  }
});
