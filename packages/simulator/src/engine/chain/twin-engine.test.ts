import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatorError } from "../../errors.ts";
import { MemoryEngine } from "../memory/engine.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { runPlan } from "./random-plan.ts";
import { createTwins, TwinEngine } from "./twin-engine.ts";
import { USUAL_RULES } from "../usual.ts";

// Needs compiled contracts, of whatever profile: `npm run compile`.

const TOKEN = 10n ** 18n;
const RULES: Rules = { ...USUAL_RULES, seats: 7 };
const SIZE = { agents: 14, epochs: 52, questions: 5, stake: 900n * TOKEN };

/** What a plan must not go without. */
const NEEDED = [
  ...["more than one seat", "dropped", "forfeited", "settled", "settled in the end", "lost", "left", "ground"],
  ...[
    "resolved in round 1",
    "resolved in round 2",
    "unresolved in round 1",
    "nobody voted",
    "reclaimed",
    "budget spent",
  ],
  ...["appeal while provisional", "appeal while undecided", "appeal succeeded", "appeal failed"],
  ...[
    "canary opened: none",
    "canary opened: agreeing while provisional",
    "canary opened: disagreeing while provisional",
  ],
  ...["canary opened: agreeing while undecided", "refused: EPOCH", "refused: FINAL", "refused: ROUNDS"],
  ...["refused: DECISIVE", "refused: BUDGET", "refused: NO_CANARY", "refused: LEFT"],
];

const SCENARIOS: readonly { readonly title: string; readonly rules: Rules; readonly seed: number }[] = [
  { title: "two outcomes", rules: RULES, seed: 1 },
  {
    title: "five outcomes that mean nothing, and amounts that do not divide",
    rules: {
      ...{ ...RULES, outcomes: 5, seats: 5, openAnswers: true, burnBps: 3_333, supermajorityBps: 5_001 },
      ...{ seatFee: 333_333_333_333_333_333n, seatBond: 7_333_333_333_333_333_333n },
    },
    seed: 2,
  },
  {
    title: "nine outcomes, and four rounds",
    rules: { ...RULES, outcomes: 9, seats: 3, maxRounds: 4, burnBps: 5_000 },
    seed: 3,
  },
];

describe("the contracts and the engine in memory", () => {
  const seen = new Set<string>();

  for (const { title, rules, seed } of SCENARIOS) {
    it(`tell the same to the last unit with ${title}`, async (t) => {
      const engine = await createTwins({ rules, seed });
      t.after(() => engine.close());
      const plan = await runPlan(engine, SIZE, seed);
      for (const [what] of plan.seen) seen.add(what);
      t.diagnostic(`${engine.compared} values compared in ${engine.epoch()} epochs`);
      const agents = await engine.agents(Array.from({ length: plan.seen.get("enrolled") ?? 0 }, (_, i) => i));
      assert.ok(agents.every(({ locked }) => locked === 0n));
      const { purses, sink, keeper } = await engine.books();
      const paid = purses.reduce((sum, wei) => sum + wei, plan.deposited);
      const held = agents.reduce((sum, { balance }) => sum + balance, sink + keeper);
      assert.equal(held, paid);
    });
  }

  it("have been asked for everything", () => {
    assert.deepEqual(
      NEEDED.filter((what) => !seen.has(what)),
      [],
    );
  });
});

describe("two engines as one", () => {
  it("refuses what both refuse", async () => {
    const engine = await createTwins({ rules: RULES, seed: 4 });
    const refused = (reason: RefusalReason, act: Promise<unknown>) =>
      assert.rejects(act, (error) => error instanceof Refusal && error.reason === reason);
    await engine.enrol([{ stake: 1_000n * TOKEN }]);
    await refused("STAKE", engine.enrol([{ stake: 1n }]));
    await refused("STAKE", engine.enrol([{ stake: 1n << 110n }]));
    await refused("MIN_STAKE", engine.ask([{ purse: 0, budgetRounds: 0 }]));
    await refused("TRIES", engine.advance({ agents: [0], tries: 0 }));
    await engine.advance();
    await refused("ROUNDS", engine.ask([{ purse: 0, budgetRounds: 3 }]));
    await refused("OUTCOME", engine.ask([{ purse: 0, budgetRounds: 0, canary: { answer: 2 } }]));
    await refused("UNKNOWN", engine.ask([{ purse: -1, budgetRounds: 0 }]));
    await engine.ask([{ purse: 0, budgetRounds: 0 }]);
    await refused("EPOCH", engine.appeal(0, 1));
    await refused("UNKNOWN", engine.appeal(1, 0));
    await engine.advance();
    const beat = (votes: readonly [question: number, outcome: number][], reveal = true) =>
      engine.beat([{ agent: 0, reveal, votes: votes.map(([question, outcome]) => ({ question, outcome })) }]);
    await refused("UNKNOWN", engine.beat([{ agent: 1, reveal: true, votes: [] }]));
    await refused("NO_SEAT", beat([[1, 0]]));
    await refused("OUTCOME", beat([[0, 2]]));
    await refused("BALLOT_OPEN", beat([[0, 1]], false));
    await refused(
      "DUPLICATE",
      beat([
        [0, 1],
        [0, 1],
      ]),
    );
    await beat([[0, 1]]);
    await refused("BEATEN", beat([]));
    await refused("DUPLICATE", engine.leave([0, 0]));
    await engine.leave([0]);
    await refused("LEFT", engine.leave([0]));
    await engine.close();
    await refused("CLOSED", engine.advance());
  });

  it("says where they differ", async () => {
    const memory = (seed: number) => new MemoryEngine({ rules: RULES, mode: "exact", seed });
    const twins = new TwinEngine({ name: "one", engine: memory(1) }, { name: "other", engine: memory(2) });
    await twins.enrol([1n, 2n, 3n, 4n].map((share) => ({ stake: share * 1_000n * TOKEN })));
    for (let epoch = 0; epoch < 2; epoch++) await twins.advance();
    await twins.ask([{ purse: 0, budgetRounds: 0 }]);
    await twins.advance();
    await assert.rejects(twins.committees(), (error) => {
      assert.ok(error instanceof SimulatorError && error.code === "ENGINES_DIFFER");
      assert.match(error.message, /^committees in epoch 3:\n {2}\.value\[0\]\.members.*: one \d, other \d/);
      return true;
    });
  });
});
