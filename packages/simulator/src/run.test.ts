import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryEngine } from "./engine/memory/engine.ts";
import { SimulatorError, type SimulatorErrorCode } from "./errors.ts";
import type { Config } from "./model/config.ts";
import type { SimulationResult } from "./model/result.ts";
import type { Tasks } from "./model/tasks.ts";
import { accuracyOf, CONFIG, FEE, groupOf, netOf } from "./run/kit.ts";
import { simulate } from "./run.ts";
import { STRATEGIES } from "./strategies/strategies.ts";
import { tasksOf } from "./strategies/kit.ts";

const run = (change: Partial<Config> = {}, tasks?: Tasks) =>
  simulate({ ...CONFIG, ...change }, tasks === undefined ? {} : { tasks });

const ofKind = ({ agents }: SimulationResult, strategy: string) =>
  agents.filter((agent) => agent.strategy === strategy);
const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);

async function refuses(config: Partial<Config>, code: SimulatorErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(run(config), (error) => {
    assert.ok(error instanceof SimulatorError, String(error));
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    return true;
  });
}

describe("a simulation", () => {
  it("asks each item once, in an order that follows from the seed, and brings all to an end", async () => {
    const result = await run();
    assert.equal(result.complete, true);
    const items = result.questions.map(({ item }) => item);
    assert.deepEqual(
      [...items].sort((a, b) => a - b),
      Array.from({ length: 200 }, (_, i) => i),
    );
    assert.notDeepEqual(
      items,
      [...items].sort((a, b) => a - b),
    );
    assert.deepEqual(await run(), result);
    const other = await run({ seed: 2 });
    assert.notDeepEqual(
      other.questions.map(({ item }) => item),
      items,
    );
    // Ten an epoch, from the first on; none is final before the fourth epoch after it was asked.
    assert.deepEqual(
      result.epochs.slice(0, 21).map(({ asked }) => asked),
      [...Array<number>(20).fill(10), 0],
    );
    assert.deepEqual(
      result.epochs.slice(0, 5).map(({ final }) => final > 0),
      [false, false, false, false, true],
    );
    assert.equal(
      result.epochs.reduce((total, { final }) => total + final, 0),
      200,
    );
    assert.deepEqual([result.config.rules.outcomes, result.config.questionsPerEpoch], [3, 10]);
  });

  it("is better than the majority of as many answers, and worth its price to who knows", async () => {
    const result = await run();
    const majority = result.questions.filter(({ baselines, truth }) => baselines.majoritySame === truth).length / 200;
    assert.ok(accuracyOf(result) > 0.9 && accuracyOf(result) >= majority, `${accuracyOf(result)} ${majority}`);
    assert.ok(netOf(result, "honest") > 0);
  });

  it("accounts for everything", async () => {
    const result = await run({ groups: [groupOf("withholder", 0.3), groupOf("griefer", 0.1)] });
    const { agents, books, questions, epochs, transactions } = result;
    // What purses paid is with the agents, the sink and keepers.
    const net = sum(agents.map(({ gain, loss }) => gain - loss));
    const { sink = 0n, keeper = 0n, ...purses } = books;
    assert.equal(net + sink + keeper + sum(Object.values(purses)), 0n);
    assert.deepEqual(Object.keys(purses).sort(), ["askers", "griefer"]);
    const votes = agents.reduce((total, agent) => total + agent.votes, 0);
    assert.deepEqual(
      [epochs.at(-1)?.votes, epochs.at(-1)?.seats],
      [votes, agents.reduce((total, agent) => total + agent.seats, 0)],
    );
    assert.equal(questions.reduce((total, { answers }) => total + answers, 0) <= votes, true);
    assert.ok(agents.every((agent) => agent.coherent <= agent.votes && agent.votes <= agent.seats));
    const canaries = questions.filter(({ canary }) => canary).length;
    assert.ok(canaries > 2 && canaries < 25, `${canaries}`);
    assert.deepEqual(
      [transactions["ask"], transactions["finalize"], transactions["openCanary"], transactions["join"]],
      [200, 200, canaries, 20],
    );
    assert.ok(
      transactions["forfeit"] === agents.reduce((total, { forfeits }) => total + forfeits, 0) &&
        transactions["forfeit"] > 0,
    );
    const further = questions.reduce((total, { rounds }) => total + rounds - 1, 0);
    const started = (transactions["appeal"] ?? 0) + (transactions["spendBudget"] ?? 0);
    assert.ok(started > 0 && further - started >= 0 && further - started <= canaries, `${further} ${started}`);
  });

  it("costs what the rounds cost, less what is given back", async () => {
    const quiet = await run({ canaries: 0, budgetRounds: 0 });
    assert.ok(quiet.questions.every(({ rounds, cost }) => rounds === 1 && cost === 7n * FEE));
    assert.equal(-(quiet.books["askers"] as bigint), 200n * 7n * FEE);
    const further = await run({ canaries: 0 });
    const costs = further.questions.map(({ rounds, cost }) => `${rounds}: ${cost / FEE}`);
    assert.deepEqual([...new Set(costs)].sort(), ["1: 7", "2: 22", "3: 53"]);
    assert.equal(sum(further.questions.map(({ cost }) => cost)), -(further.books["askers"] as bigint));
    // Nobody has an answer: all but the burn comes back.
    const nobody = await run({ canaries: 0, budgetRounds: 0 }, { ...tasksOf([[0, 0, 1]]), answers: [new Map()] });
    assert.deepEqual(
      nobody.questions.map(({ cost, seats, outcome, status }) => [cost, seats, outcome, status]),
      [[(7n * FEE) / 10n, 0, null, "unresolved"]],
    );
    assert.equal(nobody.books["askers"], (-7n * FEE) / 10n);
  });

  it("gives groups the stake and the identities they are told to have", async () => {
    const groups = [
      { strategy: "colluders", stake: 0.3, identities: 0.1, settings: {} },
      { strategy: "lazy", stake: 0.1, identities: 0.25, settings: {} },
    ];
    const result = await run({ groups, stake: 1_000n * FEE });
    const total = Number(sum(result.agents.map(({ stake }) => stake)));
    const share = (strategy: string) => Number(sum(ofKind(result, strategy).map(({ stake }) => stake))) / total;
    assert.deepEqual(
      ["honest", "colluders", "lazy"].map((strategy) => ofKind(result, strategy).length),
      [13, 2, 5],
    );
    assert.ok(Math.abs(share("colluders") - 0.3) < 1e-6 && Math.abs(share("lazy") - 0.1) < 1e-6);
    assert.ok(ofKind(result, "honest").every(({ stake, honest }) => honest && stake === 1_000n * FEE));
    // Seats go by stake: 0.6 of them to the honest.
    const seats = (strategy: string) => ofKind(result, strategy).reduce((n, agent) => n + agent.seats, 0);
    const all = seats("honest") + seats("colluders") + seats("lazy");
    assert.ok(Math.abs(seats("colluders") / all - 0.3) < 0.05, `${seats("colluders")} of ${all}`);
  });

  it("deals everybody a worker's items, so that shares of identities are shares of answers", async () => {
    const source = { ...CONFIG.source, density: 0.3, items: 400 } as Config["source"];
    const result = await run({ source, agents: 40, groups: [groupOf("colluders", 0.25)], epochs: 10 });
    const members = new Set(result.agents.flatMap(({ strategy }, agent) => (strategy === "colluders" ? [agent] : [])));
    const given = result.panel.map(
      ({ agent, answers }) => [agent, answers.filter((answer) => answer !== null).length] as const,
    );
    const of = (colluding: boolean) =>
      given.filter(([agent]) => members.has(agent) === colluding).reduce((total, [, n]) => total + n, 0);
    assert.equal(result.panel.length, 40);
    assert.ok(Math.abs(of(true) / (of(true) + of(false)) - 0.25) < 0.03, `${of(true)} ${of(false)}`);
    assert.ok(
      given.every(([, n]) => n > 80 && n < 160),
      given.join(" "),
    );
  });

  it("has agents abstain that have no answer, or too little confidence", async () => {
    const sure = (confidence: number) => ({ outcome: 0, confidence });
    const tasks = {
      ...tasksOf([[0, 0, 0, 0, null]]),
      answers: [
        new Map([
          [0, sure(0.9)],
          [1, sure(0.8)],
          [2, sure(0.5)],
        ]),
      ],
    };
    const result = await run({ agents: null, minConfidence: 0.6, rules: { ...CONFIG.rules, seats: 8 } }, tasks);
    const votes = Object.fromEntries(result.agents.map(({ name, votes }) => [name, votes > 0]));
    assert.deepEqual(votes, { "worker-0": true, "worker-1": true, "worker-2": false, "worker-3": false });
    assert.equal(result.questions[0]?.answers, 2);
  });

  it("chooses seats and stake where they are not told", async () => {
    const result = await run({ rules: { ...CONFIG.rules, seats: 0 } });
    assert.equal(result.config.rules.seats, 20);
    assert.ok(result.config.stake > 0n);
    assert.deepEqual(result.notes, []);
    const poor = await run({ stake: 200n * FEE });
    assert.match(poor.notes.join(), /^\d+ votes were not cast: too little free stake/);
  });

  it("stops when told to, and says that it did", async () => {
    const controller = new AbortController();
    const parts: number[] = [];
    const result = await simulate(CONFIG, {
      signal: controller.signal,
      onProgress: ({ part, epoch }) => {
        parts.push(part);
        if (epoch === 10) controller.abort();
      },
    });
    assert.equal(result.complete, false);
    assert.ok(result.questions.length > 20 && result.questions.length < 100, `${result.questions.length}`);
    assert.match(result.notes.join(), /stopped before its end: \d+ questions are open/);
    assert.ok(parts.length === 10 && parts.every((part, i) => part > (parts[i - 1] ?? 0) && part < 1), parts.join());
    // What is final is what it would have been.
    const whole = await run();
    const final = new Map(whole.questions.map((question) => [question.item, question]));
    for (const { item, outcome, rounds } of result.questions) {
      assert.deepEqual([outcome, rounds], [final.get(item)?.outcome, final.get(item)?.rounds]);
    }
    const before = new AbortController();
    before.abort();
    assert.deepEqual((await simulate(CONFIG, { signal: before.signal })).questions, []);
  });

  it("closes its engine, also where it fails", async () => {
    const engines: MemoryEngine[] = [];
    const engine = async ({ rules, seed }: Config) => {
      engines.push(new MemoryEngine({ rules, seed, mode: "sampled" }));
      return engines.at(-1) as MemoryEngine;
    };
    await simulate(CONFIG, { engine });
    await assert.rejects(simulate({ ...CONFIG, stake: FEE }, { engine }), { code: "REFUSED" });
    for (const used of engines) await assert.rejects(used.advance(), { reason: "CLOSED" });
    assert.equal(engines.length, 2);
  });

  it("plays all strategies, several at once, on an exact engine as on a sampled one", async () => {
    const names = [...STRATEGIES.keys()];
    for (const first of [0, 6, 12]) {
      const strategies = names.slice(first, first + 6);
      for (const engine of ["exact", "sampled"] as const) {
        const result = await run({ engine, groups: strategies.map((name) => groupOf(name, 0.1)), epochs: 6 });
        assert.ok(result.complete && result.questions.length === 200);
        for (const name of strategies) assert.ok(ofKind(result, name).length >= 2, name);
        assert.ok(accuracyOf(result) > 0.5, `${strategies.join()} ${accuracyOf(result)}`);
      }
    }
    assert.equal(names.length, 18);
  });

  it("is refused what it cannot be, with the reason", async () => {
    await refuses({ canaries: 1.5 }, "BAD_CONFIG", /^canaries must be a number from 0 to 1, got 1.5/);
    await refuses({ minConfidence: Number.NaN }, "BAD_CONFIG", /^minConfidence must be/);
    await refuses({ budgetRounds: 3 }, "BAD_CONFIG", /^budgetRounds must be an integer from 0 to 2, got 3/);
    await refuses({ epochs: 0 }, "BAD_CONFIG", /^epochs must be an integer from 1 to 2000/);
    await refuses({ questionsPerEpoch: 0 }, "BAD_CONFIG", /^questionsPerEpoch must be/);
    await refuses({ agents: 1 }, "BAD_CONFIG", /^agents must be an integer from 2/);
    await refuses({ seed: 0.5 }, "BAD_CONFIG", /^seed must be/);
    await refuses({ stake: -1n }, "BAD_CONFIG", /^stake must be at least/);
    await refuses(
      { rules: { ...CONFIG.rules, seats: 2 } },
      "REFUSED",
      /^seats must be an integer from 3 to 255, got 2/,
    );
    await refuses({ groups: [groupOf("nobody")] }, "UNKNOWN_STRATEGY", /there are honest, replay/);
    await refuses({ groups: [groupOf("adaptive", 0.2, { hihg: 1 })] }, "UNKNOWN_STRATEGY", /it has lies/);
    for (const share of [-0.1, 0, 1, 1.2]) {
      await refuses(
        { groups: [groupOf("lazy", share)] },
        "BAD_CONFIG",
        /^share of lazy in the stake must be above 0 and below 1/,
      );
    }
    await refuses(
      { groups: [groupOf("lazy", 0.6), groupOf("idle", 0.4)] },
      "BAD_CONFIG",
      /must leave something to the honest, got lazy 0.6, idle 0.4/,
    );
    await refuses(
      { agents: 2, groups: [groupOf("lazy", 0.4), groupOf("idle", 0.4)] },
      "BAD_CONFIG",
      /2 agents leave none honest/,
    );
  });
});

