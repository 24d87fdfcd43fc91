import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { Random, SEED } from "./random.ts";

/** Inputs of each rule. */
export const RUNS = Number(process.env["DIFFERENTIAL_RUNS"] ?? 1_000);

/** Whether there are so many inputs that those of each kind must be among them. */
export const THOROUGH = RUNS >= 1_000;

/** What both sides answer: numbers, hex, and lists or records of them. */
export type Answer = bigint | number | boolean | string | null | readonly Answer[] | { readonly [key: string]: Answer };

/** One rule, in both languages. */
export interface Rule<Input> {
  /** An input; the first ones may be the extremes. */
  readonly input: (random: Random, index: number) => Input;
  /** Answers of the contract, one an input. */
  readonly solidity: (inputs: readonly Input[]) => Promise<readonly Answer[]>;
  readonly twin: (input: Input) => Answer;
  /** Inputs of one call. */
  readonly batch?: number;
}

/** Asks both sides the same and fails with the first input on which they disagree. */
export async function compare<Input>(name: string, rule: Rule<Input>, runs = RUNS): Promise<void> {
  const random = new Random(name);
  const inputs = random.array(runs, (i) => rule.input(random, i));
  const batch = rule.batch ?? 250;
  for (let start = 0; start < runs; start += batch) {
    const asked = inputs.slice(start, start + batch);
    const answers = await rule.solidity(asked);
    expect(answers.length, `answers of ${name}`).to.equal(asked.length);
    asked.forEach((input, i) => {
      const [actual, expected] = [plain(answers[i] as Answer), plain(rule.twin(input))];
      if (isDeepStrictEqual(actual, expected)) return;
      expect(actual, `${name}, seed "${SEED}", input ${start + i}: ${show(input)}`).to.deep.equal(expected);
    });
  }
}

/** Rows from columns, as a call that returns several arrays gives them. */
export function rows<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  return a.map((value, i) => [value, b[i] as B]);
}

/** One form for all numbers and for all hex, so that the sides may differ in their types only. */
export function plain(answer: Answer): Answer {
  if (typeof answer === "bigint" || typeof answer === "number") return BigInt(answer);
  if (typeof answer === "string") return answer.toLowerCase();
  if (Array.isArray(answer)) return Array.from(answer as readonly Answer[], plain);
  if (answer === null || typeof answer !== "object") return answer;
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, plain(value)]));
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v));
}
