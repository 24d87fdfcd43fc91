import { DOMAIN_BOUNDS } from "@assay/protocol";
import { chanceOf } from "../chance.ts";
import { SimulatorError } from "../errors.ts";
import type { Source } from "../model/config.ts";
import type { TaskAnswer, Tasks } from "../model/tasks.ts";

/** Workers where the configuration names no number of agents. */
const DEFAULT_WORKERS = 100;
const [LEAST_OUTCOMES, MOST_OUTCOMES] = DOMAIN_BOUNDS.outcomes;
/** No worker is always right or always wrong. */
const [LEAST_ACCURACY, MOST_ACCURACY] = [0.01, 0.99];

type Synthetic = Extract<Source, { kind: "synthetic" }>;

/**
 * Items of workers with set accuracies. A worker is wrong where a draw of [0, 1) exceeds its accuracy; with the probability of
 * `correlation` the draw, and the wrong answer, are the item's and not its own. So each worker's accuracy is what it is told to be, and two
 * workers err together the more, the larger `correlation` is.
 * @throws SimulatorError `BAD_CONFIG` with a setting out of its range
 */
export function syntheticTasks(source: Synthetic, seed: number, workers: number | null): Tasks {
  check(source);
  const { items, outcomes, accuracy, spread, correlation, prevalence, density } = source;
  const people = chanceOf(seed, "synthetic/workers");
  const accuracies = Array.from({ length: workers ?? DEFAULT_WORKERS }, () =>
    Math.min(MOST_ACCURACY, Math.max(LEAST_ACCURACY, accuracy + spread * people.normal())),
  );
  const truths = chanceOf(seed, "synthetic/truths");
  const draws = chanceOf(seed, "synthetic/answers");
  const frequencies = [prevalence, ...Array<number>(outcomes - 1).fill((1 - prevalence) / (outcomes - 1))];
  const labels = frequencies.map((_, outcome) => `${outcome}`);
  const wrongOf = (truth: number) => (truth + 1 + draws.below(outcomes - 1)) % outcomes;
  const known = Array.from({ length: items }, () => truths.weighted(frequencies));
  return {
    name: "synthetic",
    outcomes,
    openAnswers: false,
    items: known.map((truth, i) => ({ id: `${i}`, truth, labels })),
    workers: accuracies.map((_, w) => `worker-${w}`),
    answers: known.map((truth) => {
      const shared = { draw: draws.real(), wrong: wrongOf(truth) };
      const answers = new Map<number, TaskAnswer>();
      accuracies.forEach((right, w) => {
        if (!draws.holds(density)) return;
        const own = draws.holds(correlation) ? shared : { draw: draws.real(), wrong: wrongOf(truth) };
        answers.set(w, { outcome: own.draw < right ? truth : own.wrong, confidence: null });
      });
      return answers;
    }),
    notes: [],
  };
}

function check(source: Synthetic): void {
  const within = (name: keyof Synthetic, min: number, max: number, integer = false) => {
    const value = source[name];
    if (typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value))) return;
    const kind = integer ? "an integer" : "a number";
    throw new SimulatorError("BAD_CONFIG", `synthetic ${name} must be ${kind} from ${min} to ${max}, got ${value}`);
  };
  within("items", 1, 1_000_000, true);
  within("outcomes", LEAST_OUTCOMES, MOST_OUTCOMES, true);
  for (const name of ["accuracy", "spread", "correlation", "prevalence"] as const) within(name, 0, 1);
  // Nobody would answer anything with less.
  within("density", 0.001, 1);
}
