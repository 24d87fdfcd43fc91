import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chanceOf } from "../../chance.ts";
import { type Habits, Life, RULES, TOKEN } from "../testing/life.ts";
import { MemoryEngine, type MemoryMode } from "./engine.ts";

/** Standard errors that two means may be apart. */
const BOUND = 4;
const RUNS = 40;
const EPOCHS = 10;
const QUESTIONS = 4;
const STAKES = [2_500, 1_200, 900, 900, 600, 300, 150, 60, 20];
const HABITS: Habits = {
  right: (agent) => [0.9, 0.5, 0.8, 0.6, 0.7, 0.95, 0.4, 0.7, 0.7][agent] ?? 0.7,
  ...{ abstain: 0.1, withhold: 0.02, silent: 0, appeal: 0.1, canary: 0.2, newcomer: 0, leave: 0 },
};

/** What a run comes to, in figures that have a mean. */
async function run(mode: MemoryMode, seed: number): Promise<Record<string, number>> {
  const engine = new MemoryEngine({ rules: RULES, mode, seed });
  const life = new Life(engine, chanceOf(seed, `equivalence/${mode}`), HABITS);
  await life.enrol(STAKES.map((stake) => BigInt(stake) * TOKEN));
  await life.epoch(0);
  for (let epoch = 0; epoch < EPOCHS; epoch++) await life.epoch(QUESTIONS);
  await life.end();
  const figures: Record<string, number> = {};
  const add = (name: string, amount: number) => (figures[name] = (figures[name] ?? 0) + amount);
  for (const verdict of await engine.verdicts(life.final)) {
    for (const status of ["resolved", "unresolved"]) {
      for (const outcome of [0, 1, 2, null]) {
        add(`${status} ${outcome}`, verdict.status === status && verdict.outcome === outcome ? 1 : 0);
      }
    }
    for (const rounds of [1, 2, 3]) add(`rounds ${rounds}`, verdict.rounds === rounds ? 1 : 0);
    add("seats", verdict.seats);
    add("seats squared", verdict.seats ** 2);
    add("support", verdict.supportBps);
  }
  (await engine.agents(life.agents)).forEach(({ balance, weight }, agent) => {
    add(`balance of ${agent}`, Number(balance / 10n ** 12n));
    add(`weight of ${agent}`, weight);
  });
  const { sink, purses } = await engine.books();
  add("sink", Number(sink / 10n ** 12n));
  purses.forEach((paid, purse) => add(`purse ${purse}`, Number(paid / 10n ** 12n)));
  add("participation", (await engine.statistics()).participation);
  return figures;
}

function moments(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

describe("an exact and a sampled engine", () => {
  it("give a small population the same verdicts, money and trust, in distribution", async () => {
    const runs = { exact: [] as Record<string, number>[], sampled: [] as Record<string, number>[] };
    // Sampled runs take next to nothing.
    for (let seed = 0; seed < RUNS; seed++) runs.exact.push(await run("exact", seed));
    for (let seed = 0; seed < 10 * RUNS; seed++) runs.sampled.push(await run("sampled", seed));
    const names = Object.keys(runs.exact[0] as object);
    assert.ok(names.length > 30);
    for (const name of names) {
      const [exact, sampled] = [runs.exact, runs.sampled].map((all) =>
        moments(all.map((figures) => figures[name] ?? 0)),
      );
      const apart = Math.abs(exact!.mean - sampled!.mean);
      const error = Math.hypot(exact!.error, sampled!.error);
      assert.ok(apart <= BOUND * error, `${name}: ${exact!.mean} and ${sampled!.mean}, ± ${error}`);
    }
  });
});
