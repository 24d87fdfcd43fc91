import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Mutant, Operator } from "./mutant.ts";
import { apportion, placesOf, stratify } from "./sample.ts";

const mutant = (file: string, operator: Operator, i: number): Mutant => ({
  ...{ id: `${file}:${i}:1:${operator}-x`, file, line: i, operator },
  ...{ start: 0, end: 0, original: "", replacement: "" },
});

const population = [
  ...Array.from({ length: 70 }, (_, i) => mutant("A.sol", "constant", i)),
  ...Array.from({ length: 29 }, (_, i) => mutant("B.sol", "constant", i)),
  mutant("B.sol", "modifier", 0),
];

describe("apportion", () => {
  it("shares in proportion, by largest remainders", () => {
    assert.deepEqual(apportion([50, 30, 20], 10), [5, 3, 2]);
    assert.deepEqual(apportion([55, 25, 20], 10), [6, 2, 2]);
  });

  it("gives one to the smallest, and no more than there are to any", () => {
    assert.deepEqual(apportion([1_000, 1], 10), [9, 1]);
    assert.deepEqual(apportion([3, 2], 100), [3, 2]);
  });
});

describe("stratify", () => {
  it("keeps files and operators apart, and holds as many mutants as it was told", () => {
    const strata = stratify(population, 20, "seed");
    assert.deepEqual(
      strata.map(({ name, mutants, quota }) => [name, mutants.length, quota]),
      [
        ["A.sol constant", 70, 14],
        ["B.sol constant", 29, 5],
        ["B.sol modifier", 1, 1],
      ],
    );
    assert.equal(placesOf(strata, "seed").length, 20);
  });

  it("draws by the seed, whatever order the mutants came in", () => {
    const drawn = (seed: string, mutants: Mutant[]) =>
      stratify(mutants, 20, seed)
        .find(({ name }) => name === "A.sol constant")
        ?.mutants.map(({ id }) => id);
    assert.deepEqual(drawn("seed", population), drawn("seed", [...population].reverse()));
    assert.notDeepEqual(drawn("seed", population), drawn("other", population));
  });

  it("mixes the places of all strata", () => {
    const names = placesOf(stratify(population, 50, "seed"), "seed").map(({ name }) => name);
    const first = names.slice(0, 25).filter((name) => name === "A.sol constant").length;
    assert.ok(first > 10 && first < 25, `${first} of 25`);
  });
});
