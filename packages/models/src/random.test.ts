import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, randomFor, requireInteger, shuffle } from "./random.ts";

const draws = (seed: number, purpose: string): number[] => {
  const random = randomFor(seed, purpose);
  return Array.from({ length: 20 }, () => randomBelow(random, 1000));
};

describe("randomFor", () => {
  it("repeats itself for the same seed and purpose", () => assert.deepEqual(draws(3, "a"), draws(3, "a")));
  it("differs between seeds", () => assert.notDeepEqual(draws(3, "a"), draws(4, "a")));
  it("differs between purposes", () => assert.notDeepEqual(draws(3, "a"), draws(3, "b")));
  it("stays below the bound and reaches all of it", () => {
    const random = randomFor(1, "bound");
    const seen = new Set(Array.from({ length: 500 }, () => randomBelow(random, 7)));
    assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("shuffle", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  it("keeps every item once and leaves its input alone", () => {
    const before = [...items];
    const shuffled = shuffle(items, randomFor(1, "shuffle"));
    assert.notDeepEqual(shuffled, items);
    assert.deepEqual(
      [...shuffled].sort((x, y) => x - y),
      items,
    );
    assert.deepEqual(items, before);
  });
});

describe("requireInteger", () => {
  it("names the bad value", () => {
    for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => requireInteger("seed", bad, 0), {
        name: "RangeError",
        message: `seed must be an integer of at least 0, got ${bad}`,
      });
    }
    requireInteger("seed", 0, 0);
  });
});
