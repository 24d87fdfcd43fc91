import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Books, Engine, Vote } from "../engine.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { ChainEngine } from "./chain-engine.ts";
import { USUAL_RULES } from "../usual.ts";

// Needs compiled contracts, of whatever profile: `npm run compile`.

const TOKEN = 10n ** 18n;
const RULES: Rules = { ...USUAL_RULES, seats: 3, maxRounds: 2 };
const STAKE = 1_000n * TOKEN;

/** All agents beat, and vote for this outcome wherever they sit. */
async function beatAll(engine: Engine, count: number, outcome: number) {
  const votes = Array.from({ length: count }, (): Vote[] => []);
  for (const { question, members } of await engine.committees()) {
    for (const { agent } of members) votes[agent]?.push({ question, outcome });
  }
  return engine.beat(votes.map((own, agent) => ({ agent, reveal: true, votes: own })));
}

function sum({ purses, sink, keeper }: Books): bigint {
  return purses.reduce((total, paid) => total - paid, sink + keeper);
}

async function refused(act: Promise<unknown>, reason: RefusalReason): Promise<void> {
  await assert.rejects(act, (error) => error instanceof Refusal && error.reason === reason);
}

describe("the engine on a chain", () => {
  let engine: ChainEngine;

  before(async () => {
    engine = await ChainEngine.create({ rules: RULES, seed: 1 });
    await engine.enrol([1, 2, 3, 4].map(() => ({ stake: STAKE })));
    for (let i = 0; i < 2; i++) await engine.advance();
  });
  after(async () => engine.close());

  it("takes a question from its asking to its settlement, and conserves every wei", async () => {
    const [question] = (await engine.ask([{ purse: 0, budgetRounds: 1 }])) as [number];
    const verdict = async () => (await engine.verdicts([question]))[0];
    await engine.advance();
    assert.deepEqual(
      (await engine.committees()).map((committee) => committee.question),
      [question],
    );
    await beatAll(engine, 4, 1);
    assert.equal((await verdict())?.status, "voting");
    await engine.advance();
    const { revealed } = await beatAll(engine, 4, 1);
    assert.ok(revealed.length > 0);
    assert.ok(revealed.every(({ outcome, weight }) => outcome === 1 && weight === 256));
    await engine.advance();
    assert.deepEqual(
      { ...(await verdict()), seats: null },
      { status: "provisional", outcome: 1, supportBps: 10_000, rounds: 1, seats: null },
    );
    await beatAll(engine, 4, 1);
    assert.deepEqual((await engine.advance()).finalized, [question]);
    const { settled } = await beatAll(engine, 4, 1);
    assert.equal(settled.length, revealed.length);
    await engine.reclaim(question);
    await engine.reclaim(question);
    const stakes = (await engine.agents([0, 1, 2, 3])).reduce((total, { balance }) => total + balance, 0n);
    assert.equal(stakes - 4n * STAKE + sum(await engine.books()), 0n);
    assert.equal((await engine.books()).purses[0], 3n * TOKEN);
  });

  it("tells why the contracts refuse", async () => {
    const [question] = (await engine.ask([{ purse: 0, budgetRounds: 0, canary: { answer: 1 } }])) as [number];
    await refused(engine.appeal(question, 0), "EPOCH");
    await refused(engine.openCanary(question), "EPOCH");
    await refused(engine.spendBudget(question), "EPOCH");
    await refused(engine.reclaim(question), "EPOCH");
    await refused(engine.appeal(0, 0), "FINAL");
    await refused(engine.openCanary(0), "FINAL");
    await refused(engine.verdicts([9]), "UNKNOWN");
    await refused(engine.leave([4]), "UNKNOWN");
    await refused(engine.ask([{ purse: 0, budgetRounds: 2 }]), "ROUNDS");
    await refused(engine.enrol([{ stake: 1n }]), "STAKE");
    await refused(beatAll(engine, 4, 0), "BEATEN");
  });

  it("has all parts of the rules", async () => {
    await refused(ChainEngine.create({ rules: { ...RULES, without: ["trust"] }, seed: 1 }), "RULES");
  });
});
