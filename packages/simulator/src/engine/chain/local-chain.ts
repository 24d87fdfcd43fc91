import type { Address, Hex } from "@assay/protocol";
import { MAX_TRANSACTION_GAS } from "@assay/sdk";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { NetworkConnection } from "hardhat/types/network";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "../refusal.ts";
import { READER_CODE, readerCalls, type ViewCall } from "./reader.ts";
import { wordsIn } from "./words.ts";

const ROOT = fileURLToPath(new URL("../../../../..", import.meta.url));
/** What the chain's clock shows at first, so that two runs see the same time. */
const INITIAL_DATE = "2026-01-01T00:00:00Z";
/** More than any block needs: no phase of an epoch is ever split for its gas, and the base fee stays at zero. */
const BLOCK_GAS = 1n << 40n;
const GAS = `0x${MAX_TRANSACTION_GAS.toString(16)}`;
/** Where nothing is: the code that reads in batches is put there for the time of a call. */
const READER: Address = "0x00000000000000000000000000000000000a55a2";

/** A transaction of an account that the chain itself keeps: what a signature would cost is not what is simulated. */
export interface Call {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

/** Of a transaction. */
export interface Log {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  /** Index of the call in its block. */
  readonly call: number;
}

/** A block as it was asked for: mined again in a chain that was set up alike, it does the same. */
export interface BlockPlan {
  /** Unix seconds. */
  readonly timestamp: number;
  /** `null`: whatever the chain makes of it. */
  readonly prevrandao: bigint | null;
  readonly calls: readonly Call[];
}

/** A state of a chain. */
interface Saved {
  readonly id: Hex;
  readonly block: number;
  readonly timestamp: number;
  readonly nonces: ReadonlyMap<Address, number>;
}

interface RawLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly transactionIndex: Hex;
}

/** Hardhat's chain in this process, without gas prices, whose blocks are mined one by one as they are planned. */
export class LocalChain {
  readonly connection: NetworkConnection;
  /** Told of each block before it is mined. */
  onBlock: ((plan: BlockPlan) => void) | null = null;
  readonly #nonces = new Map<Address, number>();
  #block = 0;
  #timestamp = 0;
  #closed = false;

  private constructor(connection: NetworkConnection) {
    this.connection = connection;
  }

  /** A chain of its own, which mines every transaction at once until {@link LocalChain.takeOver}. */
  static async create(): Promise<LocalChain> {
    const { network } = await createHardhatRuntimeEnvironment(
      {
        // No build to look up stack traces in, which is most of what starting a chain takes.
        paths: { artifacts: join("artifacts", "none") },
        networks: {
          default: {
            type: "edr-simulated",
            // The quick build of the contracts is larger than what is deployed.
            allowUnlimitedContractSize: true,
            blockGasLimit: BLOCK_GAS,
            initialBaseFeePerGas: 0,
            initialDate: INITIAL_DATE,
            mining: { mempool: { order: "fifo" } },
          },
        },
      },
      {},
      ROOT,
    );
    return new LocalChain(await network.create());
  }

  /** Unix seconds of the latest block. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /**
   * Ends the mining of single transactions: from now on {@link LocalChain.mine} makes the blocks.
   * @param timestamp that the clock goes on from, unix seconds, after that of the latest block
   */
  async takeOver(timestamp: number): Promise<void> {
    await this.request("evm_setAutomine", false);
    this.#block = Number(await this.request<Hex>("eth_blockNumber"));
    this.#timestamp = timestamp;
  }

  /** @throws Refusal `CLOSED` */
  async request<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    if (this.#closed) throw new Refusal("CLOSED", "the engine is closed");
    return (await this.connection.provider.request({ method, params })) as T;
  }

  /**
   * Mines one block of these calls, in their order, a second after the last one unless told.
   * @returns logs in the order of the calls; a call that reverted has none
   */
  async mine(calls: readonly Call[], at: Partial<Omit<BlockPlan, "calls">> = {}): Promise<Log[]> {
    const timestamp = at.timestamp ?? this.#timestamp + 1;
    await this.replay({ timestamp, prevrandao: at.prevrandao ?? null, calls });
    const block = `0x${this.#block.toString(16)}`;
    const logs = await this.request<RawLog[]>("eth_getLogs", { fromBlock: block, toBlock: block });
    return logs.map(({ address, topics, data, transactionIndex }) => {
      return { address, topics, data, call: Number(transactionIndex) };
    });
  }

  /** Mines a block as planned, without reading what it did. */
  async replay(plan: BlockPlan): Promise<void> {
    this.onBlock?.(plan);
    const { timestamp, prevrandao, calls } = plan;
    await this.#unlock(calls);
    await this.request("evm_setNextBlockTimestamp", timestamp);
    if (prevrandao !== null)
      await this.request("hardhat_setPrevRandao", `0x${prevrandao.toString(16).padStart(64, "0")}`);
    // The chain takes requests in the order in which they are made.
    await Promise.all(calls.map((call) => this.request("eth_sendTransaction", this.#transactionOf(call))));
    await this.request("evm_mine");
    this.#block++;
    this.#timestamp = timestamp;
  }

  /** What {@link LocalChain.restore} takes, once, to undo all that happens from now on. */
  async save(): Promise<Saved> {
    const id = await this.request<Hex>("evm_snapshot");
    return { id, block: this.#block, timestamp: this.#timestamp, nonces: new Map(this.#nonces) };
  }

  async restore({ id, block, timestamp, nonces }: Saved): Promise<void> {
    await this.request("evm_revert", id);
    [this.#block, this.#timestamp] = [block, timestamp];
    this.#nonces.clear();
    for (const [account, nonce] of nonces) this.#nonces.set(account, nonce);
  }

  /**
   * Calls many views at once.
   * @param words static ABI words that each returns
   * @throws the chain's error if one of them reverts
   */
  async read(calls: readonly ViewCall[], words: number): Promise<bigint[][]> {
    const results: bigint[][] = [];
    for (const data of readerCalls(calls, words)) {
      const call = { to: READER, data, gas: GAS };
      const values = wordsIn(await this.request<Hex>("eth_call", call, "latest", { [READER]: { code: READER_CODE } }));
      for (let i = 0; i < values.length; i += words) results.push(values.slice(i, i + words));
    }
    return results;
  }

  /** The error that a call ends with, as if it were sent now; `null` if it does not. */
  async refusalOf(call: Call): Promise<unknown> {
    try {
      await this.request("eth_call", call, "latest");
      return null;
    } catch (error) {
      return error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.connection.close();
  }

  async #unlock(calls: readonly Call[]): Promise<void> {
    for (const { from } of calls) {
      if (this.#nonces.has(from)) continue;
      this.#nonces.set(from, Number(await this.request<Hex>("eth_getTransactionCount", from, "latest")));
      await this.request("hardhat_impersonateAccount", from);
    }
  }

  #transactionOf({ from, to, data }: Call): object {
    const nonce = this.#nonces.get(from) ?? 0;
    this.#nonces.set(from, nonce + 1);
    return { from, to, data, gas: GAS, gasPrice: "0x0", nonce: `0x${nonce.toString(16)}` };
  }
}
