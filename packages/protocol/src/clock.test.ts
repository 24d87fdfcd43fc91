import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  epochAt,
  epochStart,
  firstRound,
  freezeStart,
  isFreeze,
  nextRound,
  openingEpoch,
  phaseAt,
  roundSchedule,
} from "./clock.ts";

const clock = { genesis: 1_000, epochLength: 60 };

describe("clock", () => {
  it("counts epochs from genesis", () => {
    assert.equal(epochAt(clock, 1_000), 0);
    assert.equal(epochAt(clock, 1_059), 0);
    assert.equal(epochAt(clock, 1_060), 1);
  });

  it("rejects times before genesis, fractions and epochs that are too short", () => {
    assert.throws(() => epochAt(clock, 999), { code: "TimeBeforeGenesis" });
    assert.throws(() => epochAt(clock, 1_000.5), { code: "OutOfRange" });
    assert.throws(() => epochAt({ genesis: 0, epochLength: 29 }, 5), { code: "OutOfRange" });
    assert.throws(() => epochAt({ genesis: 0, epochLength: 30 }, 30 * 2 ** 32), { code: "OutOfRange" });
  });

  it("freezes the last sixteenth, rounded down", () => {
    assert.equal(isFreeze(clock, 1_056), false);
    assert.equal(isFreeze(clock, 1_057), true);
    assert.equal(isFreeze(clock, 1_060), false);
    assert.equal(openingEpoch(clock, 1_056), 0);
    assert.equal(openingEpoch(clock, 1_057), 1);
  });

  it("agrees with the bounds of its epochs and freezes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e9 }),
        fc.integer({ min: 30, max: 1e6 }),
        fc.integer({ min: 0, max: 1e9 }),
        (genesis, epochLength, after) => {
          const c = { genesis, epochLength };
          const t = genesis + after;
          const e = epochAt(c, t);
          assert.ok(epochStart(c, e) <= t && t < epochStart(c, e + 1));
          assert.equal(isFreeze(c, t), t >= freezeStart(c, e));
        },
      ),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it("schedules rounds end to end", () => {
    assert.deepEqual(firstRound(4), { vote: 5, reveal: 6, appeal: 7, final: 8 });
    assert.deepEqual(nextRound(firstRound(4)), roundSchedule(8));
    assert.deepEqual(
      [4, 5, 6, 7, 8, 100].map((epoch) => phaseAt(5, epoch)),
      ["pending", "vote", "reveal", "appeal", "final", "final"],
    );
  });
});
