import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Refusal, type RefusalReason } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { RULES, TOKEN } from "../testing/life.ts";
import { Table } from "../testing/table.ts";
import { MemoryEngine, type MemoryMode } from "./engine.ts";

/** Three equal agents have three seats each, whatever the seed. */
const RULES_OF_THREE: Rules = { ...RULES, seats: 9, supermajorityBps: 6_600 };
const STAKE = 1_000n * TOKEN;

async function lay(
  some: { readonly rules?: Partial<Rules>; readonly stakes?: bigint[]; readonly mode?: MemoryMode } = {},
) {
  const { mode = "exact", stakes = [STAKE, STAKE, STAKE] } = some;
  const engine = new MemoryEngine({ rules: { ...RULES_OF_THREE, ...some.rules }, mode, seed: 1 });
  return { engine, table: await Table.lay(engine, stakes) };
}

/** @throws unless it is refused for this reason, and nothing is otherwise than before */
async function refused(table: Table, act: () => Promise<unknown>, reason: RefusalReason): Promise<void> {
  const state = async () => {
    const { engine, agents } = table;
    return [engine.epoch(), await engine.agents(agents), await engine.books(), await engine.statistics()];
  };
  const before = await state();
  await assert.rejects(act, (error) => error instanceof Refusal && error.reason === reason);
  assert.deepEqual(await state(), before);
}

