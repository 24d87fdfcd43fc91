import { BaseContract, type Provider } from "ethers";

import { CLAIMS_ABI, toReading, type VerdictReading } from "./verdict.ts";

interface Claims {
  verdict(
    claimId: string,
    overrides: { blockTag: number },
  ): Promise<{ status: bigint; outcome: bigint; supportBps: bigint; rounds: bigint }>;
  stakeAtRisk(claimId: string, overrides: { blockTag: number }): Promise<bigint>;
}

/**
 * Reads a claim's verdict with ethers, all of it as of one block.
 *
 * @param claims address of the `Claims` contract
 * @param claimId 32 bytes, as hex
 * @throws ethers' errors: `INVALID_ARGUMENT` for a malformed id, `BAD_DATA` where there is no such contract
 * @example
 * const provider = new JsonRpcProvider("http://127.0.0.1:8545");
 * const { status, outcome } = await readVerdict(provider, claims, claimId);
 */
export async function readVerdict(provider: Provider, claims: string, claimId: string): Promise<VerdictReading> {
  const contract = BaseContract.from<Claims>(claims, CLAIMS_ABI, provider);
  const block = { blockTag: await provider.getBlockNumber() };
  const [verdict, stakeAtRisk] = await Promise.all([
    contract.verdict(claimId, block),
    contract.stakeAtRisk(claimId, block),
  ]);
  return toReading(verdict, stakeAtRisk);
}
