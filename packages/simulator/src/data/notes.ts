import { SimulatorError } from "../errors.ts";

/** So many rows are named; of the rest their number is. */
const NAMED = 5;

/** Collects what was done with rows that are not plain, and says it in one sentence each. */
export class Notes {
  readonly #kinds = new Map<string, number[]>();
  readonly #sentences: string[] = [];

  /**
   * @param kind the sentence, e.g. `answers.csv: no label, left out`
   * @param row where; rows of one kind share a sentence
   */
  at(kind: string, row: number): void {
    const rows = this.#kinds.get(kind);
    if (rows === undefined) this.#kinds.set(kind, [row]);
    else rows.push(row);
  }

  say(sentence: string): void {
    this.#sentences.push(sentence);
  }

  /** What nothing can be made of, with what was done to it before. */
  unusable(why: string): SimulatorError {
    return new SimulatorError("DATA_UNUSABLE", [why, ...this.sentences()].join("; "));
  }

  sentences(): string[] {
    return [...[...this.#kinds].map(([kind, rows]) => `${kind}: ${named("row", rows)}`), ...this.#sentences];
  }
}

/** E.g. `rows 2, 3, 4, 5, 6 and 17 more`. */
export function named(noun: string, of: readonly (number | string)[]): string {
  const shown = of.slice(0, NAMED).join(", ");
  const more = of.length > NAMED ? ` and ${of.length - NAMED} more` : "";
  return `${noun}${of.length === 1 ? "" : "s"} ${shown}${more}`;
}
