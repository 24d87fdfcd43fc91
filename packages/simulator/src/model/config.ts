import type { Rules } from "../engine/rules.ts";

/** Where the items and answers come from. */
export type Source =
  | {
      readonly kind: "folder";
      readonly path: string;
      /** What becomes of more than 16 labels: a list of candidates for each item (default), or one claim about each item, true or false. */
      readonly openAs?: "candidates" | "claims";
    }
  | { readonly kind: "builtin"; readonly task: "spam" | "language" }
  | {
      readonly kind: "synthetic";
      readonly items: number;
      readonly outcomes: number;
      /** Mean accuracy of honest workers, and its standard deviation over workers. */
      readonly accuracy: number;
      readonly spread: number;
      /** Part of the errors that workers have in common, 0 to 1. */
      readonly correlation: number;
      /** Frequency of the usual outcome; the rest share the remainder. */
      readonly prevalence: number;
      /** Share of the items that a worker answers. */
      readonly density: number;
    };

/** Some of the population with one strategy. Shares of everybody; what is left is honest. */
export interface Group {
  /** A name of `STRATEGIES`. */
  readonly strategy: string;
  /** Share of the stake, 0 to below 1. */
  readonly stake: number;
  /** Share of the identities, 0 to below 1. */
  readonly identities: number;
  /** Of the strategy: see its entry in `STRATEGIES`. */
  readonly settings: Readonly<Record<string, number>>;
}

export type EngineKind = "sampled" | "exact" | "chain";

/** Everything that a simulation depends on: the same gives the same. */
export interface Config {
  readonly source: Source;
  /** Agents in all; `null`: as many as the data have workers. */
  readonly agents: number | null;
  readonly groups: readonly Group[];
  /** Outcomes and kind of answers are the data's, whatever it says. `seats` 0: so many that a first round takes all answers there are. */
  readonly rules: Rules;
  /** Share of the questions that are canaries, 0 to 1. */
  readonly canaries: number;
  /** Further rounds that askers prepay. */
  readonly budgetRounds: number;
  /** Honest agents abstain with less confidence than this; 0: never. */
  readonly minConfidence: number;
  /** Stake of an honest agent, wei. 0: so much that it covers the bonds of the seats it gets. */
  readonly stake: bigint;
  /** Epochs in which questions are asked; `null`: so many that every item is asked once. */
  readonly epochs: number | null;
  /** `null`: so many that every item is asked once, or few enough for trust to follow if `epochs` is `null` too. */
  readonly questionsPerEpoch: number | null;
  readonly engine: EngineKind;
  readonly seed: number;
}

/** With everything chosen that was left open. */
export interface CompleteConfig extends Config {
  readonly epochs: number;
  readonly questionsPerEpoch: number;
}
