import { epochStart } from "@assay/protocol";
import { type Assay, blockAt, ClientError, type Terms } from "@assay/sdk";
import type { Block, Provider, Signer } from "ethers";
import { QuestionBoard } from "./board.ts";
import { ChainClock } from "./runtime-clock.ts";
import { LOOK_BACK, REORG_DEPTH } from "./runtime-timing.ts";
import type { TransactionLog } from "./transactions.ts";
import { WalletLine } from "./wallet-line.ts";

/** What is read once for all. */
interface Opened {
  readonly terms: Terms;
  readonly clock: ChainClock;
  readonly board: QuestionBoard;
  /** First block that may hold something that still matters. */
  readonly from: number;
}

/**
 * A chain as all runtimes of one process see it: one looks for new blocks, reads the questions and rolls for all of them, and those
 * of one wallet send one after another.
 * @example
 * const chain = new SharedChain(assay, provider);
 * const runtimes = agents.map((agent) => new Runtime({ ...agent, chain }));
 * await Promise.all(runtimes.map((runtime) => runtime.run(signal)));
 */
export class SharedChain {
  readonly provider: Provider;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly #assay: Assay;
  readonly #lines = new Map<string, WalletLine>();
  readonly #joining: Promise<unknown>[] = [];
  readonly #rolls = new Map<number, Promise<void>>();
  #opened: Promise<Opened> | null = null;
  #clock: ChainClock | null = null;
  #look: { readonly since: number; readonly block: Promise<Block> } | null = null;

  /** @param assay of the deployment; what it is connected to does not matter */
  constructor(assay: Assay, provider: Provider, monotonic: () => number = () => performance.now()) {
    this.provider = provider;
    this.monotonic = monotonic;
    this.#assay = assay.connect(provider);
  }

  /**
   * Puts a journal on its wallet's line, before any runtime starts, so that the first that sends knows of what all have sent.
   * @param log null for a wallet that a node signs for
   */
  join(wallet: Signer, log: TransactionLog | null): Promise<WalletLine> {
    const joined = wallet.getAddress().then((address) => {
      const line = this.#lines.get(address) ?? new WalletLine();
      this.#lines.set(address, line);
      if (log !== null) line.join(log);
      return line;
    });
    this.#joining.push(joined.catch(() => undefined));
    return joined;
  }

  /** Reads what all need, once; again after a failure. */
  open(): Promise<Opened> {
    if (this.#opened === null) {
      const opened = this.#open();
      opened.catch(() => (this.#opened = null));
      this.#opened = opened;
    }
    return this.#opened;
  }

  /**
   * The latest block, which the clock has seen.
   * @param maxAge for how long another runtime's look will do, ms
   * @throws ClientError `NODE_UNREACHABLE` if there is no block yet
   */
  look(maxAge: number): Promise<Block> {
    const now = this.monotonic();
    if (this.#look !== null && now - this.#look.since <= maxAge) return this.#look.block;
    const look = { since: now, block: this.#latest() };
    look.block.catch(() => {
      if (this.#look === look) this.#look = null;
    });
    this.#look = look;
    return look.block;
  }

  /** First block that may hold something that still matters now. */
  async lookBack(): Promise<number> {
    const { startBlock } = this.#assay;
    const [epoch, terms] = await Promise.all([this.#assay.beats.epoch(), this.#assay.terms()]);
    if (epoch <= LOOK_BACK) return startBlock;
    return blockAt(this.provider, epochStart(terms, epoch - LOOK_BACK), startBlock);
  }

  /** Lets one roll an epoch; who comes meanwhile waits for that. @throws as the roll does, for who does it */
  async roll(epoch: number, roll: () => Promise<void>): Promise<void> {
    const other = this.#rolls.get(epoch);
    if (other !== undefined) return other.catch(() => undefined);
    const rolling = roll().finally(() => this.#rolls.delete(epoch));
    this.#rolls.set(epoch, rolling);
    return rolling;
  }

  async #open(): Promise<Opened> {
    await Promise.all(this.#joining);
    const terms = await this.#assay.terms();
    const clock = (this.#clock = new ChainClock(terms, this.monotonic));
    await this.look(0);
    const from = await this.lookBack();
    return { terms, clock, from, board: new QuestionBoard(this.#assay, from, REORG_DEPTH) };
  }

  async #latest(): Promise<Block> {
    const block = await this.provider.getBlock("latest");
    if (block === null) throw new ClientError("NODE_UNREACHABLE", "the chain has no block yet", { retryable: true });
    this.#clock?.see(block);
    return block;
  }
}
