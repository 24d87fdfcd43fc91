import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Config } from "../model/config.ts";
import { loadTasks } from "../data/load.ts";
import { simulate } from "../run.ts";
import { tasksOf } from "../strategies/kit.ts";
import { chooseSeats, chooseStake } from "./choices.ts";
import { CONFIG, FEE } from "./kit.ts";

/** Tasks of so many workers, of whom each item is answered by some. */
const sparse = (workers: number, answers: number) =>
  tasksOf([[0, ...Array.from({ length: workers }, (_, w) => (w < answers ? 0 : null))]]);

describe("what is chosen by the data", () => {
  it("is as many seats as bring all answers, up to four for each where agents abstain", () => {
    assert.equal(chooseSeats(sparse(20, 20)), 20);
    assert.equal(chooseSeats(sparse(20, 5)), 5);
    // A tenth answers: 4 x 25 seats are offered to 100 agents, each sits once, ten vote.
    assert.equal(chooseSeats(sparse(100, 10)), 25);
    assert.equal(chooseSeats(sparse(100, 10), 200), 50);
    assert.equal(chooseSeats(sparse(100, 10), null, 4), 10);
    assert.equal(chooseSeats(sparse(100, 100), null, 9), 9);
    assert.deepEqual([chooseSeats(sparse(2, 2)), chooseSeats(sparse(1_000, 1_000))], [3, 255]);
  });

  it("is twice the stake that the busiest worker has locked", () => {
    const rules = { seats: 10, seatBond: 24n * FEE, maxRounds: 1 };
    // 20 seats an epoch for one worker in two, locked three epochs: 10 x 2 / 2 x 3 = 30.
    assert.equal(chooseStake(sparse(2, 2), rules, 2), 2n * 30n * 24n * FEE);
    // Two rounds: 10 seats locked six epochs, 21 seats three.
    assert.equal(chooseStake(sparse(2, 2), { ...rules, maxRounds: 2 }, 2), 2n * 123n * 24n * FEE);
    // Never less than a committee's.
    assert.equal(chooseStake(sparse(50, 50), rules, 1), 2n * 10n * 24n * FEE);
  });

  it("takes all answers, and covers almost all votes, once the domain knows how many abstain", async () => {
    for (const density of [1, 0.4, 0.08]) {
      const source = { ...CONFIG.source, density, items: 400 } as Config["source"];
      const config = { ...CONFIG, source, agents: 50, epochs: 50, stake: 0n, rules: { ...CONFIG.rules, seats: 0 } };
      const tasks = await loadTasks(source, 1, 50);
      const { questions, notes, epochs } = await simulate(config, { tasks });
      const dropped = Number(/^(\d+) votes were not cast/.exec(notes.join())?.[1] ?? 0);
      assert.ok(dropped < 0.005 * (epochs.at(-1)?.votes ?? 0), notes.join());
      const late = questions.slice(200);
      const given = late.reduce((total, { item }) => total + (tasks.answers[item]?.size ?? 0), 0);
      const taken = late.reduce((total, { answers }) => total + answers, 0);
      assert.ok(taken > 0.8 * given, `${density}: ${taken} of ${given}`);
    }
  });
});
