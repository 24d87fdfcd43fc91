import { expect } from "chai";
import { network } from "hardhat";
import { ask, createWorld } from "./kit/world.ts";

describe("A question's life", () => {
  it("is asked, voted, revealed, final and settled, and pays its committee", async () => {
    const connection = await network.create();
    const world = await createWorld(connection);
    const { claims, consensus, vault } = world.contracts;
    const id = await ask(world, "the sky is blue");
    const statuses = [];
    for (let i = 0; i < 5; i++) {
      statuses.push(Number((await claims.verdict(id)).status));
      await world.nextEpoch();
    }
    expect(statuses).to.deep.equal([1, 1, 1, 3, 4]);
    const verdict = await claims.finalVerdict(id);
    expect([verdict.outcome, verdict.supportBps, verdict.rounds]).to.deep.equal([1n, 10_000n, 1n]);

    let gained = 0n;
    let seats = 0n;
    for (const agent of world.agents) {
      const { balance, locked } = await vault.account(agent.agentId);
      expect(locked).to.equal(0n);
      gained += balance - 3_000n * 10n ** 18n;
      const { alpha, verdicts } = await consensus.trust(agent.agentId, 1);
      expect(alpha).to.equal(verdicts === 1n ? 4_352n : 4_096n);
      seats += verdicts;
    }
    expect(seats).to.be.greaterThan(1n);
    expect(gained + (await consensus.unsweptDue())).to.equal(9n * 10n ** 18n);
  });
});
