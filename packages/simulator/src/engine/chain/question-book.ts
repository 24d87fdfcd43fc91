import { decodeTerms, EPOCHS_PER_ROUND, type Hex, questionId, type QuestionOrigin, type Terms } from "@assay/protocol";
import type { Asked, QuestionIndex } from "../engine.ts";
import { DOMAIN_ID, type Ids } from "../ids.ts";
import { Refusal } from "../refusal.ts";
import type { ChainEvent } from "./events.ts";

/** A question before it is asked. */
export interface PlannedQuestion {
  readonly index: QuestionIndex;
  readonly id: Hex;
  readonly origin: QuestionOrigin;
  readonly asked: Asked;
}

/** A question, as the chain's events tell. */
export interface Question extends PlannedQuestion {
  /** Round that is or was voted last, from 1. */
  round: number;
  /** Epoch of its vote. */
  voteEpoch: number;
  /** k' of the round. */
  offered: number;
  /** Revealed, of all rounds. */
  seats: number;
  /** Once final. */
  terms: Terms | null;
  reclaimed: boolean;
}

/** All questions of a run. */
export class QuestionBook {
  readonly #ids: Ids;
  readonly #questions: Question[] = [];
  readonly #byId = new Map<Hex, Question>();
  /** Not final, in the order of asking. */
  readonly #open = new Set<Question>();

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  /** The next questions, in order. */
  plan(questions: readonly Asked[]): PlannedQuestion[] {
    return questions.map((asked, i) => {
      const index = this.#questions.length + i;
      const origin: QuestionOrigin = {
        domainId: DOMAIN_ID,
        contentHash: this.#ids.contentHash(index),
        asker: this.#ids.purse(asked.purse),
        canaryCommitment: this.#ids.canaryCommitment(index, asked),
        salt: this.#ids.salt(index),
      };
      return { index, id: questionId(origin), origin, asked };
    });
  }

  /** @throws Refusal `UNKNOWN` */
  get(index: QuestionIndex): Question {
    const question = this.#questions[index];
    if (question === undefined) {
      throw new Refusal("UNKNOWN", `no question has number ${index}: there are ${this.#questions.length}`);
    }
    return question;
  }

  /** @throws TypeError if nobody asked it */
  of(id: Hex): Question {
    const question = this.#byId.get(id);
    if (question === undefined) throw new TypeError(`the chain tells of a question that nobody asked: ${id}`);
    return question;
  }

  /** In the order of asking. */
  votedIn(epoch: number): Question[] {
    return [...this.#open].filter(({ voteEpoch }) => voteEpoch === epoch);
  }

  /** In the order of asking. */
  finalIn(epoch: number): Question[] {
    return [...this.#open].filter(({ voteEpoch }) => voteEpoch + EPOCHS_PER_ROUND <= epoch);
  }

  /** Notes `QuestionAsked`. */
  noteAsked(planned: PlannedQuestion, event: ChainEvent): void {
    const [voteEpoch, offered] = [Number(event.word(2)), Number(event.word(3))];
    const question = { ...planned, round: 1, voteEpoch, offered, seats: 0, terms: null, reclaimed: false };
    this.#questions.push(question);
    this.#byId.set(planned.id, question);
    this.#open.add(question);
  }

  /** Notes `RoundStarted`. */
  noteRound(event: ChainEvent): void {
    const question = this.of(idIn(event));
    question.round = Number(event.word(0));
    question.voteEpoch = Number(event.word(1));
    question.offered = Number(event.word(2));
  }

  /** Notes `QuestionFinalized`. */
  noteFinal(event: ChainEvent): Question {
    const question = this.of(idIn(event));
    question.terms = decodeTerms(event.word(0));
    this.#open.delete(question);
    return question;
  }
}

/** A question's id where an event has it first. */
function idIn(event: ChainEvent): Hex {
  return event.topic(0).slice(0, 50) as Hex;
}
