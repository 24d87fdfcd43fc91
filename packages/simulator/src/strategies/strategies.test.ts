import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SimulatorError } from "../errors.ts";
import { playing, tasksOf, worldOf } from "./kit.ts";
import { settingsOf, STRATEGIES, strategyKind } from "./strategies.ts";

const member = { agent: 0, worker: 0 };
const other = { agent: 1, worker: 1 };
/** 200 items of three outcomes, of which 0 is usually true; worker 0 is always right, worker 1 says 2. */
const many = tasksOf(
  Array.from({ length: 200 }, (_, i) => {
    const truth = i % 4 === 3 ? 1 : 0;
    return [truth, truth, 2, 2, null];
  }),
  3,
);
const items = many.items.map((_, item) => item);
const truthOf = (item: number) => many.items[item]?.truth;

describe("strategies", () => {
  it("are known by name, with settings within their own ranges", () => {
    const attacks = ["colluders", "adaptive", "sybils", "sleeper", "whitewasher", "grinder", "self-dealer", "briber"];
    const others = ["idle", "withholder", "false-canary", "griefer", "lazy", "prior", "random", "copier"];
    assert.deepEqual([...STRATEGIES.keys()].sort(), ["honest", "replay", ...attacks, ...others].sort());
    for (const [name, kind] of STRATEGIES) {
      assert.equal(kind.name, name);
      assert.ok(kind.description.length > 0 && kind.description.length < 140, kind.description);
      assert.doesNotThrow(() => settingsOf(kind, {}), name);
    }
  });

  it("are refused by names and settings that there are not, with those that there are", () => {
    assert.throws(
      () => strategyKind("coluders"),
      (error: SimulatorError) => {
        assert.equal(error.code, "UNKNOWN_STRATEGY");
        assert.match(error.message, /no strategy "coluders"; there are honest, replay, .*griefer/);
        return true;
      },
    );
    const kind = strategyKind("adaptive");
    assert.throws(() => settingsOf(kind, { hihg: 2 }), {
      code: "UNKNOWN_STRATEGY",
      message: /no setting "hihg"; it has lies, popular, high, low/,
    });
    assert.throws(() => settingsOf(strategyKind("idle"), { high: 2 }), { message: /it has none/ });
    for (const [name, value] of Object.entries({ high: 17, lies: -0.1, popular: 0.5, low: NaN })) {
      assert.throws(() => settingsOf(kind, { [name]: value }), { code: "BAD_CONFIG" }, name);
    }
    assert.deepEqual(settingsOf(kind, { high: 2 }), { lies: 1, popular: 0, high: 2, low: 1 });
  });

  it("honest and replay say what their data say; honest abstains when unsure", () => {
    const tasks = tasksOf([[0, 1]]);
    const unsure = { outcome: 1, confidence: 0.6 };
    const world = worldOf({ ...tasks, answers: [new Map([[0, unsure]])] });
    assert.equal(playing("honest", world, {}, { minConfidence: 0.6 }).votes(member), 1);
    assert.equal(playing("honest", world, {}, { minConfidence: 0.61 }).votes(member), null);
    assert.equal(playing("replay", world, {}, { minConfidence: 0.61 }).votes(member), 1);
    // Data without confidences are taken at their word.
    assert.equal(playing("honest", worldOf(tasks), {}, { minConfidence: 1 }).votes(member), 1);
  });

  it("lazy says what is usually true, or what it is told to", () => {
    const usual = playing("lazy", worldOf(many));
    assert.deepEqual(new Set(items.map((item) => usual.votes(member, { item }))), new Set([0]));
    assert.equal(playing("lazy", worldOf(many), { outcome: 2 }).votes(member), 2);
    // Numbers beyond an item's list are its last.
    assert.equal(playing("lazy", worldOf(many), { outcome: 9 }).votes(member), 2);
    // Without truths, what is usually said: 2.
    const unknown = { ...many, items: many.items.map((item) => ({ ...item, truth: null })) };
    assert.equal(playing("lazy", worldOf(unknown)).votes(member), 2);
    assert.equal(playing("lazy", worldOf({ ...unknown, openAnswers: true })).votes(member), 0);
  });

  it("random and prior say anything, the one evenly, the other as verdicts were", () => {
    const shares = (name: string, counts: number[]) => {
      const world = worldOf(many);
      world.counts = counts;
      const { votes } = playing(name, world);
      const said = items.flatMap((item) => Array.from({ length: 10 }, () => votes(member, { item })));
      return [0, 1, 2].map((outcome) => said.filter((vote) => vote === outcome).length / said.length);
    };
    const near = (actual: number[], expected: number[]) =>
      assert.ok(
        actual.every((share, i) => Math.abs(share - (expected[i] as number)) < 0.04),
        actual.join(),
      );
    near(shares("random", [700, 100, 200]), [1 / 3, 1 / 3, 1 / 3]);
    near(shares("prior", [700, 100, 200]), [0.7, 0.1, 0.2]);
  });

  it("copier finds nothing to copy but what is public", () => {
    const world = worldOf(many);
    const { votes } = playing("copier", world, { statements: 0 });
    assert.equal(votes(member), null);
    world.lastOutcome = 1;
    assert.deepEqual(new Set(items.map((item) => votes(member, { item }))), new Set([1]));
    assert.equal(votes(member, { round: 2, leading: 2 }), 2);
    // A neighbour that tells everybody beforehand can be copied, where it has an answer.
    const told = playing("copier", world, { statements: 1 });
    const workers = [0, 1, 2].map((worker) => told.votes({ agent: worker, worker }, { item: 0 }));
    assert.ok(
      workers.some((vote) => vote !== 1),
      workers.join(),
    );
  });

  it("colluders agree on a wrong answer, the same in all rounds, and behave elsewhere", () => {
    const world = worldOf(many);
    const all = playing("colluders", world);
    for (const item of items) {
      const vote = all.votes(member, { item });
      assert.notEqual(vote, truthOf(item));
      assert.equal(all.votes(other, { item, round: 2, leading: 0 }), vote);
      assert.equal(all.target?.({ item, round: 1, progress: 0, leading: null }), vote);
    }
    const half = playing("colluders", world, { lies: 0.5 });
    const attacked = items.filter((item) => half.votes(member, { item }) !== truthOf(item));
    assert.ok(attacked.length > 75 && attacked.length < 125, `${attacked.length}`);
    for (const item of items) {
      const target = half.target?.({ item, round: 1, progress: 0, leading: null });
      assert.equal(target === null, !attacked.includes(item));
    }
    const popular = playing("colluders", world, { popular: 1 });
    assert.ok(items.every((item) => popular.votes(member, { item }) === 2));
    // Where nobody knows the truth, what most say is attacked.
    const unknown = worldOf({ ...many, items: many.items.map((item) => ({ ...item, truth: null })) });
    assert.ok(items.every((item) => playing("colluders", unknown).votes(member, { item }) !== 2));
  });

  it("adaptive behaves until its weight is high, and again once it is low", () => {
    const world = worldOf(many);
    const { votes } = playing("adaptive", world, { high: 4, low: 1 });
    const behavesAt = (weight: number, who = member) => {
      world.weights.set(who.agent, weight);
      return votes(who, { item: 0 }) === many.answers[0]?.get(who.worker)?.outcome;
    };
    assert.deepEqual(
      [1, 3.9, 4, 2, 1, 0.9, 2].map((weight) => behavesAt(weight)),
      [true, true, false, false, false, true, true],
    );
  });

  it("sleeper behaves until it wakes", () => {
    const { votes, target } = playing("sleeper", worldOf(many), { wakes: 0.5 });
    const at = (progress: number) => ({ item: 0, round: 1, progress, leading: null });
    assert.deepEqual([votes(member, at(0)), votes(other, at(0.49)), target?.(at(0.49))], [0, 2, null]);
    assert.notEqual(votes(member, at(0.5)), 0);
    assert.equal(votes(other, at(0.5)), target?.(at(0.5)));
  });

  it("sybils say the same, whoever they are", () => {
    const rows = Array.from({ length: 50 }, (_, i) => [0, i % 2, 1 - (i % 2), (i >> 1) % 2, i % 3 === 0 ? 1 : null]);
    const { votes } = playing("sybils", worldOf(tasksOf(rows)));
    const said = (worker: number) => rows.map((_, item) => votes({ agent: worker, worker }, { item }));
    assert.deepEqual(said(0), said(1));
    assert.deepEqual(said(0), said(2));
    // An item that a Sybil's own worker has no answer to it leaves out, so that its votes are as many as anybody's.
    assert.equal(votes({ agent: 3, worker: 3 }, { item: 1 }), null);
  });

  it("whitewasher leaves once its weight is low", () => {
    const world = worldOf(many);
    const { votes, departs } = playing("whitewasher", world, { leaves: 0.5, pause: 3 });
    assert.notEqual(votes(member), 0);
    assert.equal(departs?.(member), null);
    world.weights.set(0, 0.49);
    assert.deepEqual(departs?.(member), { pause: 3 });
    assert.deepEqual(playing("whitewasher", world).departs?.(member), { pause: 18 });
  });

  it("idle never votes", () => {
    const { votes } = playing("idle", worldOf(many));
    assert.ok(items.every((item) => votes(member, { item }) === null));
  });

  it("withholder hides a ballot that more of its seats regret", () => {
    const { reveals } = playing("withholder", worldOf(many));
    const vote = (others: number | null, seats = 1) => ({ outcome: 0, seats, others });
    assert.equal(reveals?.(member, [vote(0), vote(1)]), true);
    assert.equal(reveals?.(member, [vote(0), vote(1, 2)]), false);
    assert.equal(reveals?.(member, [vote(null), vote(1)]), true);
    assert.equal(reveals?.(member, []), true);
  });

  it("grinder colludes, and asks for tries", () => {
    const { votes, grinds } = playing("grinder", worldOf(many), { tries: 7 });
    assert.equal(grinds, 7);
    assert.notEqual(votes(member), 0);
  });

  it("self-dealer asks for what is rarest, and attacks with the trust it has", () => {
    const world = worldOf(many);
    world.counts = [500, 100, 200];
    const { votes, deals } = playing("self-dealer", world, { questions: 2, high: 4 });
    assert.deepEqual(deals?.(1), [
      { outcome: 1, canary: true },
      { outcome: 1, canary: true },
    ]);
    assert.deepEqual(playing("self-dealer", world, { canaries: 0 }).deals?.(1), [{ outcome: 1, canary: false }]);
    assert.equal(votes(member), 0);
    world.weights.set(0, 4);
    assert.notEqual(votes(member), 0);
  });

  it("briber offers for what it votes itself", () => {
    const { votes, offers } = playing("briber", worldOf(many), { lies: 0.3 });
    const offered = items.filter((item) => {
      const offer = offers?.({ item, round: 1, progress: 0, leading: null });
      if (offer !== null) assert.equal(votes(member, { item }), offer);
      return offer !== null;
    });
    assert.ok(offered.length > 40 && offered.length < 80, `${offered.length}`);
  });

  it("false-canary plants wrong answers, and votes for them", () => {
    const { votes, plants } = playing("false-canary", worldOf(many), { lies: 0.3 });
    const planted = items.filter((item) => plants?.(item) !== undefined);
    assert.ok(planted.length > 40 && planted.length < 80, `${planted.length}`);
    for (const item of items) {
      assert.equal(votes(other, { item }), plants?.(item) ?? 2);
      assert.notEqual(plants?.(item), truthOf(item));
    }
  });

  it("griefer appeals a share of the verdicts", () => {
    const { votes, appeals } = playing("griefer", worldOf(many), { appeals: 0.2 });
    assert.equal(votes(member), 0);
    const verdict = { item: 0, round: 1, outcome: 0, supportBps: 10_000 };
    const appealed = Array.from({ length: 1_000 }, () => appeals?.(verdict)).filter(Boolean).length;
    assert.ok(appealed > 150 && appealed < 250, `${appealed}`);
  });
});
