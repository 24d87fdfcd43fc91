/** The operators of a campaign. */
export const OPERATORS = ["comparison", "arithmetic", "require", "assignment", "modifier", "constant"] as const;

export type Operator = (typeof OPERATORS)[number];

/** One small change of a source. */
export interface Mutant {
  /** `file:line:column:operator-variant`, the file below `contracts/`; line and column from 1. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly operator: Operator;
  /** What is replaced, in bytes. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

/** The source with the mutant in it. */
export function mutate(source: Buffer, { start, end, replacement }: Mutant): string {
  return `${source.subarray(0, start).toString()}${replacement}${source.subarray(end).toString()}`;
}

/** The lines that a mutant changes, before and after, without indentation and on one line each. */
export function diffOf(source: Buffer, mutant: Mutant): { readonly before: string; readonly after: string } {
  const from = source.lastIndexOf("\n", mutant.start - 1) + 1;
  const next = source.indexOf("\n", mutant.end);
  const to = next < 0 ? source.length : next;
  const line = (middle: string) =>
    `${source.subarray(from, mutant.start).toString()}${middle}${source.subarray(mutant.end, to).toString()}`
      .replace(/\s+/g, " ")
      .trim();
  return { before: line(source.subarray(mutant.start, mutant.end).toString()), after: line(mutant.replacement) };
}
