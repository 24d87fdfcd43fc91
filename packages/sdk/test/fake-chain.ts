import { type Block, id, Log, type Provider } from "ethers";
import { INTERFACES } from "../src/codec.ts";
import type { Addresses } from "../src/contracts.ts";

export const ADDRESSES: Addresses = {
  token: `0x${"01".repeat(20)}`,
  registry: `0x${"02".repeat(20)}`,
  vault: `0x${"03".repeat(20)}`,
  consensus: `0x${"04".repeat(20)}`,
  claims: `0x${"05".repeat(20)}`,
};

interface FakeBlock {
  readonly number: number;
  readonly hash: string;
  readonly logs: readonly Log[];
}

/** A chain of blocks with `EpochRolled` events, and hands on what it answers. */
export class FakeChain {
  blocks: FakeBlock[] = [];
  /** Most blocks of one `eth_getLogs`. */
  maxRange = Infinity;
  /** Called before each request; throws or waits to make it fail. */
  before: (what: string) => void | Promise<void> = () => undefined;
  /** Ranges asked for. */
  readonly ranges: [number, number][] = [];

  constructor() {
    this.mine();
  }

  get head(): number {
    return this.blocks.length - 1;
  }

  /** Adds a block with an event for each epoch. @param fork tells blocks of one height apart */
  mine(epochs: readonly number[] = [], fork = ""): void {
    const number = this.blocks.length;
    const hash = id(`${number} ${epochs.join()} ${fork} ${this.blocks.at(-1)?.hash}`);
    const event = INTERFACES.consensus.getEvent("EpochRolled")!;
    const logs = epochs.map((epoch, index) => {
      const { data, topics } = INTERFACES.consensus.encodeEventLog(event, [epoch, id("seed")]);
      const place = { blockNumber: number, blockHash: hash, transactionHash: id(`tx ${epoch}`), transactionIndex: 0 };
      const log = { ...place, index, removed: false, address: ADDRESSES.consensus, data, topics };
      return new Log(log, null as unknown as Provider);
    });
    this.blocks.push({ number, hash, logs });
  }

  /** Takes the last blocks away. */
  drop(count: number): void {
    this.blocks = this.blocks.slice(0, -count);
  }

  readonly provider: Pick<Provider, "getBlock" | "getLogs"> = {
    getBlock: async (tag) => {
      await this.before(`getBlock ${String(tag)}`);
      const found = typeof tag === "number" ? this.blocks[tag] : this.blocks.at(tag === "finalized" ? -3 : -1);
      return (found ?? null) as unknown as Block | null;
    },
    getLogs: async (filter) => {
      await this.before("getLogs");
      const { fromBlock, toBlock, address } = filter as { fromBlock: number; toBlock: number; address: string };
      this.ranges.push([fromBlock, toBlock]);
      if (toBlock - fromBlock + 1 > this.maxRange) throw new Error("block range is too large");
      const logs = this.blocks.slice(fromBlock, toBlock + 1).flatMap(({ logs: found }) => found);
      return logs.filter((log) => log.address === address);
    },
  };
}
