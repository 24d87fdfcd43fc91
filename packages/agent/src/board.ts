import { type Address, type Hex, normalizeHex, splitQuestionId } from "@assay/protocol";
import type { Assay } from "@assay/sdk";

/** A question as a committee sees it, in one of its rounds. */
export interface Question {
  /** 24 bytes. */
  readonly id: Hex;
  readonly domainId: number;
  readonly contentHash: Hex;
  readonly uri: string;
  readonly asker: Address;
  readonly round: number;
  /** Epoch of the round's vote. */
  readonly voteEpoch: number;
  /** k' of the round. */
  readonly offeredSeats: number;
}

/** Questions by the epoch they are voted in, read from events. One board serves all agents of a process. */
export class QuestionBoard {
  readonly #assay: Assay;
  readonly #byId = new Map<Hex, Question>();
  readonly #byEpoch = new Map<number, Map<Hex, Question>>();
  #next: number;

  /** @param fromBlock first block to read, usually the deployment's */
  constructor(assay: Assay, fromBlock: number) {
    this.#assay = assay;
    this.#next = fromBlock;
  }

  /** Reads the blocks since the last call. */
  async refresh(): Promise<void> {
    const latest = await this.#assay.runner.provider?.getBlockNumber();
    if (latest === undefined || latest < this.#next) return;
    const range = { fromBlock: this.#next, toBlock: latest };
    for (const event of await this.#assay.events(["consensus.QuestionAsked", "consensus.RoundStarted"], range)) {
      const { questionId: id, voteEpoch, offeredSeats } = event.args;
      const round = { voteEpoch, offeredSeats: Number(offeredSeats) };
      if (event.name === "consensus.QuestionAsked") {
        const { contentHash, uri, asker } = event.args;
        this.#put({ id, domainId: splitQuestionId(id).domainId, contentHash, uri, asker, round: 1, ...round });
        continue;
      }
      const known = this.#byId.get(id);
      if (known === undefined) continue; // asked before the board's first block
      this.#put({ ...known, round: event.args.round, ...round });
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
