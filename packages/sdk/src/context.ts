import type { ContractRunner, Provider } from "ethers";
import type { Addresses } from "./contracts.ts";
import { ClientError } from "./errors/assay-error.ts";
import type { AnyEvent, EventSelection, ReceiptEvents, SelectedName } from "./events.ts";
import { readEvents } from "./logs.ts";
import { readBlock, readBlockNumber } from "./node.ts";
import type { Clock } from "./protocol.ts";
import { joinReads, type Read, type ReadAction, readAction, Reader, view } from "./reads.ts";
import { type ContractCall, type WriteAction, writeAction } from "./writes.ts";

/** What never changes on a deployment. */
export interface Terms extends Clock {
  readonly chainId: bigint;
  /** Wei of the stake token in one unit of allocation. */
  readonly allocationUnit: bigint;
  readonly token: TokenTerms;
}

/** The stake token. */
export interface TokenTerms {
  readonly symbol: string;
  readonly decimals: number;
}

/** What a client was made of. */
export interface ContextOptions {
  readonly addresses: Addresses;
  readonly runner: ContractRunner;
  /** Block before which there is nothing to read. */
  readonly startBlock: number;
}

/** What the actions of a client share. */
export class Context {
  readonly addresses: Addresses;
  readonly runner: ContractRunner;
  readonly startBlock: number;
  readonly reader: Reader;
  #terms: Promise<Terms> | null = null;

  constructor({ addresses, runner, startBlock }: ContextOptions) {
    this.addresses = addresses;
    this.runner = runner;
    this.startBlock = startBlock;
    this.reader = new Reader({ addresses, provider: () => this.provider });
  }

  /** @throws ClientError `WRONG_CHAIN` if the runner is not connected */
  get provider(): Provider {
    const { provider } = this.runner;
    if (!provider) throw new ClientError("WRONG_CHAIN", "the client's runner is not connected to a chain");
    return provider;
  }

  /** What never changes, read once. */
  terms(): Promise<Terms> {
    this.#terms ??= this.#readTerms();
    // Asked again after a failure.
    this.#terms.catch(() => (this.#terms = null));
    return this.#terms;
  }

  /** Time of the latest block, unix seconds. */
  async now(): Promise<bigint> {
    const block = await readBlock(this.provider, "latest");
    if (block === null) throw new ClientError("WRONG_CHAIN", "the chain has no block yet");
    return BigInt(block.timestamp);
  }

  /** A read as an action. */
  read<Args extends readonly unknown[], T>(request: (...args: Args) => Read<T>): ReadAction<Args, T> {
    return readAction(this.reader, request);
  }

  /** A call as an action. */
  write<Args, Result>(
    prepare: (args: Args) => ContractCall | Promise<ContractCall>,
    result: (events: ReceiptEvents) => Result,
  ): WriteAction<Args, Result> {
    return writeAction(this, prepare, result);
  }

  /** Events of the whole deployment up to now. */
  async history<const S extends readonly EventSelection[]>(
    ...selections: S
  ): Promise<AnyEvent<SelectedName<S[number]>>[]> {
    const toBlock = await readBlockNumber(this.provider);
    return readEvents(this.provider, this.addresses, selections, { fromBlock: this.startBlock, toBlock });
  }

  async #readTerms(): Promise<Terms> {
    const [{ chainId }, { genesis, epochLength, allocationUnit, symbol, decimals }] = await Promise.all([
      this.provider.getNetwork(),
      this.reader.read(
        joinReads({
          genesis: view("consensus", "genesis", []),
          epochLength: view("consensus", "epochLength", []),
          allocationUnit: view("consensus", "allocationUnit", []),
          symbol: view("token", "symbol", []),
          decimals: view("token", "decimals", []),
        }),
      ),
    ]);
    const clock = { genesis: Number(genesis), epochLength: Number(epochLength) };
    return { chainId, ...clock, allocationUnit, token: { symbol, decimals } };
  }
}
