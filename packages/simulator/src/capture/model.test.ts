import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roundSeats } from "@assay/protocol";
import { Tallies } from "./distribution.ts";
import {
  attackersSeats,
  chancesOf,
  decider,
  endingsOf,
  grindingAllSeen,
  grindingOwnSeen,
  honestSeats,
  roundOf,
  seatsFor,
  type Setting,
  TOTAL,
} from "./model.ts";
import { drawRounds } from "./draw.ts";

const SETTING: Setting = {
  seats: 7,
  share: 0.2,
  identities: 10,
  honest: 40,
  accuracy: 0.8,
  supermajorityBps: 6_667,
};

const close = (actual: number, expected: number, within = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);
const always = () => true;
const mean = (t: Tallies, of: (right: number, wrong: number) => number) =>
  [...t].reduce((sum, [r, w, p]) => sum + p * of(r, w), 0);

describe("seatsFor", () => {
  it("gives whole seats and the chance of one more, together the exact share", () => {
    assert.deepEqual(seatsFor(9, TOTAL / 2n, TOTAL), { whole: 4, further: 0.5 });
    const { whole, further } = seatsFor(7, 123_456_789n, TOTAL);
    close(whole + further, 7 * 0.123456789);
  });
});

describe("Tallies", () => {
  it("adds independent seats like a binomial distribution", () => {
    let t = Tallies.none();
    for (let i = 0; i < 4; i++) {
      t = t.plus([
        [0, 0, 0.75],
        [1, 0, 0.25],
      ]);
    }
    [81, 108, 54, 12, 1].forEach((count, seats) => close(t.at(seats, 0), count / 256));
    assert.equal(t.at(5, 0), 0);
  });

  it("keeps what meets a condition, and its probability", () => {
    const t = Tallies.none().plus([
      [1, 0, 0.7],
      [0, 1, 0.3],
    ]);
    close(t.where((r) => r > 0).probability(always), 0.7);
    close(
      t.plus(t.where((r) => r > 0)).probability((r) => r === 2),
      0.49,
    );
  });
});

describe("the tallies of a round", () => {
  it("sum to one and have as many seats as were offered, in the mean", () => {
    for (const seats of [3, 31, 127]) {
      const t = roundOf(SETTING, seats);
      close(t.probability(always), 1, 1e-9);
      // Stakes are divided in whole units.
      close(
        mean(t, (r, w) => r + w),
        seats,
        1e-5,
      );
      close(
        mean(honestSeats(SETTING, seats), (r) => r),
        seats * 0.8 * 0.8,
        1e-5,
      );
      close(
        mean(attackersSeats(SETTING, seats), (_, w) => w),
        seats * 0.2,
        1e-5,
      );
    }
  });

  it("are certain where no seat is a matter of chance", () => {
    const t = roundOf({ ...SETTING, share: 0.5, identities: 1, honest: 1, accuracy: 1 }, 8);
    close(t.at(4, 4), 1);
  });
});

describe("the decision", () => {
  it("is the protocol's: quorum, supermajority and no tie", () => {
    const decide = decider(SETTING);
    assert.equal(decide(3, 0), "blocked"); // no quorum: half of 7 is 4
    assert.equal(decide(4, 0), "right");
    assert.equal(decide(0, 4), "captured");
    assert.equal(decide(4, 2), "blocked"); // 66.66 % is less than 66.67 %
    assert.equal(decide(2, 5), "captured");
    assert.equal(decide(0, 0), "blocked");
  });
});

