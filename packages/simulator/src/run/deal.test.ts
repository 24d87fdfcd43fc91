import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chanceOf } from "../chance.ts";
import { dealWorkers } from "./deal.ts";

/** 40 workers, of whom a few give most answers. */
const ACTIVITY = Array.from({ length: 40 }, (_, worker) => Math.ceil(400 / (worker + 1)));
const all = ACTIVITY.map((_, worker) => worker);
const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);
const answersOf = (workers: readonly number[]) =>
  workers.reduce((total, worker) => total + (ACTIVITY[worker] as number), 0);

describe("dealing workers", () => {
  it("gives each to one, and each class its share of the answers", () => {
    const shares: number[] = [];
    for (let seed = 0; seed < 30; seed++) {
      const classes = dealWorkers(ACTIVITY, [28, 8, 4], chanceOf(seed, "deal"));
      assert.deepEqual(
        classes.map(({ length }) => length),
        [28, 8, 4],
      );
      assert.deepEqual(ascending(classes.flat()), all);
      const share = answersOf(classes[1] as number[]) / answersOf(all);
      shares.push(share);
      assert.ok(share > 0.12 && share < 0.28, `${share}`);
    }
    assert.ok(Math.abs(shares.reduce((a, b) => a + b) / 30 - 0.2) < 0.02, shares.join());
  });

  it("follows from chance", () => {
    const deal = (seed: number) => dealWorkers(ACTIVITY, [30, 10], chanceOf(seed, "deal"));
    assert.deepEqual(deal(1), deal(1));
    assert.notDeepEqual(deal(1), deal(2));
  });

  it("gives the first class everybody before anybody twice", () => {
    const [honest = [], others = []] = dealWorkers(ACTIVITY, [50, 10], chanceOf(1, "deal"));
    const counts = all.map((worker) => honest.filter((other) => other === worker).length);
    assert.ok(
      counts.every((count) => count === 1 || count === 2),
      counts.join(),
    );
    assert.equal(new Set(others).size, 10);
    assert.deepEqual(ascending(dealWorkers(ACTIVITY, [80], chanceOf(1, "deal")).flat()), ascending([...all, ...all]));
  });

  it("takes some of all, busy or not, where there are fewer agents than workers", () => {
    const [some = []] = dealWorkers(ACTIVITY, [10], chanceOf(1, "deal"));
    assert.equal(new Set(some).size, 10);
    assert.deepEqual(ascending(some.map((worker) => Math.floor(worker / 4))), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
