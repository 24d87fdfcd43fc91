import type { BaseContract, DeferredTopicFilter, EventLog, Log, Provider } from "ethers";
import type { TypedContractEvent, TypedDeferredTopicFilter, TypedEventLog } from "../../../typechain/common.js";

/** Blocks asked for at once; halved while a provider refuses. */
const CHUNK = 10_000;
/** A provider that refuses this many blocks has another reason. */
const SMALLEST_CHUNK = 10;

/**
 * Events of a contract in a range of blocks, in chain order, asked for in pieces that public providers accept.
 * @param from first block
 * @param to last block
 */
export async function readEvents<Event extends TypedContractEvent>(
  contract: BaseContract,
  filter: TypedDeferredTopicFilter<Event>,
  from: number,
  to: number,
): Promise<TypedEventLog<Event>[]> {
  const found: (EventLog | Log)[] = [];
  let size = CHUNK;
  for (let start = from; start <= to;) {
    const end = Math.min(to, start + size - 1);
    try {
      found.push(...(await contract.queryFilter(filter as DeferredTopicFilter, start, end)));
      start = end + 1;
    } catch (error) {
      if (size <= SMALLEST_CHUNK || end === start) throw error;
      size = Math.max(SMALLEST_CHUNK, Math.floor(size / 4));
    }
  }
  return found as unknown as TypedEventLog<Event>[];
}

/** First block from `from` on whose time is at least `timestamp` (unix seconds); the latest block if there is none. */
export async function blockAt(provider: Provider, timestamp: number, from: number): Promise<number> {
  let low = from;
  let high = await provider.getBlockNumber();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await provider.getBlock(middle);
    if (block !== null && block.timestamp < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}
