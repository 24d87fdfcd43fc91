/** Asserts an outcome with the least bond: `node examples/sdk/assert.ts DOMAIN_ID OUTCOME TEXT` */
import { contentOf } from "@assay/sdk";
import { withAssay } from "./open.ts";

const [domainId = "1", outcome = "1", text = "water is wet"] = process.argv.slice(2);

await withAssay(async (assay) => {
  const assertion = { domainId: Number(domainId), outcome: Number(outcome), ...contentOf(text) };
  await (await assay.claims.assert.approve(assertion))?.wait();
  const { result } = await (await assay.claims.assert(assertion)).wait();
  console.log(`claim ${result.claimId}`);
  console.log(`stands unless somebody disputes it by the end of epoch ${result.windowEnd}`);
});
