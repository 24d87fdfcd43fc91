import type { EventName } from "./codec.ts";
import type { Addresses } from "./contracts.ts";
import { ClientError } from "./errors/assay-error.ts";
import { isUnreachable, toAssayError } from "./errors/contract-error.ts";
import { type AnyEvent, type EventSelection, logQueries, parseEvent, type SelectedName } from "./events.ts";
import { LogPieces } from "./logs.ts";
import { type BlockRef, type BlockTag, type PlacedLog, readBlock, type ReadProvider } from "./node.ts";
import { sleep } from "./sleep.ts";

/** How far a watcher has come. Plain JSON: keep it, and go on from it after a restart. */
export interface Cursor {
  /** All events of earlier blocks have been handed over. */
  readonly block: number;
  /** Those of the block itself up to this position in it; null: all of them. */
  readonly logIndex: number | null;
  /** Blocks up to it and their hashes, oldest first, by which a reorganisation is noticed. */
  readonly recent: readonly BlockRef[];
}

/** What a watcher hands over. */
export type Watched<N extends EventName = EventName> =
  /** An event. */
  | { readonly type: "log"; readonly event: AnyEvent<N>; readonly cursor: Cursor }
  /**
   * The chain has replaced every block after `cursor.block`: undo what came of them. What still holds comes again.
   * `removed` are the events of them that this watcher has handed over, newest first; those of before a restart it does not know.
   */
  | { readonly type: "reorg"; readonly removed: readonly AnyEvent<N>[]; readonly cursor: Cursor }
  /** All events up to `cursor.block` have been handed over. */
  | { readonly type: "checkpoint"; readonly cursor: Cursor };

/** How to watch. */
export interface WatchOptions {
  /** First block, without a cursor; 0 unless told. */
  readonly fromBlock?: number;
  /** Where an earlier watcher of the same events was. */
  readonly cursor?: Cursor;
  /** Blocks to keep back, or the newest block to trust; none are kept back unless told, and reorganisations show. */
  readonly confirmations?: number | "safe" | "finalized";
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at a chain that has nothing new; 4,000 unless told. */
  readonly pollMs?: number;
  /** Milliseconds after which a request counts as failed; 30,000 unless told. */
  readonly timeoutMs?: number;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (error: unknown, delayMs: number) => void;
  /** Waits; may end early at the signal. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1; spreads the retries of many watchers. */
  readonly random?: () => number;
}

/** Blocks remembered to find where a reorganisation began. */
const REMEMBERED = 64;
/** First and longest wait after a failure, ms. */
const BACKOFF = { first: 500, longest: 60_000 };
/** Failures one after another that are no failures of the connection, after which a watcher gives up. */
const MAX_REFUSALS = 8;

/**
 * Events as they come, in chain order, each once, as long as the chain keeps them. Polls with `eth_getLogs` in ranges of blocks that
 * the provider accepts. While the node cannot be reached it waits, longer each time, and goes on where it was; what the chain
 * replaces it reports. Ends at the signal.
 * @throws AssayError, or what the provider throws, if the node refuses a request again and again
 */
export async function* watchEvents<const S extends readonly EventSelection[]>(
  provider: ReadProvider,
  addresses: Addresses,
  selections: S,
  options: WatchOptions = {},
): AsyncGenerator<Watched<SelectedName<S[number]>>, void> {
  const { signal, pollMs = 4_000, random = Math.random, onRetry } = options;
  const wait = options.sleep ?? sleep;
  const watcher = new Watcher(provider, addresses, selections, options);
  let failures = 0;
  while (!signal?.aborted) {
    let step: Step;
    try {
      step = await watcher.step();
      failures = 0;
    } catch (error) {
      if (signal?.aborted) return;
      failures++;
      if (!isUnreachable(error) && failures > MAX_REFUSALS) throw toAssayError(error);
      const longest = Math.min(BACKOFF.longest, BACKOFF.first * 2 ** (failures - 1));
      const delay = Math.round((longest * (1 + random())) / 2);
      onRetry?.(error, delay);
      await wait(delay, signal);
      continue;
    }
    for (const item of step.items) {
      yield item as Watched<SelectedName<S[number]>>;
      if (signal?.aborted) return;
    }
    if (step.caughtUp) await wait(pollMs, signal);
  }
}

interface Step {
  readonly items: readonly Watched[];
  /** Whether there is nothing to do before the chain has a new block. */
  readonly caughtUp: boolean;
}

const AGAIN: Step = { items: [], caughtUp: false };
const NOTHING: Step = { items: [], caughtUp: true };

class Watcher {
  readonly #provider: ReadProvider;
  readonly #inTime: <T>(request: Promise<T>) => Promise<T>;
  readonly #addresses: Addresses;
  readonly #confirmations: number | "safe" | "finalized";
  readonly #pieces: LogPieces;
  /** First block of all. */
  readonly #first: number;
  /** Blocks that have been read, oldest first: the ends of ranges, and those with events. */
  #read: BlockRef[];
  /** Next block to read, and how much of it has been handed over. */
  #next: number;
  #skipTo: number;
  /** Events handed over of the blocks that are remembered. */
  #delivered: AnyEvent[] = [];

