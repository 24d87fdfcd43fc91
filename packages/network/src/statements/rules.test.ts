import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLOCK, NOW } from "../testing/statements.ts";
import { StatementRates } from "./rate.ts";
import { CLOCK_SKEW, statementsPerMinute, timelinessOf } from "./rules.ts";

describe("the rate of statements", () => {
  it("grows with the pledge, in least bonds of the domain", () => {
    assert.equal(statementsPerMinute(0n, 100n), 0);
    assert.equal(statementsPerMinute(99n, 100n), 0);
    assert.equal(statementsPerMinute(100n, 100n), 12);
    assert.equal(statementsPerMinute(150n, 100n), 18);
    assert.equal(statementsPerMinute(1_000n, 100n), 120);
    assert.equal(statementsPerMinute(25_000n, 100n), 3_000);
    assert.equal(statementsPerMinute(2n ** 128n, 100n), 3_000);
    assert.equal(statementsPerMinute(100n, 0n), 0);
  });

  it("is not more for a pledge that several agents share", () => {
    for (const agents of [2n, 3n, 7n]) {
      const shared = Number(agents) * statementsPerMinute(2_100n / agents, 100n);
      assert.ok(shared <= statementsPerMinute(2_100n, 100n));
    }
  });

  it("lets an agent make at once what it could have made in half a minute, and then its rate", () => {
    const rates = new StatementRates();
    const made = (from: number, to: number) => {
      let count = 0;
      for (let now = from; now < to; now += 100) while (rates.take(7n, 12, now)) count++;
      return count;
    };
    assert.equal(made(0, 100), 6);
    assert.equal(made(100, 60_000), 11);
    assert.equal(made(60_000, 120_000), 12);
    assert.equal(made(1_000_000, 1_000_100), 6);
    assert.equal(rates.allows(7n, 12, 1_000_100), false);
    assert.equal(rates.allows(8n, 12, 1_000_100), true);
    assert.equal(rates.allows(8n, 0, 1_000_100), false);
  });

  it("is another one as soon as the pledge is", () => {
    const rates = new StatementRates();
    while (rates.take(7n, 12, 0));
    assert.equal(rates.take(7n, 12, 1_000), false);
    assert.equal(rates.take(7n, 120, 1_000), true);
  });

  it("forgets who was silent longest", () => {
    const rates = new StatementRates();
    for (let agentId = 0n; agentId <= 8_192n; agentId++) while (agentId < 2n && rates.take(agentId, 12, 0));
    assert.equal(rates.allows(0n, 12, 0), false);
    for (let agentId = 2n; agentId <= 8_192n; agentId++) rates.take(agentId, 12, 0);
    assert.equal(rates.allows(0n, 12, 0), true);
    assert.equal(rates.allows(1n, 12, 0), false);
  });
});

describe("the expiry of a statement", () => {
  const at = (expiry: number) => timelinessOf(CLOCK, { expiry: BigInt(expiry) }, NOW);

  it("is timely up to its second, then a matter of clocks, then past", () => {
    assert.equal(at(NOW), "timely");
    assert.equal(at(NOW - 1), "expiring");
    assert.equal(at(NOW - CLOCK_SKEW), "expiring");
    assert.equal(at(NOW - CLOCK_SKEW - 1), "expired");
    assert.equal(at(0), "expired");
  });

  it("is too far ahead from the epoch on for which no pledge is certain", () => {
    const last = NOW + 18 * 60; // now is the first second of an epoch
    assert.equal(at(last - 1), "timely");
    assert.equal(at(last), "tooFarAhead");
    assert.equal(timelinessOf(CLOCK, { expiry: BigInt(last) }, NOW + 29), "tooFarAhead");
    assert.equal(timelinessOf(CLOCK, { expiry: BigInt(last) }, NOW + 30), "early");
    assert.equal(timelinessOf(CLOCK, { expiry: BigInt(last) }, NOW + 60), "timely");
    assert.equal(timelinessOf(CLOCK, { expiry: 2n ** 64n - 1n }, NOW), "tooFarAhead");
  });
});
