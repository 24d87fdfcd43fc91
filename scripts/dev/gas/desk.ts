import type { Agent } from "@assay/agent";
import { STATEMENT_TYPES } from "@assay/protocol";
import { createChain, createPopulation, gasOf } from "./population.ts";
import type { GasFigures } from "./types.ts";

/** Assertion and challenge, each the second of its kind, by an account that has used the vault before. */
export async function measureDesk(artifacts: string): Promise<Partial<GasFigures>> {
  const population = await createPopulation(await createChain(), artifacts);
  await population.addAgents(3, () => () => 1);
  await population.nextEpoch();
  await population.nextEpoch();
  const { connection, contracts, wallets, agents, deployer } = population;
  const { claims, vault, token } = contracts;
  const { ethers } = connection;
  await token.faucet();
  const bond = 36n * 10n ** 18n;
  const author = agents[0] as Agent;
  const owner = wallets[0] as (typeof wallets)[number];
  const signer = new ethers.Wallet(ethers.id("signer"));
  await vault.connect(owner).pledge(author.agentId, 1_000n * 10n ** 18n);
  await claims.connect(owner).addSigner(author.agentId, signer.address);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: "Assay", version: "1", chainId, verifyingContract: await claims.getAddress() };
  const figures: Partial<GasFigures> = {};
  for (let i = 0; i < 3; i++) {
    const content = ethers.id(`content ${i}`);
    figures.assertClaim = Number(await gasOf(claims.assertClaim(1, 1, content, "", bond, ethers.ZeroHash)));
    const statement = {
      agentId: author.agentId,
      domainId: 1,
      outcome: 1,
      contentHash: content,
      bond,
      expiry: 4_000_000_000,
      nonce: i,
    };
    const types = { Statement: [...STATEMENT_TYPES.Statement] };
    const signature = await signer.signTypedData(domain, types, statement);
    figures.challenge = Number(await gasOf(claims.connect(deployer).challenge(statement, signature, "")));
  }
  return figures;
}
