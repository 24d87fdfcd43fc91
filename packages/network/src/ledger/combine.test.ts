import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Evidence,
  EVIDENCE_CAP,
  EVIDENCE_FLOOR,
  NEWCOMER_WEIGHT,
  PRIOR,
  seatWeight,
  WEIGHT_CAP,
} from "@assay/protocol";
import { seededRandom } from "../testing/fuzz.ts";
import { combineWeight, LOCAL_CAP, type LocalEvidence, MOST_GAIN, MOST_LOSS, NO_EVIDENCE } from "./combine.ts";
import { decayed, FORGOTTEN_AFTER, HALF_LIFE } from "./decay.ts";

const RUNS = 20_000;
const random = seededRandom(5);
const below = (end: number) => Math.floor(random() * end);

/** Evenly spread over the orders of magnitude. */
const spread = (least: number, most: number) => Math.floor(least * (most / least) ** random());

function onChain(): Evidence {
  const counter = () => spread(EVIDENCE_FLOOR, EVIDENCE_CAP - 1);
  return { alpha: counter(), beta: counter(), verdicts: below(3) === 0 ? below(4) : below(4096) };
}

const local = (): LocalEvidence => ({ held: spread(1, 2 * LOCAL_CAP), fell: spread(1, 2 * LOCAL_CAP) });

describe("the weight of an answer", () => {
  it("is the one on chain, to the digit, without experience of one's own", () => {
    for (let i = 0; i < RUNS; i++) {
      const evidence = onChain();
      assert.equal(combineWeight(evidence, NO_EVIDENCE), seatWeight(evidence));
    }
  });

  it("never falls with an answer that held, and never rises with one that fell", () => {
    let moved = 0;
    for (let i = 0; i < RUNS; i++) {
      const [evidence, seen, more] = [onChain(), local(), below(2048)];
      const weight = combineWeight(evidence, seen);
      const better = combineWeight(evidence, { ...seen, held: seen.held + more });
      const worse = combineWeight(evidence, { ...seen, fell: seen.fell + more });
      assert.ok(better >= weight && worse <= weight, JSON.stringify({ evidence, seen, more }));
      if (better > worse) moved++;
    }
    assert.ok(moved > RUNS / 4);
  });

  it("never falls with more evidence for an agent on chain, and never rises with more against it", () => {
    for (let i = 0; i < RUNS; i++) {
      const [evidence, seen, more] = [onChain(), local(), below(2048)];
      const alpha = Math.min(evidence.alpha + more, EVIDENCE_CAP - 1);
      const beta = Math.min(evidence.beta + more, EVIDENCE_CAP - 1);
      assert.ok(combineWeight({ ...evidence, alpha }, seen) >= combineWeight(evidence, seen));
      assert.ok(combineWeight({ ...evidence, beta }, seen) <= combineWeight(evidence, seen));
    }
  });

  it("is at most twice and at least a quarter of the one on chain, whatever one has seen", () => {
    let [least, most] = [1, 1];
    for (let i = 0; i < RUNS; i++) {
      const [evidence, seen] = [onChain(), local()];
      const [weight, chain] = [combineWeight(evidence, seen), seatWeight(evidence)];
      assert.ok(Number.isInteger(weight) && weight <= Math.min(MOST_GAIN * chain, WEIGHT_CAP));
      assert.ok(weight >= Math.floor(chain / MOST_LOSS));
      if (chain > 100) [least, most] = [Math.min(least, weight / chain), Math.max(most, weight / chain)];
    }
    assert.ok(most === 2 && least < 0.26, `${least} ${most}`);
  });

  it("is a newcomer's at most for who has no record on chain, so that ten thousand of them are none louder than they were", () => {
    for (let i = 0; i < RUNS; i++) {
      const evidence = { ...onChain(), verdicts: below(3) };
      assert.ok(combineWeight(evidence, local()) <= NEWCOMER_WEIGHT);
    }
    const groomed = combineWeight(PRIOR, { held: 1e6, fell: 0 });
    assert.equal(groomed, NEWCOMER_WEIGHT);
  });

  it("moves as documented", () => {
    const known = { alpha: 8192, beta: 4096, verdicts: 10 };
    assert.equal(combineWeight(known, { held: 0, fell: 512 }), 655);
    assert.equal(combineWeight(known, { held: 256 * 3, fell: 0 }), 1936);
    assert.equal(combineWeight(known, { held: 256 * 4, fell: 0 }), 2048);
    assert.equal(combineWeight(known, { held: 0, fell: 256 * 8 }), 256);
    assert.throws(() => combineWeight({ ...known, beta: 0 }, NO_EVIDENCE), { code: "OutOfRange" });
  });
});

describe("the decay of evidence", () => {
  it("leaves half after each half-life, never grows with age, and ends in nothing", () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((n) => decayed(256, n * HALF_LIFE)),
      [256, 128, 64, 32],
    );
    assert.equal(decayed(256, HALF_LIFE / 2), 192);
    assert.equal(decayed(256, -5), 256);
    assert.equal(decayed(256, FORGOTTEN_AFTER), 0);
    for (let i = 0; i < RUNS; i++) {
      const [quantity, age] = [below(257), below(FORGOTTEN_AFTER * 1.1)];
      const [now, later] = [decayed(quantity, age), decayed(quantity, age + below(HALF_LIFE))];
      assert.ok(Number.isInteger(now) && now <= quantity && later <= now && later >= 0);
    }
  });
});
