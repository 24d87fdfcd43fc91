/** Registers an agent, stakes with a permit, and joins a domain: `node examples/sdk/become-an-agent.ts DOMAIN_ID STAKE_IN_WEI` */
import { createSecretChain, type Hex } from "@assay/sdk/protocol";
import { hexlify, randomBytes } from "ethers";
import { writeFileSync } from "node:fs";
import { withAssay } from "./open.ts";

const [domain = "1", stake = String(2_000n * 10n ** 18n)] = process.argv.slice(2);
const domainId = Number(domain);
const amount = BigInt(stake);

await withAssay(async (assay, account) => {
  // Test tokens have a faucet, which gives once a day.
  if ((await assay.token.balance(account)) < amount) await (await assay.token.faucet()).wait();

  const { result } = await (await assay.agents.register({ uri: "https://example.org/agent.json" })).wait();
  const { agentId } = result;
  await (await assay.stake.depositWithPermit({ agentId, amount })).wait();

  // Whoever has the secrets can vote for the agent; whoever loses them loses ballots. Kept before the anchor is sent.
  const chain = createSecretChain({ seed: hexlify(randomBytes(32)) as Hex, length: 10_000 });
  writeFileSync(`agent-${agentId}.chain.json`, JSON.stringify(chain.serialize()), { mode: 0o600 });
  const { allocation } = await assay.domains.join({ agentId, domainId, amount, anchor: chain.anchor });
  console.log(`agent ${agentId} stands in domain ${domainId} from epoch ${allocation.result.fromEpoch}`);
});
