import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { chanceOf } from "../chance.ts";
import { loadTasks } from "../data/load.ts";
import type { Baseline } from "../model/result.ts";
import { baselinesOf } from "./baselines.ts";
import { dawidSkene, oneCoin } from "./dawid-skene.ts";
import { plurality, type Poll, type Voice, type Voter } from "./poll.ts";

/** Table 1 of Dawid and Skene (1979): 45 patients, five observers, of whom the first saw each patient three times. */
const TABLE_1 =
  "111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3|232 2 2 2 3|" +
  "444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1|222 2 2 2 1|222 1 3 2 2|" +
  "222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|" +
  "111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|" +
  "111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2";
const DATA = fileURLToPath(new URL("../../../../../shared/data/rte", import.meta.url));

const voices = (...outcomes: readonly (number | null)[]): Voice[] =>
  outcomes.flatMap((outcome, voter) => (outcome === null ? [] : [{ voter, outcome }]));

function poll(truth: number | null, given: readonly (number | null)[], rest: Partial<Poll> = {}): Poll {
  return { truth, labels: 2, askedIn: 1, voices: voices(...given), taken: given.length, ...rest };
}

const honest = (...stakes: readonly number[]): Voter[] => stakes.map((stake) => ({ stake, honest: true }));

function answers(name: Baseline, polls: readonly Poll[], voters: readonly Voter[], openAnswers = false, seed = 1) {
  const outcomes = Math.max(...polls.map(({ labels }) => labels));
  return baselinesOf(polls, voters, { outcomes, openAnswers, seed }).map((of) => of[name]);
}

const repeat = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe("baselines", () => {
  it("majority takes what most say, draws ties by chance, and has nothing to say of nothing", () => {
    const polls = [poll(0, [0, 0, 1]), poll(0, [1, 1, 0]), poll(0, [])];
    assert.deepEqual(answers("majority", polls, honest(1, 1, 1)), [0, 1, null]);
    const ties = repeat(400, () => poll(0, [0, 1, 2, 2, 1], { labels: 4 }));
    const drawn = answers("majority", ties, honest(1, 1, 1, 1, 1));
    const ones = drawn.filter((outcome) => outcome === 1).length;
    assert.ok(ones > 160 && ones < 240 && drawn.every((outcome) => outcome === 1 || outcome === 2), `${ones}`);
    assert.equal(
      plurality(voices(0, 1), 2, chanceOf(1, "x"), (voter) => voter),
      1,
    );
  });

  it("majority of as many takes so many answers, each once", () => {
    const polls = repeat(600, () => poll(0, [0, 0, 0, 1], { taken: 1 }));
    const voters = honest(1, 1, 1, 1);
    const right = answers("majoritySame", polls, voters).filter((outcome) => outcome === 0).length;
    assert.ok(Math.abs(right - 450) < 40, `${right}`);
    // Of three of the four at least two are right, if nobody is drawn twice.
    const three = polls.map((of) => ({ ...of, taken: 3 }));
    assert.ok(answers("majoritySame", three, voters).every((outcome) => outcome === 0));
    assert.deepEqual(answers("majoritySame", [poll(0, [0, 1], { taken: 0 })], voters), [null]);
  });

  it("stake weighs, and moves from losers to winners", () => {
    const polls = [...repeat(20, () => poll(0, [0, 1, 1])), poll(0, [0, null, 1])];
    const voters = honest(3, 2, 2);
    assert.equal(answers("stakeWeighted", polls, voters).at(-1), 0);
    assert.equal(answers("stakeMoving", polls, voters).at(-1), 1);
    assert.equal(answers("stakeMoving", polls.slice(-1), voters).at(-1), 0);
  });

  it("the best in hindsight is honest, and not best by a few lucky answers", () => {
    // 0 is right 9 times of 10, 1 once of 1, 2 always, and no honest agent, 3 never.
    const polls = repeat(10, (i) => poll(0, [i === 0 ? 1 : 0, i === 0 ? 0 : null, 0, 1]));
    const voters = [...honest(1, 1), { stake: 1, honest: false }, ...honest(1)];
    const said = answers("bestHindsight", polls, voters);
    assert.deepEqual(said, [1, ...repeat(9, () => 0)]);
    // Where it has no answer, the next best that has one.
    assert.deepEqual(answers("bestHindsight", [...polls, poll(0, [null, 0, 0, 1])], voters).at(-1), 0);
    assert.deepEqual(answers("bestHindsight", [...polls, poll(0, [null, null, 0, null])], voters).at(-1), null);
  });

  it("the best on the past is so by earlier epochs only", () => {
    const polls = [
      poll(0, [1, 0], { askedIn: 1 }),
      poll(0, [1, 0], { askedIn: 1 }),
      poll(0, [1, 0], { askedIn: 2 }),
      poll(0, [0, 1], { askedIn: 2 }),
    ];
    // Nothing is known in the first epoch: the first there is.
    assert.deepEqual(answers("bestPast", polls, honest(1, 1)), [1, 1, 0, 1]);
  });

  it("oracle weights know who is right, and turn round who is wrong", () => {
    const liars = repeat(40, (i) => poll(i % 2, [i % 2, 1 - (i % 2), 1 - (i % 2)]));
    const voters = honest(1, 1, 1);
    assert.deepEqual(
      answers("majority", liars, voters),
      liars.map(({ truth }) => 1 - (truth as number)),
    );
    assert.deepEqual(
      answers("oracle", liars, voters),
      liars.map(({ truth }) => truth),
    );
  });

  it("say nothing that takes a truth where none is known", () => {
    const polls = [poll(null, [0, 0]), poll(null, [1, 1])];
    const all = baselinesOf(polls, honest(1, 1), { outcomes: 2, openAnswers: false, seed: 1 });
    assert.deepEqual(
      all.map(({ oracle, bestHindsight, bestPast }) => [oracle, bestHindsight, bestPast]),
      [
        [null, null, null],
        [null, null, null],
      ],
    );
    assert.deepEqual(
      all.map(({ majority, dawidSkene: ds }) => [majority, ds]),
      [
        [0, 0],
        [1, 1],
      ],
    );
  });

  it("follow from the seed", () => {
    const polls = repeat(40, () => poll(0, [0, 1]));
    assert.deepEqual(answers("majority", polls, honest(1, 1)), answers("majority", polls, honest(1, 1)));
    assert.notDeepEqual(answers("majority", polls, honest(1, 1)), answers("majority", polls, honest(1, 1), false, 2));
  });
});

