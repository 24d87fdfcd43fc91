/** One figure: the gas of a piece of work in a system. */
export interface Row {
  readonly work: Work;
  readonly system: string;
  /** Gas used, the 21,000 of each transaction and its calldata included. */
  readonly gas: number;
  /** False if it is quoted from elsewhere. */
  readonly measured: boolean;
  /** What the number is the sum or the mean of. */
  readonly madeOf: string;
  /** Where a quoted figure is from. */
  readonly source?: string;
}

/** What is compared, in the order of the tables; the same work in every system of a group. */
export const WORKS = {
  join: "Join: put up a stake for the first time, up to being able to vote",
  ask: "Pose a question of 100 bytes to the voters, and pay for it",
  assert: "Assert a claim of 100 bytes, backed by a bond",
  "settle undisputed": "Settle an assertion that nobody disputed",
  dispute: "Dispute an assertion, with a bond as large",
  "settle disputed": "Settle a disputed one, once the voters have decided",
  attest: "Put one's name to a statement",
  challenge: "Bring a statement of somebody else before the voters",
  vote: "One voter's whole life in one question",
} as const;

/** The steps of {@link WORKS}.vote that are transactions of their own in other systems. */
export const PARTS = {
  "vote: draw": "Be drawn, a seat",
  "vote: commit": "Commit, a vote",
  "vote: reveal": "Reveal, a vote",
  "vote: settle": "Lose or keep the stake of a vote, and what is paid out with it",
  "vote: reward": "Collect the reward, a winning voter",
} as const;

export type Work = keyof typeof WORKS | keyof typeof PARTS;

/** Shorthand for a measured row. */
export function measured(work: Work, system: string, gas: number, madeOf: string): Row {
  return { work, system, gas: Math.round(gas), measured: true, madeOf };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** @throws Error on an empty list, which would be a figure of nothing. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error("the mean of nothing");
  return sum(values) / values.length;
}
