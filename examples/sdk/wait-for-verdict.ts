/** Waits until a claim is final, and tells of each further round: `node examples/sdk/wait-for-verdict.ts CLAIM_ID` */
import type { Hex } from "@assay/sdk/protocol";
import { withAssay } from "./open.ts";

const [claimId = ""] = process.argv.slice(2);

await withAssay(async (assay) => {
  const questionId = await assay.claims.questionOf(claimId as Hex);
  if (questionId === null) throw new Error(`no committee decides claim ${claimId}`);
  // A verdict becomes final as time passes, without an event: look at it after every few blocks.
  for await (const item of assay.watch([{ name: "consensus.RoundStarted", args: { questionId } }], { pollMs: 500 })) {
    if (item.type === "log")
      console.log(`round ${item.event.args.round} is voted in epoch ${item.event.args.voteEpoch}`);
    if (item.type === "reorg") console.log(`the chain has replaced the blocks after ${item.cursor.block}`);
    if (item.type !== "checkpoint") continue;
    const { verdict, atRisk } = await assay.readMany({
      verdict: assay.claims.verdict.request(claimId as Hex),
      atRisk: assay.claims.stakeAtRisk.request(claimId as Hex),
    });
    if (!verdict.final) continue;
    console.log(`${verdict.status}: outcome ${verdict.outcome}, ${atRisk} wei at risk`);
    return;
  }
});
