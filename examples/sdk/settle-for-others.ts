/** Settles what is final of every agent's ballots, for a share of what the wrong ones lose: `node examples/sdk/settle-for-others.ts` */
import { isContractError } from "@assay/sdk";
import { withAssay } from "./open.ts";

await withAssay(async (assay, account) => {
  const enrolled = await assay.events(["consensus.Enrolled"]);
  let settled = 0;
  for (const agentId of new Set(enrolled.map(({ args }) => args.agentId))) {
    for (const due of await assay.beats.unsettled(agentId)) {
      try {
        await (await assay.beats.settle({ agentId, ...due })).wait();
        settled++;
      } catch (error) {
        // Not final yet, or somebody else was quicker.
        if (!isContractError(error, "NOTHING_FINAL") && !isContractError(error, "RECEIPTS_MISMATCH")) throw error;
      }
    }
  }
  const credit = await assay.stake.credit(account);
  console.log(`settled ${settled} ballots; ${credit} wei to collect`);
  if (credit > 0n) await (await assay.stake.collect({ account })).wait();
});
