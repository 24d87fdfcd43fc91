import { type Log, type Provider, toQuantity } from "ethers";
import type { LogQuery } from "./events.ts";
import type { Address, Hex } from "./protocol.ts";

/**
 * What a node says now. An ethers provider answers the same question within a quarter of a second from memory: who reads what a
 * transaction has just changed, or looks for a reorganisation, must not be answered so. `send` always asks.
 */

/** What ethers' providers of nodes have, and others do not. */
type JsonRpc = Provider & { send(method: string, params: readonly unknown[]): Promise<unknown> };

/** A block, by its number or a tag. */
export type BlockTag = number | "latest" | "safe" | "finalized";

/** A block. */
export interface BlockRef {
  readonly number: number;
  readonly hash: Hex;
}

/** What of a log says what it is of, and where it is. */
export type PlacedLog = Pick<
  Log,
  "address" | "topics" | "data" | "blockNumber" | "blockHash" | "transactionHash" | "index"
>;

/** What reading needs of a provider. */
export type ReadProvider = Pick<Provider, "getBlock" | "getLogs">;

function isJsonRpc(provider: object): provider is JsonRpc {
  return "send" in provider && typeof provider.send === "function";
}

function toTag(tag: BlockTag): string {
  return typeof tag === "number" ? toQuantity(tag) : tag;
}

/** A block; null if the node does not have it. */
export async function readBlock(
  provider: Pick<Provider, "getBlock">,
  tag: BlockTag,
): Promise<(BlockRef & { readonly timestamp: number }) | null> {
  const block = isJsonRpc(provider)
    ? ((await provider.send("eth_getBlockByNumber", [toTag(tag), false])) as Record<string, string> | null)
    : await provider.getBlock(tag);
  if (block === null || !block.hash) return null;
  return { number: Number(block.number), hash: block.hash as Hex, timestamp: Number(block.timestamp) };
}

/** Number of the latest block. */
export async function readBlockNumber(provider: Provider): Promise<number> {
  return isJsonRpc(provider) ? Number(await provider.send("eth_blockNumber", [])) : provider.getBlockNumber();
}

/** What a call returns. @throws as the provider does if it is refused */
export async function readCall(
  provider: Provider,
  { to, data }: { readonly to: string; readonly data: Hex },
  tag: BlockTag,
): Promise<Hex> {
  const returned = isJsonRpc(provider)
    ? await provider.send("eth_call", [{ to, data }, toTag(tag)])
    : await provider.call({ to, data, blockTag: tag });
  return returned as Hex;
}

/** Logs in a range of blocks. */
export async function readLogs(
  provider: Pick<Provider, "getLogs">,
  query: LogQuery,
  fromBlock: number,
  toBlock: number,
): Promise<readonly PlacedLog[]> {
  if (!isJsonRpc(provider)) return provider.getLogs({ ...query, fromBlock, toBlock });
  const range = { fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) };
  const logs = (await provider.send("eth_getLogs", [{ ...query, ...range }])) as RawLog[];
  return logs.map(({ address, topics, data, blockNumber, blockHash, transactionHash, logIndex }) => {
    const place = { blockHash, transactionHash, blockNumber: Number(blockNumber), index: Number(logIndex) };
    return { address, topics, data, ...place };
  });
}

interface RawLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: Hex;
}
