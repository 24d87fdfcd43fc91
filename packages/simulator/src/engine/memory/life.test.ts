import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { chanceOf } from "../../chance.ts";
import { type Habits, Life, RULES, TOKEN } from "../testing/life.ts";
import type { Part, Rules } from "../rules.ts";
import { MemoryEngine, type MemoryMode } from "./engine.ts";

const MODES = ["exact", "sampled"] as const;
const EPOCHS = 12;

interface Case {
  readonly seed: number;
  readonly rules: Rules;
  readonly habits: Habits;
  /** Tokens. */
  readonly stakes: readonly number[];
  readonly questions: number;
}

const chances = fc.double({ min: 0, max: 0.4, noNaN: true });
const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(1_000_000),
  rules: fc
    .record({
      outcomes: fc.integer({ min: 2, max: 16 }),
      seats: fc.integer({ min: 3, max: 9 }),
      supermajorityBps: fc.integer({ min: 5_001, max: 10_000 }),
      maxRounds: fc.integer({ min: 1, max: 4 }),
      burnBps: fc.integer({ min: 1_000, max: 5_000 }),
      openAnswers: fc.boolean(),
      without: fc.subarray<Part>(["trust", "balance", "rarity"]),
    })
    .map((some) => ({ ...RULES, ...some })),
  habits: fc.record({
    right: fc.double({ min: 0.2, max: 1, noNaN: true }).map((right) => () => right),
    ...{ abstain: chances, withhold: chances, silent: chances, appeal: chances, canary: chances },
    ...{ newcomer: chances, leave: chances },
  }),
  stakes: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 5, maxLength: 12 }),
  questions: fc.integer({ min: 0, max: 3 }),
});

async function begin(mode: MemoryMode, { seed, rules, habits, stakes }: Case) {
  const engine = new MemoryEngine({ rules, mode, seed });
  const life = new Life(engine, chanceOf(seed, "life"), habits);
  // Enough to ask, whoever else leaves.
  await life.enrol([20_000n * TOKEN, ...stakes.map((stake) => BigInt(stake) * TOKEN)]);
  await life.epoch(0);
  return { engine, life };
}

describe("lives of random populations", () => {
  for (const mode of MODES) {
    it(`keep every wei, with a lock for each exposure and no more (${mode})`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (one) => {
          const { engine, life } = await begin(mode, one);
          engine.audit();
          for (let epoch = 0; epoch < EPOCHS; epoch++) {
            await life.epoch(one.questions);
            engine.audit();
          }
          await life.end();
          engine.audit();
          // Nothing is left in between: all of it is the agents', the purses', the sink's or the keeper's.
          const { purses, sink, keeper } = await engine.books();
          const views = await engine.agents(life.agents);
          assert.ok(views.every(({ locked }) => locked === 0n));
          assert.ok(sink >= 0n && keeper >= 0n);
          const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
          assert.equal(sum(views.map(({ balance }) => balance)) + sink + keeper, life.deposited + sum(purses));
        }),
        { numRuns: mode === "exact" ? 15 : 300, seed: 6 },
      );
    });

    it(`are the same from the same seed, and others from another (${mode})`, async () => {
      const live = async (seed: number) => {
        const habits = { right: () => 0.7, abstain: 0.1, withhold: 0.1, silent: 0.1, appeal: 0.2, canary: 0.2 };
        const one = { seed, rules: RULES, habits: { ...habits, newcomer: 0.2, leave: 0.1 }, questions: 3 };
        const { engine, life } = await begin(mode, { ...one, stakes: [300, 40, 800, 2_000] });
        const happened = [];
        for (let epoch = 0; epoch < EPOCHS; epoch++) happened.push(await life.epoch(3));
        return { happened, agents: await engine.agents(life.agents), books: await engine.books() };
      };
      assert.deepEqual(await live(5), await live(5));
      assert.notDeepEqual(await live(5), await live(6));
    });
  }
});
