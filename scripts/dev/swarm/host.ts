/** Many agents in one process, which prints in the end what it used up. Each has a wallet and a journal on disk, as in earnest. */
import {
  constantVerifier,
  FailoverProvider,
  inlineOnly,
  openJournal,
  Runtime,
  runTogether,
  SharedChain,
} from "@assay/agent";
import { createClient } from "@assay/sdk";
import { Wallet } from "ethers";
import type { Errand, Usage } from "./errand.ts";

const ANSWER = 1;

const { url, chainId, addresses, domainId, agents, epochs } = JSON.parse(process.argv[2] ?? "") as Errand;
const provider = new FailoverProvider([url], BigInt(chainId));
const assay = createClient({ addresses, runner: provider });
const chain = new SharedChain(assay, provider);
const journals = agents.map(({ agentId, journal }) =>
  openJournal(journal, { chainId: BigInt(chainId), consensus: addresses.consensus, agentId: BigInt(agentId) }),
);
const runtimes = agents.map(({ agentId, key }, i) => {
  const journal = journals[i] as (typeof journals)[number];
  return new Runtime({
    ...{ agentId: BigInt(agentId), assay, chain, journal, transactions: journal.transactions, epochs },
    ...{ domains: [domainId], wallet: new Wallet(key, provider), warnings: { secrets: 1 } },
    verification: {
      ...{ verifiers: new Map([[domainId, constantVerifier(ANSWER)]]), contentOf: inlineOnly },
      ...{ minConfidence: 0.5, concurrency: 4 },
    },
    policy: { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false },
    report: ({ level, event, message }) => {
      if (event !== "open-ballot" && (level === "warn" || level === "error"))
        console.error(`agent ${agentId}: ${message}`);
    },
  });
});
const since = performance.now();
await runTogether(runtimes, new AbortController().signal);
const { user, system } = process.cpuUsage();
const sum = (of: (counts: Runtime["status"]["counts"]) => number) =>
  runtimes.reduce((total, { status }) => total + of(status.counts), 0);
const usage: Usage = {
  rss: process.resourceUsage().maxRSS * 1024,
  cpuSeconds: (user + system) / 1e6,
  seconds: (performance.now() - since) / 1000,
  failures: sum(({ failures }) => failures),
  rolls: sum(({ rolls }) => rolls),
};
for (const journal of journals) journal.close();
provider.destroy();
console.log(JSON.stringify(usage));
