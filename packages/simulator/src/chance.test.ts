import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chanceOf } from "./chance.ts";

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe("streams of chance", () => {
  it("follow from seed and label alone", () => {
    const of = (seed: number, label: string) => draws(5, chanceOf(seed, label).real);
    assert.deepEqual(of(1, "a"), of(1, "a"));
    assert.notDeepEqual(of(1, "a"), of(2, "a"));
    assert.notDeepEqual(of(1, "a"), of(1, "b"));
    // A stream that is used does not move another of the same label.
    const used = chanceOf(1, "a");
    used.real();
    assert.deepEqual(of(1, "a"), of(1, "a"));
  });

  it("draw integers evenly", () => {
    const counts = [0, 0, 0];
    const chance = chanceOf(7, "integers");
    for (const drawn of draws(30_000, () => chance.below(3))) counts[drawn]!++;
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, counts.join());
  });

  it("draw in proportion to weights, never one of weight 0", () => {
    const counts = [0, 0, 0, 0];
    const chance = chanceOf(7, "weights");
    for (const drawn of draws(10_000, () => chance.weighted([1, 0, 3, 0]))) counts[drawn]!++;
    assert.equal(counts[1]! + counts[3]!, 0);
    assert.ok(Math.abs(counts[0]! - 2_500) < 200, counts.join());
  });

  it("draw a normal distribution", () => {
    const chance = chanceOf(7, "normal");
    const values = draws(20_000, chance.normal);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
  });

  it("shuffle a copy into every order alike", () => {
    const list = [0, 1, 2];
    const chance = chanceOf(7, "orders");
    const counts = new Map<string, number>();
    for (const order of draws(6_000, () => chance.shuffle(list).join("")))
      counts.set(order, (counts.get(order) ?? 0) + 1);
    assert.deepEqual(list, [0, 1, 2]);
    assert.equal(counts.size, 6);
    for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 150, `${count}`);
  });
});
