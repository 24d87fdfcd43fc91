/** Reads a domain, an agent's stake and its trust, all as of one block: `node examples/sdk/read-many.ts AGENT_ID DOMAIN_ID` */
import { optional } from "@assay/sdk";
import { withAssay } from "./open.ts";

const [agentId = "0", domainId = "1"] = process.argv.slice(2);

await withAssay(async (assay) => {
  const { owner, stake, domain, trust } = await assay.readMany({
    owner: optional(assay.agents.owner.request(BigInt(agentId))),
    stake: assay.stake.account.request(BigInt(agentId)),
    domain: assay.domains.get.request(Number(domainId)),
    trust: assay.agents.trust.request(BigInt(agentId), Number(domainId)),
  });
  if (owner === null) return console.log(`there is no agent ${agentId}`);
  console.log(`agent ${agentId} of ${owner}: ${stake.free} wei of stake free, weight ${trust.weight / 256}`);
  console.log(`domain ${domainId}: ${domain.seats} seats at ${domain.seatFee} wei`);
});
