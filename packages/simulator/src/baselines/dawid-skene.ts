import type { Poll } from "./poll.ts";

/** Added to each count of a confusion matrix, so that nothing is impossible because it was not seen. */
const SMOOTHING = 0.01;
const MOST_ITERATIONS = 100;
/** No posterior moves by more: converged. */
const TOLERANCE = 1e-5;

export interface DawidSkene {
  /** By poll: probability of each outcome; all alike where nobody said anything. */
  readonly posteriors: readonly (readonly number[])[];
  /** Frequencies of the outcomes; `null` in the model of one coin. */
  readonly marginals: readonly number[] | null;
}

type Said = Pick<Poll, "voices" | "labels">;
type Posteriors = readonly number[][];

/**
 * Dawid and Skene (1979): truths and each voter's confusion matrix at once, by expectation maximization over all polls, from shares of
 * votes. A voter may speak several times in a poll.
 * @param outcomes of all polls together
 * @example
 * dawidSkene(polls, 2, voters).posteriors[0];
 */
export function dawidSkene(polls: readonly Said[], outcomes: number, voters: number): DawidSkene {
  const all = Array.from({ length: outcomes }, (_, outcome) => outcome);
  let marginals: number[] = [];
  const posteriors = iterate(polls, (before) => {
    marginals = normalize(all.map((truth) => SMOOTHING + sum(before.map((p) => p[truth] ?? 0))));
    const counts = new Float64Array(voters * outcomes * outcomes).fill(SMOOTHING);
    const at = (voter: number, truth: number, said: number) => (voter * outcomes + truth) * outcomes + said;
    polls.forEach(({ voices }, i) => {
      const p = before[i] as number[];
      for (const { voter, outcome } of voices) {
        p.forEach(
          (share, truth) => (counts[at(voter, truth, outcome)] = (counts[at(voter, truth, outcome)] as number) + share),
        );
      }
    });
    const logs = counts.map((_, i) => {
      const row = i - (i % outcomes);
      return Math.log((counts[i] as number) / sum(counts.subarray(row, row + outcomes)));
    });
    return ({ voices, labels }) =>
      all.slice(0, labels).map((truth) => {
        const prior = Math.log(marginals[truth] as number);
        return voices.reduce((total, { voter, outcome }) => total + (logs[at(voter, truth, outcome)] as number), prior);
      });
  });
  return { posteriors, marginals };
}

/**
 * The same with one coin a voter: right with its accuracy, else any of the other outcomes of the poll alike. For open answers, where the
 * numbers of outcomes mean nothing from poll to poll.
 */
export function oneCoin(polls: readonly Said[], voters: number): DawidSkene {
  const posteriors = iterate(polls, (before) => {
    const right = new Float64Array(voters).fill(SMOOTHING);
    const spoken = new Float64Array(voters).fill(2 * SMOOTHING);
    polls.forEach(({ voices }, i) => {
      for (const { voter, outcome } of voices) {
        right[voter] = (right[voter] as number) + ((before[i] as number[])[outcome] as number);
        spoken[voter] = (spoken[voter] as number) + 1;
      }
    });
    const accuracies = right.map((r, voter) => r / (spoken[voter] as number));
    return ({ voices, labels }) => evidenceOf(voices, labels, (voter) => accuracies[voter] as number);
  });
  return { posteriors, marginals: null };
}

/** Log-likelihood of each outcome, of voters with these accuracies. @param labels of the poll, at least 2 */
export function evidenceOf(voices: Said["voices"], labels: number, accuracyOf: (voter: number) => number): number[] {
  const logs = Array<number>(labels).fill(0);
  for (const { voter, outcome } of voices) {
    const accuracy = accuracyOf(voter);
    const wrong = Math.log((1 - accuracy) / (labels - 1));
    for (let truth = 0; truth < labels; truth++) {
      logs[truth] = (logs[truth] as number) + (truth === outcome ? Math.log(accuracy) : wrong);
    }
  }
  return logs;
}

/** Both steps, until nothing moves: `maximize` gives the log-likelihoods of a poll's outcomes under the posteriors before. */
function iterate(polls: readonly Said[], maximize: (before: Posteriors) => (poll: Said) => number[]): Posteriors {
  let posteriors = polls.map(({ voices, labels }) => {
    const counts = Array<number>(labels).fill(voices.length === 0 ? 1 : 0);
    for (const { outcome } of voices) counts[outcome] = (counts[outcome] as number) + 1;
    return normalize(counts);
  });
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const next = polls.map(maximize(posteriors)).map(softmax);
    const moved = Math.max(
      ...next.map((p, i) => Math.max(...p.map((v, o) => Math.abs(v - (posteriors[i]?.[o] as number))))),
    );
    posteriors = next;
    if (moved < TOLERANCE) break;
  }
  return posteriors;
}

function softmax(logs: readonly number[]): number[] {
  const largest = Math.max(...logs);
  return normalize(logs.map((log) => Math.exp(log - largest)));
}

function normalize(values: readonly number[]): number[] {
  const total = sum(values);
  return values.map((value) => value / total);
}

function sum(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
