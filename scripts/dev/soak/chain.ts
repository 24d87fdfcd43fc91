import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, epochAt, epochStart } from "@assay/protocol";
import { toQuantity } from "ethers";
import { raiseBaseFee, type Rpc } from "../durability/setup.ts";
import type { Gate, SentTransactions } from "./proxy.ts";

/** Seconds of the chain from one block to the next. */
export const BLOCK_SECONDS = 2;

/** Blocks, and the epochs that begin with them. */
export interface ChainOptions {
  readonly rpc: Rpc;
  readonly clock: Clock;
  readonly sent: SentTransactions;
  readonly gate: Gate;
  /** Milliseconds from one block to the next. */
  readonly blockMs: number;
  /** Whether time may go on from a part of an epoch; until then blocks are all of one second. */
  readonly mayPass: (epoch: number, part: number) => Promise<boolean>;
}

/** Makes a node's blocks: the chain's clock is the count of them, and stands still where this process does. */
export class SoakChain {
  /** When each epoch began, ms of the machine's clock. */
  readonly began = new Map<number, number>();
  /** Reorganisations that replaced blocks, and the transactions that they dropped. */
  readonly reorgs = { done: 0, blocks: 0, dropped: 0 };
  spikes = 0;
  #epoch = -1;
  #step = BLOCK_SECONDS;
  readonly #options: ChainOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #spiking = false;

  constructor(options: ChainOptions) {
    this.#options = options;
  }

  /** Of the latest block. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Mines until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let next = Date.now(); !signal.aborted; await sleep(Math.max(0, next - Date.now()))) {
      next = Math.max(next + this.#options.blockMs, Date.now());
      await this.#mine();
    }
  }

  /** Waits until a part of an epoch. */
  async until(epoch: number, part: number, signal: AbortSignal): Promise<void> {
    const { clock, blockMs } = this.#options;
    while (!signal.aborted && (await this.#time()) < epochStart(clock, epoch) + part * clock.epochLength)
      await sleep(blockMs / 4);
  }

  /** Replaces blocks. @param keeps whether the transactions in them come again, a block later, or are dropped */
  reorganise(depth: number, keeps: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { rpc, clock, sent, gate } = this.#options;
      const head = await this.#block("latest");
      const [kept, shift] = this.#crosses(head.timestamp, depth) ? [true, 0] : [keeps, 1];
      const again: [raw: string, index: number][] = [];
      let found = 0;
      for (let index = 0; index < depth; index++) {
        const { transactions } = await this.#block(toQuantity(head.number - depth + 1 + index));
        found += transactions.length;
        if (!kept) continue;
        for (const hash of transactions) {
          const raw = sent.all.get(hash)?.raw;
          if (raw !== undefined) again.push([raw, Math.min(index + shift, depth - 1)]);
        }
      }
      await gate.hold(() => rpc("anvil_reorg", depth, again));
      this.reorgs.done++;
      this.reorgs.blocks += depth;
      this.reorgs.dropped += found - again.length;
      this.#epoch = epochAt(clock, head.timestamp);
    });
  }

  /** Lets the base fee rise as soon as a transaction is waiting. */
  spike(): void {
    this.#spiking = true;
  }

  #mine(): Promise<void> {
    return this.#inTurn(async () => {
      const { rpc, clock, mayPass } = this.#options;
      const { timestamp } = await this.#block("latest");
      const present = epochAt(clock, timestamp);
      const part = (timestamp - epochStart(clock, present)) / clock.epochLength;
      const step = (await mayPass(present, part)) ? BLOCK_SECONDS : 0;
      if (step !== this.#step) await rpc("anvil_setBlockTimestampInterval", step);
      this.#step = step;
      const epoch = epochAt(clock, timestamp + step);
      if (this.#spiking) {
        const { pending } = (await rpc("txpool_status")) as { pending: string };
        if (Number(pending) > 0) {
          await raiseBaseFee(rpc);
          this.#spiking = false;
          this.spikes++;
        }
      }
      await rpc("evm_mine");
      if (!this.began.has(epoch)) this.began.set(epoch, Date.now());
      this.#epoch = epoch;
    });
  }

  /** Whether a reorganisation replaces blocks of an epoch that is over: what was done in it could not be done again. */
  #crosses(timestamp: number, depth: number): boolean {
    const { clock } = this.#options;
    return epochAt(clock, timestamp - depth * BLOCK_SECONDS) < epochAt(clock, timestamp);
  }

  async #time(): Promise<number> {
    return (await this.#block("latest")).timestamp;
  }

  async #block(tag: string): Promise<{ number: number; timestamp: number; transactions: string[] }> {
    const block = (await this.#options.rpc("eth_getBlockByNumber", tag, false)) as Record<string, string>;
    const { number, timestamp, transactions } = block;
    return {
      ...{ number: Number(number), timestamp: Number(timestamp) },
      transactions: transactions as unknown as string[],
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
