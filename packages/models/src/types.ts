/** The two kinds of claim that the built-in models answer. */
export type TaskName = "spam" | "language";

/** What a model gets to see of a claim: never the answer. */
export interface ModelInput {
  /** Stable within a task; derived from the content, so it says nothing about the truth. */
  readonly id: string;
  /** The content that the claim is about. */
  readonly text: string;
  /** ISO 639-3 code that the claim asserts. Only in the language task. */
  readonly language?: string;
}

/** A claim with its known answer. */
export interface Item extends ModelInput {
  /** The claim in words. */
  readonly statement: string;
  /** SHA-256 of the UTF-8 bytes of `text`. */
  readonly contentHash: `0x${string}`;
  /** Index into the task's `outcomes`. */
  readonly truth: number;
}

export interface Task {
  readonly name: TaskName;
  /** Names of the outcomes; an outcome is an index into this list. */
  readonly outcomes: readonly string[];
  /** Items that models may learn from. */
  readonly train: readonly Item[];
  /** Items that no model has seen; no content is in both lists. */
  readonly heldOut: readonly Item[];
}

export interface Prediction {
  /** Index into the task's `outcomes`. */
  readonly outcome: number;
  /** Calibrated probability of `outcome`, 0.5 (a guess) to 1. */
  readonly confidence: number;
}

export interface Model {
  /** Unique among the models of one population, e.g. `naive-bayes-2`. */
  readonly id: string;
  readonly kind: string;
  readonly task: TaskName;
  /** True when the model was built by its authors from the text that it is asked about. */
  readonly contaminated?: boolean;
  predict(item: ModelInput): Prediction;
}