describe("attacks in a simulation", () => {
  it("colluders lose voice and money", async () => {
    const result = await run({ groups: [groupOf("colluders")], canaries: 0.1 });
    const voice = (strategy: string) => Math.max(...ofKind(result, strategy).map(({ weight }) => weight));
    assert.ok(voice("colluders") < 64 && voice("honest") > 1_000, `${voice("colluders")} ${voice("honest")}`);
    assert.ok(netOf(result, "colluders") < 0);
    assert.ok(result.questions.every(({ target, truth }) => target !== null && target !== truth));
    assert.ok(ofKind(result, "colluders").every(({ accuracy }) => accuracy === 0));
  });

  it("withholders forfeit what they hide, and lose by it", async () => {
    const result = await run({ groups: [groupOf("withholder")] });
    const own = ofKind(result, "withholder");
    assert.ok(own.reduce((total, { forfeits }) => total + forfeits, 0) > 3);
    assert.ok(netOf(result, "withholder") < netOf(result, "honest"));
    assert.ok(ofKind(result, "honest").every(({ forfeits }) => forfeits === 0));
  });

  it("whitewashers come back as newcomers, and no sooner than their stake is free", async () => {
    const result = await run({ groups: [groupOf("whitewasher", 0.2, { pause: 6 })], epochs: 40 });
    const own = ofKind(result, "whitewasher");
    assert.ok(own.length > 4 && own.some(({ name }) => name.endsWith("again")), own.map(({ name }) => name).join());
    assert.equal(
      result.transactions["leave"],
      own.length -
        result.agents.filter(
          ({ strategy, name }) => strategy === "whitewasher" && !own.some((other) => other.name === `${name} again`),
        ).length,
    );
    // A leaver's stake is back with what was left of it.
    for (const { name, stake, gain, loss } of own) {
      const again = own.find((other) => other.name === `${name} again`);
      if (again !== undefined) assert.ok(again.stake <= stake && again.stake >= stake + gain - loss - 24n * FEE * 100n);
    }
    const slow = await run({ groups: [groupOf("whitewasher")], epochs: 20 });
    assert.equal(
      ofKind(slow, "whitewasher").some(({ name }) => name.endsWith("again")),
      false,
    );
  });

  it("grinders get more seats than their stake has, colluders do not", async () => {
    const share = async (engine: "exact" | "sampled", strategy: string, settings = {}) => {
      const result = await run({ engine, groups: [groupOf(strategy, 0.2, settings)], epochs: 20 });
      const seats = (of: SimulationResult["agents"]) => of.reduce((total, agent) => total + agent.seats, 0);
      return seats(ofKind(result, strategy)) / seats(result.agents);
    };
    for (const engine of ["exact", "sampled"] as const) {
      const [fair, ground] = [await share(engine, "colluders"), await share(engine, "grinder", { tries: 6 })];
      assert.ok(Math.abs(fair - 0.2) < 0.03 && ground > fair + 0.01, `${engine} ${fair} ${ground}`);
    }
  });

  it("self-dealers ask what nobody else can answer, at the price of the burn and of what they lose", async () => {
    const result = await run({ groups: [groupOf("self-dealer", 0.2, { questions: 3, high: 16 })] });
    assert.equal(result.questions.length, 200);
    assert.match(result.notes.join(), /^60 questions that groups asked themselves are not among the questions/);
    assert.equal(result.transactions["ask"], 260);
    assert.ok((result.books["self-dealer"] as bigint) < 0n);
    // It buys trust: canaries of its own count eight times.
    const behaving = await run({ groups: [groupOf("self-dealer", 0.2, { questions: 0, high: 16 })] });
    const voice = (of: SimulationResult) => ofKind(of, "self-dealer").reduce((total, { weight }) => total + weight, 0);
    assert.ok(voice(result) > voice(behaving), `${voice(result)} ${voice(behaving)}`);
  });

  it("bribes buy votes of agents that take them, and are paid where they lose", async () => {
    const group = (rational: number) => [groupOf("briber", 0.1, { lies: 0.5, rational })];
    const none = await run({ groups: group(0) });
    assert.equal(none.books["bribes"], undefined);
    const few = await run({ groups: group(0.15) });
    assert.ok((few.books["bribes"] as bigint) < 0n);
    const half = await run({ groups: group(0.5) });
    assert.ok((half.books["bribes"] ?? 0n) > (few.books["bribes"] as bigint));
    assert.match(half.notes.join(), /bribes are paid beside the protocol/);
    const attacked = ({ questions }: SimulationResult) => questions.filter(({ target }) => target !== null);
    const captured = (of: SimulationResult) => attacked(of).filter(({ outcome, target }) => outcome === target).length;
    assert.ok(captured(half) > captured(none) + 5, `${captured(half)} ${captured(none)}`);
    // Baselines are of what agents think, not of what they are paid for.
    const majority = ({ questions }: SimulationResult) => questions.map(({ baselines }) => baselines.majority);
    assert.deepEqual(majority(half), majority(none));
  });

  it("planted canaries are asked at the group's expense, with a wrong answer", async () => {
    const result = await run({ groups: [groupOf("false-canary", 0.2, { lies: 0.2 })], canaries: 0 });
    const planted = result.questions.filter(({ canary }) => canary);
    assert.ok(planted.length > 20 && planted.length < 65, `${planted.length}`);
    assert.ok(planted.every(({ target, truth }) => target !== null && target !== truth));
    assert.ok(
      planted.every(
        ({ rounds, outcome, target }) => rounds > 1 || outcome === target || outcome === null || rounds === 1,
      ),
    );
    const cost = (of: SimulationResult["questions"]) => sum(of.map((question) => question.cost));
    assert.equal(-(result.books["false-canary"] as bigint), cost(planted));
    assert.equal(-(result.books["askers"] as bigint), cost(result.questions.filter(({ canary }) => !canary)));
  });

  it("griefers pay for what they appeal", async () => {
    const result = await run({ groups: [groupOf("griefer", 0.1, { appeals: 1 })], budgetRounds: 0, canaries: 0 });
    assert.ok(result.questions.filter(({ rounds }) => rounds > 1).length > 100);
    assert.ok((result.books["griefer"] as bigint) < -1_000n * FEE);
  });

  it("idle stake earns nothing and starves nobody", async () => {
    const result = await run({ groups: [groupOf("idle", 0.5)], canaries: 0, budgetRounds: 0, epochs: 40 });
    assert.equal(netOf(result, "idle"), 0);
    const seats = (from: number) =>
      result.questions.slice(from, from + 60).reduce((total, question) => total + question.seats, 0) / 60;
    assert.ok(seats(0) < 5 && seats(140) > 5.5, `${seats(0)} ${seats(140)}`);
  });
});
