import { type Hex, normalizeHex } from "@assay/protocol";
import type { Contracts } from "./contracts.ts";
import { readEvents } from "./logs.ts";

/** A question as a committee sees it, in one of its rounds. */
export interface Question {
  /** 24 bytes. */
  readonly id: Hex;
  readonly domainId: number;
  readonly contentHash: Hex;
  readonly uri: string;
  readonly asker: string;
  readonly round: number;
  /** Epoch of the round's vote. */
  readonly voteEpoch: number;
  /** k' of the round. */
  readonly offeredSeats: number;
}

/** Questions by the epoch they are voted in, read from events. One board serves all agents of a process. */
export class QuestionBoard {
  readonly #contracts: Contracts;
  readonly #byId = new Map<Hex, Question>();
  readonly #byEpoch = new Map<number, Map<Hex, Question>>();
  #next: number;

  /** @param fromBlock first block to read, usually the deployment's */
  constructor(contracts: Contracts, fromBlock: number) {
    this.#contracts = contracts;
    this.#next = fromBlock;
  }

  /** Reads the blocks since the last call. */
  async refresh(): Promise<void> {
    const { consensus } = this.#contracts;
    const latest = await consensus.runner?.provider?.getBlockNumber();
    if (latest === undefined || latest < this.#next) return;
    const [asked, started] = await Promise.all([
      readEvents(consensus, consensus.filters.QuestionAsked(), this.#next, latest),
      readEvents(consensus, consensus.filters.RoundStarted(), this.#next, latest),
    ]);
    for (const { args } of asked) {
      const id = normalizeHex(args.questionId as Hex, 24);
      this.#put({
        id,
        domainId: Number(BigInt(id.slice(0, 10))),
        contentHash: args.contentHash as Hex,
        uri: args.uri,
        asker: args.asker,
        round: 1,
        voteEpoch: Number(args.voteEpoch),
        offeredSeats: Number(args.offeredSeats),
      });
    }
    for (const { args } of started) {
      const known = this.#byId.get(normalizeHex(args.questionId as Hex, 24));
      if (known === undefined) continue; // asked before the board's first block
      this.#put({
        ...known,
        round: Number(args.round),
        voteEpoch: Number(args.voteEpoch),
        offeredSeats: Number(args.offeredSeats),
      });
    }
    this.#next = latest + 1;
  }

  /** Questions voted in `epoch`, as read so far. */
  votedIn(epoch: number): Question[] {
    return [...(this.#byEpoch.get(epoch)?.values() ?? [])];
  }

  /** A question in its last round, if the board has seen it. */
  get(id: Hex): Question | undefined {
    return this.#byId.get(normalizeHex(id, 24));
  }

  #put(question: Question): void {
    this.#byId.set(question.id, question);
    const epoch = this.#byEpoch.get(question.voteEpoch) ?? new Map<Hex, Question>();
    epoch.set(question.id, question);
    this.#byEpoch.set(question.voteEpoch, epoch);
  }
}
