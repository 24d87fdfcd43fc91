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
  readonly #first: number;
  readonly #overlap: number;
  #next: number;
  /** Hash of the last block that was read. */
  #head: string | null = null;
  #reading: Promise<void> | null = null;
  #queued: Promise<void> | null = null;

  /**
   * @param fromBlock first block to read, usually the deployment's
   * @param overlap blocks that are read again each time, because a reorganisation of the chain may have replaced them
   */
  constructor(assay: Assay, fromBlock: number, overlap = 0) {
    this.#assay = assay;
    this.#first = this.#next = fromBlock;
    this.#overlap = overlap;
  }

  /** Reads the blocks since the last call. All who ask while it reads are served by one more reading. */
  refresh(): Promise<void> {
    if (this.#reading === null) {
      this.#reading = this.#read().finally(() => (this.#reading = null));
      return this.#reading;
    }
    this.#queued ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#queued = null;
        return this.refresh();
      });
    return this.#queued;
  }

  async #read(): Promise<void> {
    const latest = await this.#assay.runner.provider?.getBlock("latest");
    const fromBlock = Math.max(this.#first, this.#next - this.#overlap);
    if (!latest || latest.number < fromBlock || latest.hash === this.#head) return;
    const range = { fromBlock, toBlock: latest.number };
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
    this.#next = latest.number + 1;
    this.#head = latest.hash;
  }

  /** Questions voted in `epoch`, as read so far. */
  votedIn(epoch: number): Question[] {
    return [...(this.#byEpoch.get(epoch)?.values() ?? [])];
  }

  /** A question in its last round, if the board has seen it. */
  get(id: Hex): Question | undefined {
    return this.#byId.get(normalizeHex(id, 24));
  }

  /** Lets go of questions whose last known round was voted before an epoch. */
  forget(before: number): void {
    for (const [epoch, questions] of this.#byEpoch) {
      if (epoch >= before) continue;
      this.#byEpoch.delete(epoch);
      for (const { id } of questions.values())
        if ((this.#byId.get(id)?.voteEpoch ?? before) < before) this.#byId.delete(id);
    }
  }

  #put(question: Question): void {
    this.#byId.set(question.id, question);
    const epoch = this.#byEpoch.get(question.voteEpoch) ?? new Map<Hex, Question>();
    epoch.set(question.id, question);
    this.#byEpoch.set(question.voteEpoch, epoch);
  }
}
