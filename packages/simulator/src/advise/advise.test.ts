import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { madeUpResult } from "../report/kit.ts";
import { summarize } from "../report/summary.ts";
import { checkConfig } from "../run/check.ts";
import { adviceOf, advised } from "./advice.ts";
import { atRiskOf, candidatesOf, configOf, minStakeOf } from "./candidates.ts";
import { type Choice, choices, identitiesOf, judge, meets } from "./law.ts";
import { adviceText } from "./texts.ts";
import type { Wish } from "./wish.ts";

const WISH: Wish = {
  ...{ error: 0.02, undecided: 0.1, attacker: 0.2, accuracy: 0.85, correlation: 0, honestAgents: 40 },
  budget: null,
};
const CHOICE: Choice = { seats: 9, rounds: 2, supermajorityBps: 6_667 };

describe("judge", () => {
  it("gives probabilities of all endings, and seats within those of all rounds", () => {
    const { right, captured, blocked, seats } = judge(CHOICE, WISH).law;
    assert.ok(Math.abs(right + captured + blocked - 1) < 1e-9);
    assert.ok(seats > 9 && seats < 28);
  });

  it("finds correlated errors worse, and mixes nothing where there are none", () => {
    const apart = judge(CHOICE, WISH).law;
    const alike = judge(CHOICE, { ...WISH, correlation: 0.5 }).law;
    assert.ok(alike.captured > 2 * apart.captured);
    assert.ok(Math.abs(judge(CHOICE, { ...WISH, correlation: 1e-9 }).law.captured - apart.captured) < 1e-6);
  });

  it("supposes identities that stake as much as an honest agent", () => {
    assert.equal(identitiesOf(WISH), 10);
    assert.equal(identitiesOf({ ...WISH, attacker: 0.001 }), 1);
  });
});

describe("candidatesOf", () => {
  const judged = choices()
    .filter(({ seats }) => seats <= 11)
    .map((choice) => judge(choice, WISH));

  it("has the cheapest that the law allows, and cheaper ones that trust may save", () => {
    const candidates = candidatesOf(judged, WISH);
    const within = ({ law }: (typeof candidates)[number]) =>
      meets(WISH, { wrong: law.captured, undecided: law.blocked, fees: law.seats });
    const [allowed, others] = [candidates.filter(within), candidates.filter((one) => !within(one))];
    assert.ok(allowed.length > 0 && others.length > 0);
    const cheapest = Math.min(...allowed.map(({ law }) => law.seats));
    assert.ok(others.every(({ law }) => law.seats < cheapest));
    assert.ok(allowed.some(({ canaries }) => canaries === 0) && allowed.some(({ canaries }) => canaries > 0));
  });

  it("keeps to the budget", () => {
    assert.ok(candidatesOf(judged, { ...WISH, budget: 12 }).every(({ law }) => law.seats <= 12));
    assert.deepEqual(candidatesOf(judged, { ...WISH, budget: 1 }), []);
  });

  it("makes configurations that can be simulated", () => {
    for (const candidate of candidatesOf(judged, WISH)) checkConfig(configOf(candidate, WISH, 1));
  });
});

describe("stakes", () => {
  it("cover the bonds of all seats with the attacker's share", () => {
    // 9 and 19 seats, of which a fifth of the stake holds the bonds; more than ten times nine.
    assert.equal(minStakeOf(CHOICE, WISH), 24 * 140);
    assert.equal(minStakeOf({ ...CHOICE, rounds: 1 }, { ...WISH, attacker: 0.5 }), 24 * 90);
  });

  it("are at risk for the seats that turn a first round", () => {
    assert.equal(atRiskOf(CHOICE), 24 * 7);
    assert.equal(atRiskOf({ ...CHOICE, rounds: 1 }), 24 * 5);
  });
});

describe("adviceOf", () => {
  const candidate = { ...judge(CHOICE, WISH), canaries: 0.05 };
  const one = advised(candidate, [summarize(madeUpResult())], WISH);

  it("counts the canaries into what a question costs", () => {
    assert.ok(Math.abs(one.fees - 9 / 0.95) < 1e-9);
  });

  it("puts what meets the wish first, the cheapest before the others", () => {
    const good = { ...one, meetsWish: true };
    const cheap = { ...good, fees: 5 };
    const sorted = adviceOf(WISH, [one, good, cheap], 1, true);
    assert.deepEqual(sorted.candidates, [cheap, good, one]);
    const text = adviceText(sorted);
    assert.match(text, /choose k=9,rounds=2,supermajority=6667 with 5.00% canaries/);
    assert.match(text, /do not, nearest first/);
    assert.doesNotMatch(text, /NaN|undefined|null/);
  });

  it("says where nothing is within the wish or the budget, and that it is partial", () => {
    assert.match(adviceText(adviceOf(WISH, [{ ...one, meetsWish: false }], 1, true)), /NOTHING REACHES THIS/);
    assert.match(
      adviceText(adviceOf({ ...WISH, budget: 1 }, [], 1, false)),
      /PARTIAL[^]*no choice is within the budget/,
    );
  });
});
