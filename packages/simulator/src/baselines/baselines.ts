import { chanceOf } from "../chance.ts";
import type { Baseline } from "../model/result.ts";
import { dawidSkene, evidenceOf, oneCoin } from "./dawid-skene.ts";
import { leading, plurality, type Poll, type Voter } from "./poll.ts";
import { bestInHindsight, bestOnThePast, scoresOf, smoothed } from "./single.ts";
import { stakeMoving } from "./stake-moving.ts";

/**
 * What every baseline answers to every poll, in the order of asking. Ties are drawn by chance, each baseline's from a stream of its own.
 * @param polls in the order of asking
 * @param outcomes of all polls together
 * @param openAnswers outcome numbers mean nothing from poll to poll
 */
export function baselinesOf(
  polls: readonly Poll[],
  voters: readonly Voter[],
  { outcomes, openAnswers, seed }: { readonly outcomes: number; readonly openAnswers: boolean; readonly seed: number },
): Record<Baseline, number | null>[] {
  const chanceFor = (name: Baseline) => chanceOf(seed, `baseline/${name}`);
  const each = (name: Baseline, answer: (poll: Poll, chance: ReturnType<typeof chanceFor>) => number | null) => {
    const chance = chanceFor(name);
    return polls.map((poll) => answer(poll, chance));
  };
  const learned = openAnswers ? oneCoin(polls, voters.length) : dawidSkene(polls, outcomes, voters.length);
  const learnedChance = chanceFor("dawidSkene");
  const accuracies = scoresOf(polls, voters.length).map(smoothed);
  const someTruth = polls.some(({ truth }) => truth !== null);
  const answers: Record<Baseline, (number | null)[]> = {
    majority: each("majority", ({ voices, labels }, chance) => plurality(voices, labels, chance)),
    majoritySame: each("majoritySame", ({ voices, labels, taken }, chance) =>
      plurality(chance.shuffle(voices).slice(0, taken), labels, chance),
    ),
    stakeWeighted: each("stakeWeighted", ({ voices, labels }, chance) =>
      plurality(voices, labels, chance, (voter) => voters[voter]?.stake ?? 0),
    ),
    stakeMoving: stakeMoving(polls, voters, chanceFor("stakeMoving")),
    dawidSkene: polls.map(({ voices }, i) =>
      voices.length === 0 ? null : leading(learned.posteriors[i] as number[], learnedChance),
    ),
    bestHindsight: bestInHindsight(polls, voters),
    bestPast: bestOnThePast(polls, voters),
    // What is best with the true accuracies known, if voters err one by one: weights are log-odds, below 0 for the worse than chance.
    oracle: each("oracle", ({ voices, labels }, chance) =>
      !someTruth || voices.length === 0
        ? null
        : leading(
            evidenceOf(voices, labels, (voter) => accuracies[voter] as number),
            chance,
          ),
    ),
  };
  const names = Object.keys(answers) as Baseline[];
  return polls.map(
    (_, i) =>
      Object.fromEntries(names.map((name) => [name, answers[name][i] ?? null])) as Record<Baseline, number | null>,
  );
}
