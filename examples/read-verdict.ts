/** Runs either example: `node examples/read-verdict.ts viem http://127.0.0.1:8545 0xCLAIMS 0xCLAIM_ID` */
import { isError, JsonRpcProvider } from "ethers";
import {
  BaseError,
  ContractFunctionZeroDataError,
  createPublicClient,
  http,
  HttpRequestError,
  isAddress,
  isHex,
  size,
} from "viem";

import { readVerdict as readByEthers } from "./read-verdict-ethers.ts";
import { readVerdict as readByViem } from "./read-verdict-viem.ts";
import { type VerdictReading } from "./verdict.ts";

const USAGE = "usage: node examples/read-verdict.ts ethers|viem RPC_URL CLAIMS_ADDRESS CLAIM_ID";

async function read(args: string[]): Promise<VerdictReading> {
  const [library, url, claims, claimId] = args;
  if (args.length !== 4 || url === undefined || claims === undefined || claimId === undefined) throw new Error(USAGE);
  if (!URL.canParse(url)) throw new Error(`not a URL: ${url}`);
  if (!isAddress(claims)) throw new Error(`not an address: ${claims}`);
  if (!isHex(claimId) || size(claimId) !== 32) throw new Error(`not a claim id (32 bytes of hex): ${claimId}`);
  switch (library) {
    case "viem":
      return await readByViem(createPublicClient({ transport: http(url) }), claims, claimId);
    case "ethers": {
      // A call needs no chain id, and with a fixed one ethers does not wait for a node that is not there.
      const provider = new JsonRpcProvider(url, 1, { staticNetwork: true });
      try {
        return await readByEthers(provider, claims, claimId);
      } finally {
        provider.destroy();
      }
    }
    default:
      throw new Error(USAGE);
  }
}

/** One line for what either library throws. */
function describe(error: unknown, [, url, claims]: string[]): string {
  const viemError = error instanceof BaseError ? error : null;
  if (isError(error, "BAD_DATA") || viemError?.walk((cause) => cause instanceof ContractFunctionZeroDataError)) {
    return `no Claims contract at ${claims}`;
  }
  const refused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  if (refused || viemError?.walk((cause) => cause instanceof HttpRequestError)) return `no node answers at ${url}`;
  return viemError?.shortMessage ?? (error instanceof Error ? error.message : String(error));
}

const args = process.argv.slice(2);
try {
  const { stakeAtRisk, ...reading } = await read(args);
  console.log(JSON.stringify({ ...reading, stakeAtRisk: stakeAtRisk.toString() }));
} catch (error) {
  console.error(describe(error, args));
  process.exitCode = 1;
}
