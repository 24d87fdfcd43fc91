import type { Poll, Voice, Voter } from "./poll.ts";

/** Of a normal distribution, 95 % two-sided. */
const Z = 1.96;

/** How often a voter was right, of the polls with a truth that it answered. */
export interface Score {
  readonly right: number;
  readonly given: number;
}

/** Scores of all voters, by index. */
export function scoresOf(polls: readonly Poll[], voters: number): Score[] {
  const scores = noScores(voters);
  for (const poll of polls) count(poll, scores);
  return scores;
}

/** Accuracy of a voter, from one half where nothing is known of it. */
export function smoothed({ right, given }: Score): number {
  return (right + 1) / (given + 2);
}

/**
 * What the best honest agent of the whole run says, of those that have an answer to the item: on data in which everybody answers
 * everything one and the same. Best: by the lower end of Wilson's interval, so that a few lucky answers make nobody the best.
 */
export function bestInHindsight(polls: readonly Poll[], voters: readonly Voter[]): (number | null)[] {
  if (polls.every(({ truth }) => truth === null)) return polls.map(() => null);
  const worths = scoresOf(polls, voters.length).map(lowerBound);
  return polls.map(({ voices }) => bestOf(voices, voters, (voter) => worths[voter] as number));
}

/** The same by what is known when the item is asked: how often each was right on items of earlier epochs. */
export function bestOnThePast(polls: readonly Poll[], voters: readonly Voter[]): (number | null)[] {
  if (polls.every(({ truth }) => truth === null)) return polls.map(() => null);
  const scores = noScores(voters.length);
  let scored = 0;
  return polls.map(({ voices, askedIn }) => {
    for (; (polls[scored] as Poll).askedIn < askedIn; scored++) count(polls[scored] as Poll, scores);
    return bestOf(voices, voters, (voter) => smoothed(scores[voter] as Score));
  });
}

/** What the worthiest honest voter says; the first of several. */
function bestOf(voices: readonly Voice[], voters: readonly Voter[], worthOf: (voter: number) => number): number | null {
  const honest = voices.filter(({ voter }) => voters[voter]?.honest === true);
  const [first] = honest;
  if (first === undefined) return null;
  return honest.reduce((best, voice) => (worthOf(voice.voter) > worthOf(best.voter) ? voice : best), first).outcome;
}

function lowerBound({ right, given }: Score): number {
  if (given === 0) return 0;
  const share = right / given;
  const z2 = Z * Z;
  const margin = Z * Math.sqrt((share * (1 - share)) / given + z2 / (4 * given * given));
  return (share + z2 / (2 * given) - margin) / (1 + z2 / given);
}

type Counts = { right: number; given: number }[];

function noScores(voters: number): Counts {
  return Array.from({ length: voters }, () => ({ right: 0, given: 0 }));
}

function count({ truth, voices }: Poll, scores: Counts): void {
  if (truth === null) return;
  for (const { voter, outcome } of voices) {
    const score = scores[voter] as Counts[number];
    score.given++;
    if (outcome === truth) score.right++;
  }
}
