import { JsonRpcApiProvider, type Provider } from "ethers";

/**
 * Unix seconds of the block that a node would make now; null where it does not tell.
 * @param provider asked by hand where that goes: ethers takes no block without a number, as Hardhat's is
 */
export async function pendingTime(provider: Provider): Promise<number | null> {
  try {
    const block = (
      provider instanceof JsonRpcApiProvider
        ? await provider.send("eth_getBlockByNumber", ["pending", false])
        : await provider.getBlock("pending")
    ) as { readonly timestamp: string | number } | null;
    return block === null ? null : Number(block.timestamp);
  } catch {
    return null;
  }
}
