/** One thing that is asked. */
export interface TaskItem {
  readonly id: string;
  /** Known answer, an index into `labels`; `null` where nobody knows it. It is used to score, by oracles and by attackers only. */
  readonly truth: number | null;
  /** What the outcomes mean. */
  readonly labels: readonly string[];
}

export interface TaskAnswer {
  /** Index into the item's `labels`. */
  readonly outcome: number;
  /** The worker's own, 0 to 1, where the data have it. */
  readonly confidence: number | null;
}

/** Items with everybody's answers to them. */
export interface Tasks {
  readonly name: string;
  /** K: the most labels an item has, at least 2. */
  readonly outcomes: number;
  /** Outcome numbers mean nothing from item to item. */
  readonly openAnswers: boolean;
  readonly items: readonly TaskItem[];
  readonly workers: readonly string[];
  /** By item, then by worker's index: what each said; a worker that was not asked, or did not answer, is missing. */
  readonly answers: readonly ReadonlyMap<number, TaskAnswer>[];
  /** What was done with input that is not plain, one sentence each. */
  readonly notes: readonly string[];
}
