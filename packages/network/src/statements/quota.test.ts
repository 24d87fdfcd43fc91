import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../testing/fuzz.ts";
import { overQuota } from "./quota.ts";

describe("a quota", () => {
  it("takes from those that have most, and nothing from the others", () => {
    const counts = new Map([
      ["a", 10],
      ["b", 3],
      ["c", 7],
    ]);
    assert.deepEqual(overQuota(counts, 20), new Map());
    assert.deepEqual(overQuota(counts, 17), new Map([["a", 3]]));
    assert.deepEqual(overQuota(counts, 13), new Map([["a", 5], ["c", 2]])); // prettier-ignore
    assert.deepEqual(overQuota(counts, 0), counts);
    assert.deepEqual(overQuota(new Map(), 0), new Map());
  });

  it("leaves no more than is allowed, and wastes less than one each, whatever the counts", () => {
    const random = seededRandom(9);
    for (let run = 0; run < 500; run++) {
      const counts = new Map(Array.from({ length: 1 + (run % 9) }, (_, i) => [`${i}`, Math.floor(random() * 40)]));
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const total = Math.floor(random() * all);
      const over = overQuota(counts, total);
      const left = all - [...over.values()].reduce((sum, count) => sum + count, 0);
      assert.ok(left <= total && left > total - counts.size, `${left} of ${total}`);
    }
  });
});
