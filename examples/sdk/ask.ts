/** Asks a committee: `node examples/sdk/ask.ts DOMAIN_ID TEXT` */
import { contentOf } from "@assay/sdk";
import { epochStart, roundSchedule } from "@assay/sdk/protocol";
import { withAssay } from "./open.ts";

const [domainId = "1", text = "water is wet"] = process.argv.slice(2);

await withAssay(async (assay) => {
  const question = { domainId: Number(domainId), ...contentOf(text), budgetRounds: 1 };
  console.log(`costs ${await assay.questions.ask.cost(question)} wei`);
  await (await assay.questions.ask.approve(question))?.wait();
  const { result } = await (await assay.questions.ask(question)).wait();
  const { final } = roundSchedule(result.voteEpoch);
  const finalAt = new Date(1000 * epochStart(await assay.terms(), final));
  console.log(`claim ${result.claimId}`);
  console.log(`final from epoch ${final}, ${finalAt.toISOString()}, unless it is appealed`);
});
