import assert from "node:assert/strict";
import { it } from "node:test";
import { CONFIG, groupOf } from "../../run/kit.ts";
import { simulate } from "../../run.ts";
import { STRATEGIES } from "../../strategies/strategies.ts";
import { createTwins, type TwinEngine } from "./twin-engine.ts";

// Needs compiled contracts, of whatever profile: `npm run compile`.

const EPOCHS = 50;
const ITEMS = 4 * EPOCHS;

it("the contracts and the engine in memory tell the same to the last unit with every strategy", async (t) => {
  const adversaries = [...STRATEGIES.keys()].filter((name) => name !== "honest");
  const config = {
    ...CONFIG,
    source: { ...CONFIG.source, items: ITEMS },
    agents: 3 * (adversaries.length + 3),
    groups: adversaries.map((name) => groupOf(name, 1 / (adversaries.length + 3))),
    rules: { ...CONFIG.rules, seats: 9 },
    canaries: 0.1,
    budgetRounds: 1,
    epochs: EPOCHS,
    engine: "chain",
  } as const;
  let twins: TwinEngine | null = null;
  const result = await simulate(config, {
    engine: async ({ rules, seed }) => (twins = await createTwins({ rules, seed })),
  });
  const { compared = 0 } = (twins as TwinEngine | null) ?? {};
  t.diagnostic(`${compared} values compared in ${result.epochs.length} epochs of ${result.agents.length} agents`);
  assert.ok(result.complete && result.epochs.length >= EPOCHS);
  const played = new Set(result.agents.map(({ strategy }) => strategy));
  assert.deepEqual(
    [...STRATEGIES.keys()].filter((name) => !played.has(name)),
    [],
  );
});