describe("an engine in memory", () => {
  for (const mode of ["exact", "sampled"] as const) {
    it(`takes a question from its asking to its settlement (${mode})`, async () => {
      const { engine, table } = await lay({ mode });
      const question = await table.ask();
      assert.deepEqual(await table.verdict(question), {
        ...{ status: "voting", outcome: null, supportBps: 0, rounds: 1, seats: 0 },
      });
      await engine.advance();
      assert.deepEqual(await engine.committees(), [
        { question, round: 1, members: [0, 1, 2].map((agent) => ({ agent, seats: 3 })) },
      ]);
      await engine.beat([0, 0, 1].map((outcome, agent) => ({ agent, reveal: true, votes: [{ question, outcome }] })));
      const bonds = 3n * RULES.seatBond;
      assert.deepEqual(
        (await engine.agents([0, 1, 2])).map(({ locked }) => locked),
        [bonds, bonds, bonds],
      );
      const [, { revealed }] = await table.epoch();
      assert.deepEqual(
        revealed,
        [0, 0, 1].map((outcome, agent) => ({ question, outcome, agent, seats: 3, weight: 256 })),
      );
      assert.equal((await table.verdict(question))?.status, "voting");
      await table.epoch();
      const verdict = { outcome: 0, supportBps: 6_666, rounds: 1, seats: 9 };
      assert.deepEqual(await table.verdict(question), { status: "provisional", ...verdict });
      const [{ finalized }, { settled }] = await table.epoch();
      assert.deepEqual(finalized, [question]);
      assert.deepEqual(await table.verdict(question), { status: "resolved", ...verdict });
      // A third of the weight is the margin, and the outcome is as frequent as any: a loss of a twelfth of the bond.
      const [gain, loss] = [(3n * TOKEN * 24n) / 10n, 6n * TOKEN];
      assert.deepEqual(settled, [
        { agent: 0, epoch: 2, gain, loss: 0n },
        { agent: 1, epoch: 2, gain, loss: 0n },
        { agent: 2, epoch: 2, gain: 0n, loss },
      ]);
      const views = await engine.agents([0, 1, 2]);
      assert.deepEqual(
        views.map(({ balance, locked, alpha, beta, verdicts }) => [balance - STAKE, locked, alpha, beta, verdicts]),
        [
          [gain, 0n, 4_352, 2_048, 1],
          [gain, 0n, 4_352, 2_048, 1],
          [-loss, 0n, 4_096, 2_304, 1],
        ],
      );
      assert.deepEqual(await engine.books(), { purses: [9n * TOKEN], sink: (6n * TOKEN) / 10n, keeper: 0n });
      assert.deepEqual((await engine.statistics()).counts, [1_280, 1_024, 1_024]);
      engine.audit();
    });
  }

  it("starts a round for an appeal, and pays the appellant who was right its fee and half again", async () => {
    const { engine, table } = await lay();
    const question = await table.ask();
    await table.epoch({ [question]: [0, 0, 1] });
    await table.pass(2);
    await engine.appeal(question, 3);
    assert.equal((await engine.books()).purses[3], 19n * TOKEN);
    await engine.advance();
    const [committee] = await engine.committees();
    assert.equal(committee?.round, 2);
    const seats = (committee?.members ?? []).reduce((sum, member) => sum + member.seats, 0);
    assert.ok(seats >= 18 && seats <= 21);
    await engine.beat([0, 1, 2].map((agent) => ({ agent, reveal: true, votes: [{ question, outcome: 1 }] })));
    await table.pass(3);
    const verdict = await table.verdict(question);
    assert.deepEqual([verdict?.status, verdict?.outcome, verdict?.rounds], ["resolved", 1, 2]);
    assert.equal(verdict?.seats, 9 + seats);
    const back = 19n * TOKEN - ((await engine.books()).purses[3] as bigint);
    assert.ok(back > 19n * TOKEN && back <= (19n * TOKEN * 3n) / 2n, `${back}`);
    await table.pass(1);
    engine.audit();
  });

  it("starts rounds from the budget while the verdict is undecided, and gives the rest back", async () => {
    const { engine, table } = await lay({ rules: { supermajorityBps: 10_000 } });
    const rich = await table.ask({ budgetRounds: 2 });
    const poor = await table.ask();
    const agreed = await table.ask({ budgetRounds: 2 });
    assert.deepEqual((await engine.books()).purses, [(9n + 58n + 9n + 9n + 58n) * TOKEN]);
    await refused(table, () => engine.spendBudget(rich), "EPOCH");
    await table.epoch({ [rich]: [0, 1, 2], [poor]: [0, 1, 2], [agreed]: [0, 0, 0] });
    await table.pass(2);
    assert.equal((await table.verdict(rich))?.status, "undecided");
    await engine.spendBudget(rich);
    await refused(table, () => engine.spendBudget(rich), "EPOCH");
    await refused(table, () => engine.spendBudget(poor), "BUDGET");
    await refused(table, () => engine.spendBudget(agreed), "DECISIVE");
    await refused(table, () => engine.reclaim(agreed), "EPOCH");
    await table.pass(1);
    assert.equal((await table.verdict(poor))?.status, "unresolved");
    await refused(table, () => engine.spendBudget(agreed), "FINAL");
    const paid = (await engine.books()).purses[0] as bigint;
    await engine.reclaim(agreed);
    await engine.reclaim(agreed);
    assert.equal((await engine.books()).purses[0], paid - 58n * TOKEN);
    await table.pass(3);
    await engine.reclaim(rich);
    assert.equal((await engine.books()).purses[0], paid - (58n + 39n) * TOKEN);
    await engine.settleAll(table.agents);
    engine.audit();
  });

  it("gives an asker whom nobody answered all but the burn", async () => {
    const { engine, table } = await lay();
    const question = await table.ask({ purse: 2 });
    await table.pass(4);
    assert.deepEqual(await table.verdict(question), {
      ...{ status: "unresolved", outcome: null, supportBps: 0, rounds: 1, seats: 0 },
    });
    await engine.reclaim(question);
    await engine.reclaim(question);
    const books = await engine.books();
    assert.deepEqual([books.purses[2], books.sink], [(9n * TOKEN) / 10n, (9n * TOKEN) / 10n]);
    engine.audit();
  });

  it("opens canaries: a deposit back, a round of one that disagrees, the sink's where nobody opens", async () => {
    const { engine, table } = await lay();
    const ask = (answer: number | null) => table.ask({ canary: { answer } });
    const [agrees, disagrees, none, forgotten] = [await ask(0), await ask(1), await ask(null), await ask(0)];
    const plain = await table.ask();
    const paid = async () => ((await engine.books()).purses[0] as bigint) / TOKEN;
    assert.equal(await paid(), 4n * 18n + 9n);
    await table.epoch(Object.fromEntries([agrees, disagrees, none, forgotten, plain].map((q) => [q, [0, 0, 0]])));
    await refused(table, () => engine.openCanary(agrees), "EPOCH");
    await table.pass(2);
    await refused(table, () => engine.openCanary(plain), "NO_CANARY");
    for (const question of [agrees, disagrees, none]) await engine.openCanary(question);
    await refused(table, () => engine.openCanary(agrees), "NO_CANARY");
    // Two deposits are back; the third went towards a round of nineteen seats.
    assert.equal(await paid(), 4n * 18n + 9n - 2n * 9n + 10n);
    assert.equal((await table.verdict(disagrees))?.rounds, 2);
    await engine.appeal(agrees, 1);
    await table.pass(1);
    assert.equal((await engine.books()).sink, 9n * TOKEN);
    await refused(table, () => engine.openCanary(forgotten), "FINAL");
    const before = await engine.agents([0]);
    assert.equal(before[0]?.verdicts, 3);
    await table.pass(3);
    // The outcome is less rare each time: 182 in 256ths for the confirmed canary, eight times, then 170 for two rounds, twice.
    const after = await engine.agents([0]);
    assert.equal((after[0]?.alpha as number) - before[0]?.alpha, 8 * 182 + 2 * 170);
    // The round was an appeal against what is final: nothing comes back.
    assert.equal(await paid(), 4n * 18n + 9n - 2n * 9n + 10n);
    engine.audit();
  });

  it("forfeits a ballot that is withheld, and pays the keeper", async () => {
    const { engine, table } = await lay();
    const question = await table.ask();
    await table.epoch({ [question]: [0, 0, 1] });
    await table.epoch({}, { withhold: [1], silent: [2] });
    const [{ forfeited }] = await table.epoch();
    const exposure = 3n * RULES.seatBond;
    assert.deepEqual(forfeited, [
      { agent: 1, exposure },
      { agent: 2, exposure },
    ]);
    const lost = STAKE - exposure;
    assert.deepEqual(await table.balances(), [STAKE, lost, lost]);
    const keeper = (2n * exposure) / 200n;
    assert.deepEqual(await engine.books(), { purses: [9n * TOKEN], sink: 2n * exposure - keeper, keeper });
    assert.equal((await table.verdict(question))?.seats, 3);
    engine.audit();
  });

  it("reveals and settles in a sampled engine for who has no beat", async () => {
    const { engine, table } = await lay({ mode: "sampled" });
    const question = await table.ask();
    await table.epoch({ [question]: [0, 0, 0] });
    await engine.advance();
    const { revealed } = await engine.beat([{ agent: 1, reveal: false, votes: [] }]);
    assert.deepEqual(
      revealed.map(({ agent }) => agent),
      [0, 2],
    );
    await engine.advance();
    await engine.advance();
    const { settled } = await engine.beat([]);
    assert.deepEqual(
      settled.map(({ agent }) => agent),
      [0, 2],
    );
    engine.audit();
  });

  it("drops the votes that free stake does not cover, from the first of them on", async () => {
    // Each has three seats a question: 72 tokens.
    const stakes = [150n * TOKEN, 150n * TOKEN, 150n * TOKEN];
    const { engine, table } = await lay({ stakes });
    const questions = [await table.ask(), await table.ask(), await table.ask()];
    const [, { dropped }] = await table.epoch(
      Object.fromEntries(questions.map((question) => [question, [0, 0, null]])),
    );
    assert.equal(dropped, 2);
    assert.deepEqual(
      (await engine.agents(table.agents)).map(({ locked }) => locked / TOKEN),
      [144n, 144n, 0n],
    );
    await table.epoch();
    assert.deepEqual(
      (await engine.verdicts(questions)).map(({ seats }) => seats),
      [6, 6, 0],
    );
    engine.audit();
  });

  it("refuses a ballot while its slot of the ring is taken", async () => {
    const { engine, table } = await lay();
    const first = await table.ask();
    await table.epoch({ [first]: [0, 0, 0] });
    const second = await table.ask();
    await table.epoch({ [second]: [0, 0, 0] });
    await table.epoch();
    while (engine.epoch() < 18) await table.epoch({}, { silent: [0, 1] });
    // Sixteen epochs after the second ballot: it still waits, as the beat settles the first.
    const third = await table.ask();
    const [, { settled, dropped }] = await table.epoch({ [third]: [0, 0, 0] });
    assert.deepEqual(
      settled.map(({ agent, epoch }) => [agent, epoch]),
      [
        [0, 2],
        [1, 2],
      ],
    );
    assert.equal(dropped, 2);
    const fourth = await table.ask();
    const [, next] = await table.epoch({ [fourth]: [0, 0, 0] });
    assert.deepEqual([next.settled.length, next.dropped], [2, 0]);
    engine.audit();
  });

  it("lets an agent sit from two epochs after its enrolment to two after its leave", async () => {
    const { engine, table } = await lay({ rules: { seats: 3 } });
    const [late] = (await engine.enrol([{ stake: STAKE }])) as [number];
    const sits = async () => {
      await table.ask();
      await engine.advance();
      const [committee] = await engine.committees();
      await engine.beat([0, 1, 2, late].map((agent) => ({ agent, reveal: true, votes: [] })));
      return committee?.members.map(({ agent }) => agent);
    };
    assert.equal((await engine.agents([late]))[0]?.allocation, 0n);
    assert.deepEqual(await sits(), [0, 1, 2]);
    await engine.leave([1, 2]);
    await sits();
    assert.equal((await engine.agents([late]))[0]?.allocation, STAKE);
    for (let i = 0; i < 5; i++) assert.ok((await sits())?.every((agent) => agent === 0 || agent === late));
    await refused(table, () => engine.leave([1]), "LEFT");
    await refused(table, () => engine.leave([0, 0]), "DUPLICATE");
    await refused(table, () => engine.leave([0, 9]), "UNKNOWN");
  });

  it("gives the best of several seeds to who grinds", async () => {
    for (const mode of ["exact", "sampled"] as const) {
      const seatsOf = async (tries: number | null) => {
        const { engine, table } = await lay({ mode, stakes: [STAKE, ...Array<bigint>(19).fill(STAKE)] });
        for (let i = 0; i < 3; i++) await table.ask();
        await engine.advance(tries === null ? undefined : { agents: [0, 1], tries });
        const members = (await engine.committees()).flatMap((committee) => committee.members);
        return members.reduce((sum, { agent, seats }) => sum + (agent < 2 ? seats : 0), 0);
      };
      const [usual, same, best] = [await seatsOf(null), await seatsOf(1), await seatsOf(12)];
      assert.equal(usual, same);
      assert.ok(best > usual, `${mode}: ${best} of 12 tries, ${usual} of one`);
    }
  });
});