describe("chancesOf", () => {
  it("agrees with a sum over all committees of independent seats", () => {
    // 100 identities a side of which none can hold two seats: binomial numbers, multiplied out by hand.
    const s: Setting = { ...SETTING, seats: 3, share: 0.5, identities: 100, honest: 100, accuracy: 1 };
    const p = 0.015;
    const binomial = (n: number, k: number): number =>
      k === 0 ? (1 - p) ** n : (binomial(n, k - 1) * (n - k + 1) * p) / (k * (1 - p));
    let captured = 0;
    for (let r = 0; r <= 12; r++) {
      for (let w = 2; w <= 20; w++) {
        if (w * 10_000 >= 6_667 * (r + w)) captured += binomial(100, r) * binomial(100, w);
      }
    }
    close(chancesOf(s).captured, captured, 1e-9);
  });

  it("makes larger committees and appeals safer, and larger shares more dangerous", () => {
    const small = chancesOf(SETTING);
    const large = chancesOf({ ...SETTING, seats: 31 });
    const richer = chancesOf({ ...SETTING, share: 0.4 });
    assert.ok(large.captured < small.captured && small.captured < richer.captured);
    assert.ok(small.survivesAppeal < small.captured && small.capturedAfterTwo < small.captured);
    assert.ok(small.survivesAppeal <= small.capturedAfterTwo);
  });

  it("counts the second round's seats with the first's", () => {
    const s: Setting = { ...SETTING, share: 1 / 2, identities: 1, honest: 1, accuracy: 1, seats: 4 };
    assert.equal(roundSeats(4, 2), 9);
    // 2 against 2, then 4 or 5 each: never a supermajority.
    const c = chancesOf(s);
    close(c.blocked, 1);
    close(c.blockedAfterTwo, 1);
  });
});

describe("grinding", () => {
  it("is one try, compounded, where everything is known, and less where only the own seats are", () => {
    const { captured } = chancesOf(SETTING);
    close(grindingAllSeen(SETTING, 1), captured);
    close(grindingOwnSeen(SETTING, 1), captured, 1e-9);
    for (const tries of [5, 25]) {
      close(grindingAllSeen(SETTING, tries), 1 - (1 - captured) ** tries);
      const own = grindingOwnSeen(SETTING, tries);
      assert.ok(own > captured && own < grindingAllSeen(SETTING, tries));
    }
  });
});

describe("committees drawn by seatsOf", () => {
  it("come out as computed, within four standard deviations", () => {
    const samples = 400;
    const s = { ...SETTING, share: 0.4, honest: 15 };
    const [exact, drawn] = [chancesOf(s), drawRounds(s, samples, "test")];
    assert.equal(drawn.right + drawn.captured + drawn.blocked, samples);
    for (const [p, count] of [
      [exact.captured, drawn.captured],
      [exact.blocked, drawn.blocked],
    ] as const) {
      close(count / samples, p, 4 * Math.sqrt((p * (1 - p)) / samples));
    }
  });
});

describe("endingsOf", () => {
  const sum = ({ right, captured, blocked }: ReturnType<typeof endingsOf>) => right + captured + blocked;

  it("is the first round alone where there is one, which more than half decides", () => {
    const one = endingsOf({ ...SETTING, supermajorityBps: 5_001 }, 1);
    const first = chancesOf({ ...SETTING, supermajorityBps: 5_001 });
    assert.equal(one.seats, 7);
    close(one.captured, first.captured, 1e-9);
    close(sum(one), 1, 1e-9);
  });

  it("asks for further rounds only where nothing is decisive", () => {
    const two = endingsOf(SETTING, 2);
    const first = chancesOf(SETTING);
    close(two.seats, 7 + first.blocked * roundSeats(7, 2), 1e-9);
    close(sum(two), 1, 1e-9);
    assert.ok(two.captured > first.captured && two.blocked < first.blocked);
  });

  it("is certain where no seat is a matter of chance", () => {
    const s: Setting = { ...SETTING, share: 0.5, identities: 1, honest: 1, accuracy: 1, seats: 4 };
    // 2 against 2, then 4 or 5 against 4 or 5 more: whoever has more of the odd seat.
    const { right, captured, blocked, seats } = endingsOf(s, 2);
    close(right, 0.25);
    close(captured, 0.25);
    close(blocked, 0.5);
    close(seats, 13);
  });
});
