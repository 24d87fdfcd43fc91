/**
 * Signs a statement of one's own agent, for no gas, and prints it as JSON, with which anyone can challenge it:
 * `node examples/sdk/sign-statement.ts AGENT_ID DOMAIN_ID OUTCOME TEXT > statement.json`
 */
import { contentOf, formatSignedStatement } from "@assay/sdk";
import { hexlify, randomBytes } from "ethers";
import { withAssay } from "./open.ts";

const [agent = "0", domain = "1", outcome = "1", text = "water is wet"] = process.argv.slice(2);
const agentId = BigInt(agent);
const domainId = Number(domain);

await withAssay(async (assay, account) => {
  const bond = await assay.claims.minBond(domainId);
  const { pledged } = await assay.stake.account(agentId);
  if (pledged < bond) await (await assay.stake.pledge({ agentId, amount: bond - pledged })).wait();
  if ((await assay.claims.answerableUntil(agentId, account)) === null) {
    await (await assay.claims.addSigner({ agentId, signer: account })).wait();
  }
  const { contentHash, uri } = contentOf(text);
  const block = await assay.runner.provider?.getBlock("latest");
  const statement = {
    ...{ agentId, domainId, outcome: Number(outcome), contentHash, bond },
    expiry: BigInt(block?.timestamp ?? 0) + 600n,
    nonce: BigInt(hexlify(randomBytes(16))),
  };
  console.log(formatSignedStatement(await assay.claims.signStatement(statement, uri)));
});
