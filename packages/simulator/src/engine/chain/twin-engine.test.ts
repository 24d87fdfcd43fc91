import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Rules } from "../rules.ts";
import { runPlan } from "./random-plan.ts";
import { createTwins } from "./twin-engine.ts";

// Needs compiled contracts, of whatever profile: `npm run compile`.

const TOKEN = 10n ** 18n;
const RULES: Rules = {
  outcomes: 2,
  seats: 7,
  supermajorityBps: 6_667,
  maxRounds: 3,
  seatFee: TOKEN,
  seatBond: 24n * TOKEN,
  burnBps: 1_000,
  openAnswers: false,
  without: [],
};
const SIZE = { agents: 14, epochs: 52, questions: 5, stake: 800n * TOKEN };

describe("the engine on a chain and the exact one in memory", () => {
  it("tell the same to the last unit", async (t) => {
    const engine = await createTwins({ rules: RULES, seed: 1 });
    const seen = await runPlan(engine, SIZE, 1);
    t.diagnostic(`${engine.compared} values compared`);
    for (const [what, times] of seen) t.diagnostic(`${what}: ${times}`);
    assert.ok(engine.compared > 10_000);
    await engine.close();
  });
});