  constructor(
    provider: ReadProvider,
    addresses: Addresses,
    selections: readonly EventSelection[],
    { fromBlock = 0, cursor, confirmations = 0, timeoutMs = 30_000, signal }: WatchOptions,
  ) {
    this.#provider = provider;
    this.#inTime = (request) => inTime(request, timeoutMs, signal);
    this.#addresses = addresses;
    this.#confirmations = confirmations;
    this.#pieces = new LogPieces(provider, logQueries(addresses, selections));
    this.#first = fromBlock;
    this.#read = [...(cursor?.recent ?? [])];
    const partly = cursor !== undefined && cursor.logIndex !== null;
    this.#next = cursor === undefined ? fromBlock : cursor.block + (partly ? 0 : 1);
    this.#skipTo = cursor?.logIndex ?? -1;
  }

  /** Looks at the chain once: undoes what it has replaced, or reads the next blocks. */
  async step(): Promise<Step> {
    const head = await this.#head();
    if (head === null) return NOTHING;
    const last = await this.#lastStanding(head);
    if (last === undefined) return NOTHING; // this node is behind another one that answered before
    if (last !== (this.#read.at(-1) ?? null)) return { items: [this.#undo(last)], caughtUp: false };
    if (this.#next > head.number) return NOTHING;

    const end = this.#pieces.end(this.#next, head.number);
    const before = end === head.number ? head : await this.#block(end);
    const piece = await this.#inTime(this.#pieces.read(this.#next, head.number));
    if (before === null || piece.end !== end) return AGAIN;
    // The same block at the end before and after, and the last one read still there: no block in between was replaced meanwhile.
    const [after, standing] = await Promise.all([this.#block(end), last === null ? null : this.#block(last.number)]);
    if (after?.hash !== before.hash || standing?.hash !== last?.hash) return AGAIN;
    return { items: this.#handOver(piece.logs, before), caughtUp: end === head.number };
  }

  /** Newest block that may be read; null while there is none. */
  async #head(): Promise<BlockRef | null> {
    if (typeof this.#confirmations === "string") return this.#block(this.#confirmations);
    const latest = await this.#block("latest");
    if (latest === null || this.#confirmations === 0) return latest;
    return latest.number < this.#confirmations ? null : this.#block(latest.number - this.#confirmations);
  }

  /** The newest block that was read and that the chain still has: null if there is none, undefined if the node does not know. */
  async #lastStanding(head: BlockRef): Promise<BlockRef | null | undefined> {
    const known = this.#read.filter(({ number }) => number <= head.number);
    for (const read of known.toReversed()) {
      const now = read.number === head.number ? head : await this.#block(read.number);
      if (now === null) return undefined;
      if (now.hash !== read.hash) continue;
      // Nothing speaks against blocks beyond the head of a node that is behind, unless one before them has gone.
      return read === known.at(-1) && known.length < this.#read.length ? undefined : read;
    }
    return known.length === 0 && this.#read.length > 0 ? undefined : null;
  }

  /** Goes back to a block; null: to the beginning. */
  #undo(last: BlockRef | null): Watched {
    const block = last?.number ?? this.#first - 1;
    const removed = this.#delivered.filter(({ blockNumber }) => blockNumber > block).reverse();
    this.#delivered = this.#delivered.filter(({ blockNumber }) => blockNumber <= block);
    this.#read = this.#read.filter(({ number }) => number <= block);
    this.#next = block + 1;
    this.#skipTo = -1;
    return { type: "reorg", removed, cursor: this.#cursor(block, null) };
  }

  #handOver(logs: readonly PlacedLog[], end: BlockRef): Watched[] {
    const items: Watched[] = [];
    for (const log of logs) {
      if (log.blockNumber === this.#next && log.index <= this.#skipTo) continue;
      const event = parseEvent(this.#addresses, log);
      if (event === null) continue;
      this.#remember({ number: event.blockNumber, hash: event.blockHash });
      this.#delivered.push(event);
      items.push({ type: "log", event, cursor: this.#cursor(event.blockNumber, event.logIndex) });
    }
    this.#remember(end);
    this.#next = end.number + 1;
    this.#skipTo = -1;
    items.push({ type: "checkpoint", cursor: this.#cursor(end.number, null) });
    return items;
  }

  #remember(block: BlockRef): void {
    if (this.#read.at(-1)?.number === block.number) return;
    this.#read = [...this.#read, block].slice(-REMEMBERED);
    const oldest = this.#read[0]?.number ?? 0;
    if (this.#read.length === REMEMBERED) {
      this.#delivered = this.#delivered.filter(({ blockNumber }) => blockNumber >= oldest);
    }
  }

  #cursor(block: number, logIndex: number | null): Cursor {
    return { block, logIndex, recent: this.#read };
  }

  #block(tag: BlockTag): Promise<BlockRef | null> {
    return this.#inTime(readBlock(this.#provider, tag));
  }
}

/** Gives a request up after a while, or at the signal. */
async function inTime<T>(request: Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
  const ended = new AbortController();
  const given = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])]);
  const late = sleep(timeoutMs, given).then(() => {
    throw new ClientError("NODE_UNREACHABLE", `the node has not answered for ${timeoutMs} ms`, { retryable: true });
  });
  try {
    return await Promise.race([request, late]);
  } finally {
    late.catch(() => undefined);
    ended.abort();
  }
}
