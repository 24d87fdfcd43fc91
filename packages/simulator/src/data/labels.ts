import { DOMAIN_BOUNDS } from "@assay/protocol";
import { type Chance, chanceOf } from "../chance.ts";
import type { TaskAnswer, TaskItem, Tasks } from "../model/tasks.ts";
import type { RawAnswer, RawData } from "./folder.ts";
import { named } from "./notes.ts";

const [LEAST_OUTCOMES, MOST_OUTCOMES] = DOMAIN_BOUNDS.outcomes;

/** The candidate that says that the truth is none of the others. */
export const NONE_OF_THESE = "(none of these)";
/** Outcomes of a claim. */
const CLAIM_LABELS = ["false", "true"] as const;

type Answers = ReadonlyMap<number, RawAnswer>;

/**
 * Turns words into outcomes.
 *
 * - Up to 16 labels: an outcome each, the same on every item.
 * - More, as candidates: an outcome for each answer to the item, its 15 most frequent if there are more (the truth always, if somebody
 *   gave it), and one for none of these, all in an order that follows from the seed. Who gave an answer that is not listed says none of
 *   these, which is also the truth where nobody gave the true answer.
 * - More, as claims: an item is one claim, "the answer is X"; X is its most frequent answer, or as often the runner-up where there is
 *   one, so that not all claims are true. Who gave X says true, the others say false.
 *
 * @throws SimulatorError `DATA_UNUSABLE` with one worker, or one label
 */
export function tasksOf(raw: RawData, name: string, openAs: "candidates" | "claims", seed: number): Tasks {
  const { items, workers, answers, gold, notes } = raw;
  if (workers.length === 1) {
    throw notes.unusable(`all answers are of the one worker "${workers[0]}": nobody can agree with it`);
  }
  const labels = labelsOf(answers, gold);
  if (labels.length < LEAST_OUTCOMES) {
    throw notes.unusable(`all answers are the one label "${labels[0]}": there is nothing to decide`);
  }
  const open = labels.length > MOST_OUTCOMES;
  const treated =
    open && openAs === "claims"
      ? answers.map((of, i) => claim(of, items[i] as string, gold.get(i), chanceOf(seed, `claim/${items[i]}`)))
      : open
        ? answers.map((of, i) =>
            candidates(of, items[i] as string, gold.get(i), chanceOf(seed, `candidates/${items[i]}`)),
          )
        : answers.map((of, i) => closed(of, items[i] as string, gold.get(i), labels));
  if (open) notes.say(openNote(openAs, labels.length));
  const offList = treated.filter(({ offList }) => offList > 0);
  if (offList.length > 0) {
    const count = offList.reduce((total, { offList }) => total + offList, 0);
    notes.say(
      `${count} answers are not among the ${MOST_OUTCOMES - 1} candidates of their items and count as ${NONE_OF_THESE}: ` +
        named(
          "item",
          offList.map(({ item }) => item.id),
        ),
    );
  }
  const nobody = open ? treated.filter(({ ungiven }) => ungiven) : [];
  if (nobody.length > 0) {
    const counts =
      openAs === "claims" ? "the claim is false" : `the truth is ${NONE_OF_THESE}, all answers given are wrong`;
    notes.say(
      `nobody gave the true answer to ${named(
        "item",
        nobody.map(({ item }) => item.id),
      )}: ${counts}`,
    );
  }
  return {
    name,
    outcomes: Math.max(...treated.map(({ item }) => item.labels.length)),
    openAnswers: open && openAs === "candidates",
    items: treated.map(({ item }) => item),
    workers,
    answers: treated.map((t) => t.answers),
    notes: notes.sentences(),
  };
}

interface Treated {
  readonly item: TaskItem;
  readonly answers: ReadonlyMap<number, TaskAnswer>;
  /** Answers that have no outcome of their own. */
  readonly offList: number;
  /** Whether the truth is known, and nobody's answer. */
  readonly ungiven: boolean;
}

function closed(of: Answers, id: string, truth: string | undefined, labels: readonly string[]): Treated {
  const outcomes = new Map(labels.map((label, outcome) => [label, outcome]));
  const outcomeOf = (label: string) => outcomes.get(label) as number;
  return {
    item: { id, truth: truth === undefined ? null : outcomeOf(truth), labels },
    answers: translate(of, outcomeOf),
    offList: 0,
    ungiven: false,
  };
}

function candidates(of: Answers, id: string, truth: string | undefined, chance: Chance): Treated {
  const given = byFrequency(of);
  const room = MOST_OUTCOMES - 1;
  let listed = given.slice(0, room);
  if (truth !== undefined && given.includes(truth) && !listed.includes(truth)) {
    listed = [...listed.slice(0, room - 1), truth];
  }
  const labels = chance.shuffle([...listed, NONE_OF_THESE]);
  const none = labels.indexOf(NONE_OF_THESE);
  const outcomeOf = (label: string) => (listed.includes(label) ? labels.indexOf(label) : none);
  return {
    item: { id, truth: truth === undefined ? null : outcomeOf(truth), labels },
    answers: translate(of, outcomeOf),
    offList: [...of.values()].filter(({ label }) => !listed.includes(label)).length,
    ungiven: truth !== undefined && !given.includes(truth),
  };
}

function claim(of: Answers, id: string, truth: string | undefined, chance: Chance): Treated {
  const [first, second] = byFrequency(of);
  const claimed = second !== undefined && chance.holds(0.5) ? second : first;
  const outcomeOf = (label: string) => (label === claimed ? 1 : 0);
  return {
    item: { id: `${id}: ${claimed}`, truth: truth === undefined ? null : outcomeOf(truth), labels: CLAIM_LABELS },
    answers: translate(of, outcomeOf),
    offList: 0,
    ungiven: truth !== undefined && ![...of.values()].some(({ label }) => label === truth),
  };
}

function translate(of: Answers, outcomeOf: (label: string) => number): Map<number, TaskAnswer> {
  return new Map([...of].map(([worker, { label, confidence }]) => [worker, { outcome: outcomeOf(label), confidence }]));
}

/** Labels of an item, the most frequent first, ties by name. */
function byFrequency(of: Answers): string[] {
  const counts = new Map<string, number>();
  for (const { label } of of.values()) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || compare(a, b)).map(([label]) => label);
}

function labelsOf(answers: readonly Answers[], gold: ReadonlyMap<number, string>): string[] {
  const labels = new Set(gold.values());
  for (const of of answers) for (const { label } of of.values()) labels.add(label);
  return [...labels].sort(compare);
}

/** Numbers by value, before words in the order of their code units. */
function compare(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return +Number.isNaN(x) - +Number.isNaN(y) || (a < b ? -1 : a > b ? 1 : 0);
  return x - y || (a < b ? -1 : a > b ? 1 : 0);
}

function openNote(openAs: "candidates" | "claims", labels: number): string {
  const treatment =
    openAs === "claims"
      ? "each item is one claim about its most frequent answer, or as often about the runner-up where there is one"
      : `each item has a list of candidates of its own: the answers it was given, up to ${MOST_OUTCOMES - 1}, and ${NONE_OF_THESE}`;
  return `${labels} labels are more than ${MOST_OUTCOMES}: open answers; ${treatment}`;
}
