import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tally, type WeighedAnswer } from "./tally.ts";

const BOND = 1000n;
const answer = (agentId: number, outcome: number, trust: number, covered = BOND): WeighedAnswer => ({
  ...{ agentId: BigInt(agentId), outcome, trust, covered },
});

describe("a swarm's answers together", () => {
  it("are the heaviest outcome, with what speaks for and against it", () => {
    const found = tally([answer(1, 0, 6), answer(2, 1, 1), answer(3, 1, 1)], BOND);
    assert.equal(found.outcome, 0);
    assert.equal(found.support, 0.75);
    assert.equal(found.dissent, 0.25);
    assert.equal(found.coverage, BOND);
    assert.deepEqual(
      found.outcomes.map(({ outcome, agents, weight }) => ({ outcome, agents, weight })),
      [
        { outcome: 0, agents: 1, weight: 6 },
        { outcome: 1, agents: 2, weight: 2 },
      ],
    );
  });

  it("count an agent for no more than its pledge covers, and for nothing without one", () => {
    const found = tally([answer(1, 0, 4, BOND / 4n), answer(2, 1, 2), answer(3, 2, 16, 0n)], BOND);
    assert.equal(found.outcome, 1);
    assert.deepEqual(
      found.outcomes.map(({ weight }) => weight),
      [2, 1, 0],
    );
    assert.equal(tally([answer(1, 0, 1, 100n * BOND)], BOND).outcomes[0]?.weight, 1);
  });

  it("are none where nobody answers, where nothing answers for them, and where two are equally heavy", () => {
    assert.equal(tally([], BOND).outcome, null);
    assert.equal(tally([answer(1, 0, 1, 0n)], BOND).outcome, null);
    const tied = tally([answer(1, 0, 2), answer(2, 1, 2)], BOND);
    assert.equal(tied.outcome, null);
    assert.equal(tied.support, 0.5);
    assert.equal(tied.coverage, 0n);
  });

  it("do not depend on their order", () => {
    const answers = Array.from({ length: 30 }, (_, i) => answer(i, i % 3, 1 + (i % 5), BigInt(i * 50)));
    const { outcome, outcomes } = tally(answers, BOND);
    const again = tally(answers.toReversed(), BOND);
    assert.equal(again.outcome, outcome);
    for (const [i, found] of outcomes.entries())
      assert.ok(Math.abs((again.outcomes[i]?.weight ?? 0) - found.weight) < 1e-9);
  });
});
