import type { Provider } from "ethers";
import {
  type AnyEvent,
  type EventSelection,
  type LogQuery,
  logQueries,
  parseEvent,
  type SelectedName,
} from "./events.ts";
import type { Addresses } from "./contracts.ts";
import { isUnreachable } from "./errors/contract-error.ts";
import { type PlacedLog, readBlock, readBlockNumber, readLogs } from "./node.ts";

/** Blocks asked for at once; fewer where a provider refuses. */
const LARGEST_PIECE = 10_000;

/** Asks for logs in pieces that the provider accepts, and remembers how large they may be. */
export class LogPieces {
  readonly #provider: Pick<Provider, "getLogs">;
  readonly #queries: readonly LogQuery[];
  #size = LARGEST_PIECE;
  #largest = LARGEST_PIECE;

  constructor(provider: Pick<Provider, "getLogs">, queries: readonly LogQuery[]) {
    this.#provider = provider;
    this.#queries = queries;
  }

  /** Last block of the piece that begins with a block, as far as is known. */
  end(from: number, to: number): number {
    return Math.min(to, from + this.#size - 1);
  }

  /**
   * Logs from a block on, in chain order.
   * @param to last block wanted
   * @returns the last block that was asked for, and its logs and those before it
   * @throws what the provider throws where it refuses a single block, or cannot be reached
   */
  async read(from: number, to: number): Promise<{ readonly end: number; readonly logs: PlacedLog[] }> {
    for (;;) {
      const end = this.end(from, to);
      try {
        const found = await Promise.all(this.#queries.map((query) => readLogs(this.#provider, query, from, end)));
        this.#size = Math.min(this.#largest, this.#size * 2);
        return { end, logs: inOrder(found.flat()) };
      } catch (error) {
        if (isUnreachable(error) || end === from) throw error;
        this.#largest = Math.max(1, Math.floor((end - from + 1) / 2));
        this.#size = Math.max(1, Math.floor(this.#largest / 2));
      }
    }
  }
}

/** Each log once, in chain order. */
function inOrder(logs: readonly PlacedLog[]): PlacedLog[] {
  const unique = new Map(logs.map((log) => [`${log.blockHash}/${log.index}`, log]));
  return [...unique.values()].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
}

/** Events of a deployment in a range of blocks, in chain order, asked for in pieces that public providers accept. */
export async function readEvents<const S extends readonly EventSelection[]>(
  provider: Pick<Provider, "getLogs">,
  addresses: Addresses,
  selections: S,
  { fromBlock, toBlock }: { readonly fromBlock: number; readonly toBlock: number },
): Promise<AnyEvent<SelectedName<S[number]>>[]> {
  const pieces = new LogPieces(provider, logQueries(addresses, selections));
  const events: AnyEvent[] = [];
  for (let from = fromBlock; from <= toBlock;) {
    const { end, logs } = await pieces.read(from, toBlock);
    events.push(...logs.flatMap((log) => parseEvent(addresses, log) ?? []));
    from = end + 1;
  }
  return events as AnyEvent<SelectedName<S[number]>>[];
}

/** First block from `from` on whose time is at least `timestamp` (unix seconds); the latest block if there is none. */
export async function blockAt(provider: Provider, timestamp: number, from: number): Promise<number> {
  let low = from;
  let high = await readBlockNumber(provider);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await readBlock(provider, middle);
    if (block !== null && block.timestamp < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}