describe("a part that is switched off", () => {
  /** What the third of three agents loses with its one vote against, and all of them weigh after it. */
  async function without(parts: Rules["without"]) {
    const { engine, table } = await lay({ rules: { without: parts } });
    // A usual outcome, 0, so that 1 is rare.
    for (let i = 0; i < 4; i++) {
      const usual = await table.ask();
      await table.epoch({ [usual]: [0, 0, 0] });
    }
    await table.pass(4);
    const before = await engine.agents([2]);
    const rare = await table.ask();
    await table.epoch({ [rare]: [1, 1, 0] });
    const [, revealed] = await table.epoch();
    await table.epoch();
    const [, { settled }] = await table.epoch();
    const after = await engine.agents([2]);
    return {
      weights: revealed.revealed.map(({ weight }) => weight),
      loss: settled.find(({ agent }) => agent === 2)?.loss as bigint,
      evidence: (after[0]?.beta as number) - (before[0]?.beta as number),
    };
  }

  it("leaves weights, evidence or losses as if it were not there, and nothing else", async () => {
    const all = await without([]);
    assert.ok(all.weights.every((weight) => weight > 256));
    assert.ok(all.evidence > 256);
    const trust = await without(["trust"]);
    assert.deepEqual(trust.weights, [256, 256, 256]);
    assert.equal(trust.evidence, all.evidence);
    const balance = await without(["balance"]);
    assert.equal(balance.evidence, 256);
    const rarity = await without(["rarity"]);
    assert.ok(rarity.loss < all.loss);
    assert.equal(rarity.evidence, all.evidence);
    // 72 tokens of bonds, a margin of a third, a quarter.
    assert.equal((await without(["trust", "rarity"])).loss, 6n * TOKEN);
  });
});

