import { parseAbi, type Address, type Hex, type PublicClient } from "viem";

import { CLAIMS_ABI, toReading, type VerdictReading } from "./verdict.ts";

const abi = parseAbi(CLAIMS_ABI);

/**
 * Reads a claim's verdict with viem, all of it as of one block. Runs in browsers.
 *
 * @param address of the `Claims` contract
 * @param claimId 32 bytes
 * @throws viem's errors: `ContractFunctionExecutionError` for a malformed id or where there is no such contract
 * @example
 * const client = createPublicClient({ transport: http("http://127.0.0.1:8545") });
 * const { status, outcome } = await readVerdict(client, claims, claimId);
 */
export async function readVerdict(
  client: Pick<PublicClient, "getBlockNumber" | "readContract">,
  address: Address,
  claimId: Hex,
): Promise<VerdictReading> {
  const blockNumber = await client.getBlockNumber({ cacheTime: 0 }); // viem would give one that is seconds old
  const contract = { address, abi, args: [claimId], blockNumber } as const;
  const [verdict, stakeAtRisk] = await Promise.all([
    client.readContract({ ...contract, functionName: "verdict" }),
    client.readContract({ ...contract, functionName: "stakeAtRisk" }),
  ]);
  return toReading(verdict, stakeAtRisk);
}
