/** Takes a signed statement to a committee: `node examples/sdk/challenge.ts statement.json` */
import { parseSignedStatement } from "@assay/sdk";
import { readFileSync } from "node:fs";
import { withAssay } from "./open.ts";

const [file = "statement.json"] = process.argv.slice(2);

await withAssay(async (assay) => {
  const signed = parseSignedStatement(readFileSync(file, "utf8"), file);
  await (await assay.claims.challenge.approve(signed))?.wait();
  const { result } = await (await assay.claims.challenge(signed)).wait();
  console.log(`claim ${result.claimId}`);
  console.log(`${result.locked} wei of the author's pledge are locked`);
});
