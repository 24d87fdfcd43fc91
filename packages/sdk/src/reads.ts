import { Interface, type Provider } from "ethers";
import { type ContractKey, decodeOutput, encodeCall, type Inputs, type Output, type ViewName } from "./codec.ts";
import { ClientError } from "./errors/assay-error.ts";
import { isRefusal, toAssayError } from "./errors/contract-error.ts";
import type { Addresses } from "./contracts.ts";
import { type BlockTag, readBlock, readBlockNumber, readCall } from "./node.ts";
import type { Hex } from "./protocol.ts";

/** A call that changes nothing. */
interface ViewCall {
  readonly contract: ContractKey;
  readonly data: Hex;
}

/** What a call returned, or why it was refused. */
type CallResult =
  { readonly success: true; readonly data: string } | { readonly success: false; readonly error: unknown };

/** Something to read from the contracts, not read yet: what {@link ReadMany} takes. */
export interface Read<T> {
  readonly calls: readonly ViewCall[];
  /** @param results one for each call */
  readonly decode: (results: readonly CallResult[]) => T;
}

/** A read by itself, and as a part of a batch. */
export interface ReadAction<Args extends readonly unknown[], T> {
  /** Reads it as of the latest block. */
  (...args: Args): Promise<T>;
  /** The same, to be read together with others by `readMany`, or as of another block by `read`. */
  request(...args: Args): Read<T>;
}

/** As of which block to read. */
export interface ReadOptions {
  /** A number, or a tag such as `"finalized"`; the latest block unless told. */
  readonly blockTag?: BlockTag;
}

/** Reads by name, or in order. */
export type Reads = Readonly<Record<string, Read<unknown>>> | readonly Read<unknown>[];

/** What {@link Reads} give. */
export type Values<R extends Reads> = { -readonly [K in keyof R]: R[K] extends Read<infer T> ? T : never };

/** Where a client reads. */
export interface ReadContext {
  readonly addresses: Addresses;
  /** @throws ClientError `WRONG_CHAIN` if the runner has no provider */
  readonly provider: () => Provider;
}

/** Reads one view of a contract. */
export function view<C extends ContractKey, F extends ViewName<C>>(
  contract: C,
  name: F,
  args: Inputs<C, F>,
): Read<Output<C, F>> {
  return {
    calls: [{ contract, data: encodeCall(contract, name, args) }],
    decode: ([result]) => {
      if (result === undefined) throw new TypeError("a read without its result");
      if (!result.success) throw toAssayError(result.error);
      try {
        return decodeOutput(contract, name, result.data);
      } catch (cause) {
        throw new ClientError("NO_CODE", `no ${contract} answers ${name} there: is the address of this chain?`, {
          cause,
        });
      }
    },
  };
}

/** Another form of what a read gives. */
export function mapRead<T, U>(read: Read<T>, map: (value: T) => U): Read<U> {
  return { calls: read.calls, decode: (results) => map(read.decode(results)) };
}

/** Several reads as one. */
export function joinReads<R extends Reads>(reads: R): Read<Values<R>> {
  const entries = Object.entries<Read<unknown>>(reads as Readonly<Record<string, Read<unknown>>>);
  return {
    calls: entries.flatMap(([, { calls }]) => calls),
    decode: (results) => {
      let next = 0;
      const values = entries.map(([key, { calls, decode }]): [string, unknown] => {
        const own = results.slice(next, (next += calls.length));
        return [key, decode(own)];
      });
      return (Array.isArray(reads) ? values.map(([, value]) => value) : Object.fromEntries(values)) as Values<R>;
    },
  };
}

/** `null` where the contract refuses, as `ownerOf` does for an agent that does not exist. */
export function optional<T>({ calls, decode }: Read<T>): Read<T | null> {
  return {
    calls,
    decode: (results) => {
      try {
        return decode(results);
      } catch (error) {
        if (isRefusal(error)) return null;
        throw error;
      }
    },
  };
}

/* EXECUTION */

/** Address of Multicall3 on every chain that has it. */
export const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";

