import type { SimulatorErrorCode } from "../errors.ts";
import type { Config } from "../model/config.ts";
import type { AgentResult, QuestionResult } from "../model/result.ts";
import type { Summary } from "../report/summary.ts";

/** What a worker thread is told to do. */
export interface Job {
  readonly config: Config;
  /** Gwei. */
  readonly gasPrices: readonly number[];
  /** Whether the questions and agents one by one are wanted too. */
  readonly rows: boolean;
  /** What is shared with whoever waits: see {@link Control}. */
  readonly control: SharedArrayBuffer;
  /** Place of this job's progress in it. */
  readonly slot: number;
}

/** What a simulation came to. */
export interface Done {
  readonly summary: Summary;
  readonly rows: { readonly questions: readonly QuestionResult[]; readonly agents: readonly AgentResult[] } | null;
}

/** `null`: it was stopped before it began. Errors with a code lose it between threads, and are handed over as values. */
export type JobResult =
  Done | null | { readonly failed: { readonly code: SimulatorErrorCode; readonly message: string } };

const STOP = 0;
const FULL = 10_000;

/** A flag to stop, and how far each job is, in memory that threads share: neither waits for the other. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** For so many jobs. */
  static of(slots: number): Control {
    return new Control(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (slots + 1)));
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOP) === 1;
  }

  /** @param part 0 to 1 */
  report(slot: number, part: number): void {
    Atomics.store(this.#words, slot + 1, Math.round(part * FULL));
  }

  /** Part of all jobs together that is done, 0 to 1. */
  get part(): number {
    const slots = this.#words.length - 1;
    let sum = 0;
    for (let slot = 1; slot <= slots; slot++) sum += Atomics.load(this.#words, slot);
    return slots === 0 ? 1 : sum / FULL / slots;
  }
}