describe("what an engine in memory refuses", () => {
  it("is told with a reason, and changes nothing", async () => {
    const { engine, table } = await lay();
    const question = await table.ask();
    const idle = await table.ask();
    const beat = (agent: number, votes: { question: number; outcome: number }[], reveal = true) =>
      engine.beat([{ agent, reveal, votes }]);
    await refused(table, () => beat(0, [{ question, outcome: 0 }]), "NO_SEAT");
    await engine.advance();
    for (const [act, reason] of [
      [() => beat(3, []), "UNKNOWN"],
      [() => beat(-1, []), "UNKNOWN"],
      [() => beat(0.5, []), "UNKNOWN"],
      [() => beat(0, [{ question: 7, outcome: 0 }]), "NO_SEAT"],
      [() => beat(0, [{ question, outcome: 3 }]), "OUTCOME"],
      [() => beat(0, [{ question, outcome: -1 }]), "OUTCOME"],
      [
        () =>
          beat(
            0,
            [question, question].map((q) => ({ question: q, outcome: 0 })),
          ),
        "DUPLICATE",
      ],
      [() => beat(0, [{ question, outcome: 0 }], false), "BALLOT_OPEN"],
      [() => engine.beat([0, 1, 0].map((agent) => ({ agent, reveal: true, votes: [] }))), "BEATEN"],
      [() => engine.appeal(question, 0), "EPOCH"],
      [() => engine.appeal(question, -1), "UNKNOWN"],
      [() => engine.appeal(9, 0), "UNKNOWN"],
      [() => engine.openCanary(question), "NO_CANARY"],
      [() => engine.reclaim(question), "EPOCH"],
      [() => engine.verdicts([question, 9]), "UNKNOWN"],
      [() => engine.agents([3]), "UNKNOWN"],
      [() => engine.settleAll([0, 3]), "UNKNOWN"],
      [() => engine.advance({ agents: [0], tries: 0 }), "TRIES"],
      [() => engine.advance({ agents: [3], tries: 1 }), "UNKNOWN"],
      [() => engine.enrol([{ stake: STAKE }, { stake: 10n ** 15n - 1n }]), "STAKE"],
      [() => engine.enrol([{ stake: -STAKE }]), "STAKE"],
      [() => engine.ask([{ purse: 0, budgetRounds: 3 }]), "ROUNDS"],
      [() => engine.ask([{ purse: 0, budgetRounds: -1 }]), "ROUNDS"],
      [() => engine.ask([{ purse: 1.5, budgetRounds: 0 }]), "UNKNOWN"],
      [() => engine.ask([{ purse: 0, budgetRounds: 0, canary: { answer: 3 } }]), "OUTCOME"],
    ] as const) {
      await refused(table, act, reason);
    }
    await beat(0, [{ question, outcome: 0 }]);
    await refused(table, () => beat(1, []), "BEATEN");
    await table.pass(2);
    await engine.appeal(question, 1);
    await refused(table, () => engine.appeal(question, 1), "EPOCH");
    await table.pass(1);
    await refused(table, () => engine.appeal(idle, 1), "FINAL");
    await table.pass(2);
    await engine.appeal(question, 1);
    await table.pass(3);
    await refused(table, () => engine.appeal(question, 1), "ROUNDS");
  });

  it("has no question where too little stake counts", async () => {
    const { engine, table } = await lay({ stakes: [200n * TOKEN] });
    await refused(table, () => table.ask(), "MIN_STAKE");
    await engine.enrol([{ stake: 16n * TOKEN }]);
    await engine.advance();
    assert.equal(await table.ask(), 0);
  });

  it("has no rules that no domain could have", () => {
    const bad: Partial<Rules>[] = [
      ...[{ outcomes: 1 }, { outcomes: 2.5 }, { seats: 2 }, { supermajorityBps: 5_000 }, { maxRounds: 5 }],
      ...[
        { burnBps: 999 },
        { seatFee: 0n },
        { seatFee: 1n << 80n },
        { seatBond: 7n * TOKEN },
        { seatBond: 65n * TOKEN },
      ],
    ];
    for (const rules of bad) {
      assert.throws(
        () => new MemoryEngine({ rules: { ...RULES, ...rules }, mode: "exact", seed: 1 }),
        (error) => error instanceof Refusal && error.reason === "RULES",
      );
    }
  });

  it("is everything, once it is closed", async () => {
    const { engine, table } = await lay();
    await engine.close();
    for (const act of [() => engine.advance(), () => table.ask(), () => engine.books(), () => engine.verdicts([0])]) {
      await assert.rejects(act, (error) => error instanceof Refusal && error.reason === "CLOSED");
    }
  });
});