const MULTICALL3_INTERFACE = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) view returns ((bool success, bytes returnData)[])",
]);

/** Calls in one aggregated call, which must end within the gas that nodes give to `eth_call`. */
const CHUNK = 200;

/** Reads whatever reads need, all of it as of one block. */
export class Reader {
  readonly #context: ReadContext;
  #multicall: Promise<boolean> | null = null;

  constructor(context: ReadContext) {
    this.#context = context;
  }

  /**
   * Reads as of one block: through Multicall3 where the chain has it, else by calls beside each other, which ethers' providers send
   * in batches.
   * @throws what the first read that is refused throws
   */
  async read<T>({ calls, decode }: Read<T>, { blockTag }: ReadOptions = {}): Promise<T> {
    if (calls.length === 0) return decode([]);
    if (calls.length === 1) return decode(await this.#directly(calls, blockTag ?? "latest"));
    try {
      const aggregated = await this.#hasMulticall();
      // One aggregated call is of one block whatever its tag; several calls need a block that does not move.
      const single = aggregated && calls.length <= CHUNK;
      const block = single ? (blockTag ?? "latest") : await this.#pin(blockTag);
      const results = aggregated ? await this.#aggregated(calls, block) : null;
      return decode(results ?? (await this.#directly(calls, await this.#pin(blockTag))));
    } catch (error) {
      throw toAssayError(error);
    }
  }

  #hasMulticall(): Promise<boolean> {
    this.#multicall ??= this.#context
      .provider()
      .getCode(MULTICALL3)
      .then((code) => code !== "0x");
    // Asked again after a failure.
    this.#multicall.catch(() => (this.#multicall = null));
    return this.#multicall;
  }

  /** The block's number. */
  async #pin(blockTag: BlockTag = "latest"): Promise<number> {
    if (typeof blockTag === "number") return blockTag;
    const provider = this.#context.provider();
    if (blockTag === "latest") return readBlockNumber(provider);
    const block = await readBlock(provider, blockTag);
    if (block === null) throw new ClientError("WRONG_CHAIN", `the chain has no ${blockTag} block`);
    return block.number;
  }

  /** null where Multicall3 did not exist yet at that block. */
  async #aggregated(calls: readonly ViewCall[], blockTag: BlockTag): Promise<CallResult[] | null> {
    const { addresses, provider } = this.#context;
    const chunks = Array.from({ length: Math.ceil(calls.length / CHUNK) }, (_, i) =>
      calls.slice(i * CHUNK, (i + 1) * CHUNK).map(({ contract, data }) => [addresses[contract], true, data]),
    );
    const returned = await Promise.all(
      chunks.map((chunk) =>
        readCall(
          provider(),
          { to: MULTICALL3, data: MULTICALL3_INTERFACE.encodeFunctionData("aggregate3", [chunk]) as Hex },
          blockTag,
        ),
      ),
    );
    if (returned.some((data) => data === "0x")) return null;
    return returned.flatMap((data) => {
      const [results] = MULTICALL3_INTERFACE.decodeFunctionResult("aggregate3", data) as unknown as [
        { success: boolean; returnData: string }[],
      ];
      return results.map(({ success, returnData }): CallResult =>
        success ? { success, data: returnData } : { success, error: returnData },
      );
    });
  }

  #directly(calls: readonly ViewCall[], blockTag: BlockTag): Promise<CallResult[]> {
    const { addresses, provider } = this.#context;
    return Promise.all(
      calls.map(async ({ contract, data }): Promise<CallResult> => {
        try {
          return { success: true, data: await readCall(provider(), { to: addresses[contract], data }, blockTag) };
        } catch (cause) {
          const error = toAssayError(cause);
          if (isRefusal(error)) return { success: false, error };
          throw error;
        }
      }),
    );
  }
}

/** A read as an action. */
export function readAction<Args extends readonly unknown[], T>(
  reader: Reader,
  request: (...args: Args) => Read<T>,
): ReadAction<Args, T> {
  return Object.assign((...args: Args) => reader.read(request(...args)), { request });
}