describe("Dawid-Skene", () => {
  it("estimates what Dawid and Skene did of their own data", () => {
    const patients = TABLE_1.split("|").map((row) => ({
      labels: 4,
      voices: row
        .split(" ")
        .flatMap((said, voter) => [...said].map((grade) => ({ voter, outcome: Number(grade) - 1 }))),
    }));
    const { marginals, posteriors } = dawidSkene(patients, 4, 5);
    assert.deepEqual(
      marginals?.map((share) => share.toFixed(2)),
      ["0.40", "0.42", "0.11", "0.07"],
    );
    const classes = posteriors.map((p) => p.indexOf(Math.max(...p)) + 1).join("");
    // Most likely classes, as another implementation of the same has them.
    assert.equal(classes, "142222132243121111222222112111131224233111212");
    for (const p of posteriors) assert.ok(Math.abs(p.reduce((a, b) => a + b) - 1) < 1e-9);
  });

  it(
    "reaches what is known of the textual entailment set",
    { skip: existsSync(DATA) ? false : `${DATA} is not there` },
    async () => {
      const { items, answers: given, workers } = await loadTasks({ kind: "folder", path: DATA }, 1);
      const polls = items.map(({ labels }, i) => ({
        labels: labels.length,
        voices: [...(given[i] ?? [])].map(([voter, { outcome }]) => ({ voter, outcome })),
      }));
      const { posteriors } = dawidSkene(polls, 2, workers.length);
      const right =
        posteriors.filter((p, i) => ((p[1] as number) > 0.5 ? 1 : 0) === items[i]?.truth).length / items.length;
      assert.ok(right >= 0.92 && right <= 0.935, `${right}`);
    },
  );

  it("with one coin a voter finds who errs, whatever outcome numbers mean, and however many there are", () => {
    const chance = chanceOf(1, "coins");
    const truths = repeat(300, () => chance.below(3));
    const say = (truth: number, accuracy: number) => (chance.holds(accuracy) ? truth : (truth + 1) % 3);
    // Three that err together on the same answer, two that are mostly right.
    const polls = truths.map((truth) => {
      const together = say(truth, 0.45);
      return {
        labels: 3 + (truth === 0 ? 1 : 0),
        voices: voices(together, together, say(truth, 0.9), say(truth, 0.95), say(truth, 0.9)),
      };
    });
    const right = (guesses: readonly number[]) =>
      guesses.filter((guess, i) => guess === truths[i]).length / truths.length;
    const { posteriors, marginals } = oneCoin(polls, 5);
    const learned = right(posteriors.map((p) => p.indexOf(Math.max(...p))));
    const majority = right(polls.map((of) => plurality(of.voices, of.labels, chance) as number));
    assert.equal(marginals, null);
    assert.ok(learned > 0.93 && learned > majority + 0.02, `${learned} ${majority}`);
  });

  it("knows nothing where nobody said anything", () => {
    assert.deepEqual(oneCoin([{ labels: 4, voices: [] }], 0).posteriors, [[0.25, 0.25, 0.25, 0.25]]);
  });
});
