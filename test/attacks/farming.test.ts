import {
  countOutcome,
  type Evidence,
  initialCounts,
  lossPerSeat,
  PRIOR,
  rarity,
  seatWeight,
  updateEvidence,
} from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { drawLuckily, holdTogether } from "../kit/draw.ts";
import { type Asked, type AskOptions, type Panel, panelLoader, SEAT_BOND, SEAT_FEE } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
// The attacker holds an eighth of the stake. Domain 1: four seats, nine in the second and last round. Domain 2: the first only.
const load = panelLoader(connection, {
  domains: [
    { seats: 4, maxRounds: 2 },
    { seats: 4, maxRounds: 1 },
  ],
  allocations: [parseEther("300"), parseEther("1050"), parseEther("1050")],
});
// Equal stake, one round.
const loadEquals = panelLoader(connection, { domains: [{ maxRounds: 1 }] });

const FALSE = 0;
const TRUE = 1;

function partiesOf({ deployer, panelists, stranger }: Panel) {
  const [attacker, ...honest] = panelists;
  return {
    attacker: { accounts: [stranger], agents: [attacker] },
    honest: { agents: honest },
    asker: { accounts: [deployer] },
  };
}

async function askMany(
  panel: Panel,
  count: number,
  options: AskOptions | ((i: number) => AskOptions),
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const epoch = await panel.epoch();
  for (let i = 0; i < count; i++) {
    asked.push(await panel.ask(`${epoch} ${i}`, typeof options === "function" ? options(i) : options));
  }
  return asked;
}

/** Waits until questions in their epoch of appeals are final, finalizes them in order and settles every ballot. */
async function close(panel: Panel, asked: readonly Asked[]): Promise<void> {
  await panel.warpTo((await panel.epoch()) + 1);
  for (const { id } of asked) await panel.contracts.consensus.finalize(id);
  await settleAll(panel.panelists);
}

/** Questions that nobody answers, as many as make committees four times as large. */
async function raiseCommittees(panel: Panel, domainId: number): Promise<void> {
  const asked = await askMany(panel, 22, { domainId, asker: panel.stranger });
  await panel.warpTo((asked[0]?.voteEpoch ?? 0) + 2);
  await close(panel, asked);
  for (const { origin } of asked) await panel.contracts.consensus.reclaim(origin);
  await panel.warpTo((await panel.epoch()) + 1);
}

/** The attacker asks what only it can answer, in its own words, with canaries; three times. */
async function farm(panel: Panel, domainId: number): Promise<void> {
  const { consensus } = panel.contracts;
  const answers = [0, 1, 0];
  const asked = await askMany(panel, 3, (i) => ({ domainId, asker: panel.stranger, canary: answers[i] ?? 0 }));
  await holdTogether(panel, asked, (member, i) => (member === 0 ? (answers[i] ?? 0) : null));
  for (const [i, { origin, salt }] of asked.entries()) {
    await consensus.connect(panel.stranger).openCanary(origin, answers[i] ?? 0, salt);
  }
  await close(panel, asked);
}

describe("Attacks by farming", () => {
  it("farming trust with own questions and canaries", async () => {
    let panel = await load();
    const { consensus } = panel.contracts;
    const [attacker, honest] = panel.panelists;
    const attack = (member: number) => (member === 0 ? FALSE : TRUE);

    // Committees of 16 instead of 4 give an eighth of the stake two seats, the quorum of its own questions.
    expect(await gainsOf(panel, partiesOf(panel), () => raiseCommittees(panel, 1))).to.deep.equal({
      attacker: -22n * parseEther("0.4"),
      honest: 0n,
      asker: 0n,
      sink: 22n * parseEther("0.4"),
      escrow: 0n,
    });
    // It is the only voter, so its fees come back as gains, and its deposits too.
    expect(await gainsOf(panel, partiesOf(panel), () => farm(panel, 1))).to.deep.equal({
      attacker: 0n,
      honest: 0n,
      asker: 0n,
      sink: 0n,
      escrow: 0n,
    });
    expect([...(await consensus.trust(attacker.agentId, 1))]).to.deep.equal([10_496n, 2_048n, 3n, 4_096n]);
    expect([...(await consensus.trust(honest.agentId, 1))]).to.deep.equal([4_096n, 2_048n, 0n, 256n]);

    // A real question: 2 seats that weigh 16 against 14 that weigh 1.
    const [asked] = (await askMany(panel, 1, { domainId: 1 })) as [Asked];
    const gains = await gainsOf(panel, partiesOf(panel), async () => {
      await holdTogether(panel, [asked], attack);
      expect([...(await consensus.tally(asked.id)).weights]).to.deep.equal([32n * 256n, 14n * 256n]);
      expect([...(await consensus.verdict(asked.id))]).to.deep.equal([3n, BigInt(FALSE), 6_956n, 1n]);
      // An appeal draws the same stakes again, and does not help: 4 of its 36 seats weigh 64.
      await consensus.connect(panel.deployer).appeal(asked.id);
      await drawLuckily(panel, asked, (seats) => seats[0] === 4 && seats[1] === 16 && seats[2] === 16);
      await holdTogether(panel, [asked], attack);
      await close(panel, [asked]);
    });
    expect([...(await consensus.verdict(asked.id))]).to.deep.equal([4n, BigInt(FALSE), 6_760n, 2n]);
    // Falsehoods were 6 of 11 counted.
    const loss = lossPerSeat(SEAT_BOND, 96 * 256, 142 * 256, rarity([6 * 256, 5 * 256], FALSE));
    const pot = parseEther("13") + 46n * (loss - (loss + 9n) / 10n);
    expect(gains).to.deep.equal({
      attacker: 6n * (pot / 6n),
      honest: -46n * loss,
      asker: -parseEther("9"),
      sink: 46n * ((loss + 9n) / 10n) + (pot % 6n),
      escrow: -parseEther("4"),
    });
    expect(gains.attacker > parseEther("79")).to.equal(true);

    // The same where the others have answered eight questions before: their 14 seats weigh 9 and more each.
    panel = await load();
    const eight = await askMany(panel, 8, { domainId: 1 });
    await holdTogether(panel, eight, (member, i) => (member === 0 ? null : i % 2));
    await close(panel, eight);
    await panel.warpTo((await panel.epoch()) + 1);
    await raiseCommittees(panel, 1);
    await farm(panel, 1);
    expect((await consensus.trust(attacker.agentId, 1)).weight).to.equal(4_096n);
    const { weight } = await consensus.trust(honest.agentId, 1);
    const [second] = (await askMany(panel, 1, { domainId: 1 })) as [Asked];
    const lost = await gainsOf(panel, partiesOf(panel), async () => {
      await holdTogether(panel, [second], attack);
      expect([...(await consensus.tally(second.id)).weights]).to.deep.equal([32n * 256n, 14n * weight]);
      await close(panel, [second]);
    });
    const counts = [10n, 9n].map((count) => Number(count) * 256);
    const lossNow = lossPerSeat(SEAT_BOND, 14 * Number(weight), 14 * Number(weight) + 32 * 256, rarity(counts, TRUE));
    expect([...(await consensus.verdict(second.id))].slice(0, 2)).to.deep.equal([4n, BigInt(TRUE)]);
    expect(lost.attacker).to.equal(-2n * lossNow);
  });

  it("making an outcome rare with own questions", async () => {
    /** Rarity of a falsehood on which one of the three errs, and what its seats lose by it. */
    const erring = async (panel: Panel) => {
      const { consensus } = panel.contracts;
      const [asked] = (await askMany(panel, 1, { domainId: 2 })) as [Asked];
      // The attacker and one of the others know that it is false: nine seats against seven.
      await holdTogether(panel, [asked], (member) => (member === 2 ? TRUE : FALSE));
      const { counts } = await consensus.statistics(2);
      const g = rarity(counts.map(Number), FALSE);
      const { honest } = await gainsOf(
        panel,
        {
          attacker: { accounts: [panel.stranger], agents: panel.panelists.slice(0, 2) },
          honest: { agents: panel.panelists.slice(2) },
        },
        () => close(panel, [asked]),
      );
      expect((await consensus.question(asked.id)).loss * 7n).to.equal(-honest);
      return [g, -honest];
    };

    let panel = await load();
    await raiseCommittees(panel, 2);
    expect(await erring(panel)).to.deep.equal([256, 7n * lossPerSeat(SEAT_BOND, 9, 16, 256)]);

    // 24 questions of its own, each with the usual answer, which only the attacker knows: fees come back as gains.
    panel = await load();
    await raiseCommittees(panel, 2);
    const gains = await gainsOf(panel, partiesOf(panel), async () => {
      const own = await askMany(panel, 24, { domainId: 2, asker: panel.stranger });
      await holdTogether(panel, own, (member) => (member === 0 ? TRUE : null));
      await close(panel, own);
    });
    expect(gains).to.deep.equal({ attacker: 0n, honest: 0n, asker: 0n, sink: 0n, escrow: 0n });
    await panel.warpTo((await panel.epoch()) + 1);
    // 4 falsehoods in 32: the rarest there is. The margin is the attacker's trust as well: its two seats weigh 5 each by now.
    const { weight } = await panel.contracts.consensus.trust(panel.panelists[0].agentId, 2);
    expect(await erring(panel)).to.deep.equal([
      1_024,
      7n * lossPerSeat(SEAT_BOND, 2 * Number(weight) + 7 * 256, 2 * Number(weight) + 14 * 256, 1_024),
    ]);
  });

  it("lazy constant voting", async () => {
    for (const [rareEvery, loses] of [
      [5, true],
      [40, false],
    ] as const) {
      const panel = await loadEquals();
      const { consensus } = panel.contracts;
      const [, honest, lazy] = panel.panelists;
      // The lazy says 0, which is usually true.
      const truthOf = (i: number) => (i % rareEvery === rareEvery - 1 ? 1 : 0);
      const parties = {
        lazy: { agents: [lazy] },
        honest: { agents: panel.panelists.slice(0, 2) },
        asker: { accounts: [panel.deployer] },
      };
      const gains = await gainsOf(panel, parties, async () => {
        for (let batch = 0; batch < 5; batch++) {
          const asked = await askMany(panel, 20, {});
          await holdTogether(panel, asked, (member, i) => (member === 2 ? 0 : truthOf(20 * batch + i)));
          await close(panel, asked);
          await panel.warpTo((await panel.epoch()) + 1);
        }
      });
      const expected = lazyByTheRules(truthOf);
      expect([gains.lazy, gains.honest]).to.deep.equal([expected.lazy, 2n * expected.honest]);
      expect(gains.lazy < 0n).to.equal(loses);
      // Abstaining earns nothing, honesty more.
      expect(expected.honest > expected.lazy).to.equal(true);
      expect(expected.honest > parseEther("100")).to.equal(true);
      const weights = await Promise.all([lazy, honest].map(async (a) => (await consensus.trust(a.agentId, 1)).weight));
      expect(weights).to.deep.equal(expected.weights);
      expect(weights).to.deep.equal(loses ? [495n, 4_096n] : [4_096n, 4_096n]);
    }
  });
});

/** The same hundred questions by the rules in TypeScript: gains of the lazy agent and of an honest one, and weights of their seats. */
function lazyByTheRules(truthOf: (i: number) => number) {
  let [lazy, honest]: readonly [Evidence, Evidence] = [PRIOR, PRIOR];
  let counts = initialCounts(2);
  const gains = { lazy: 0n, honest: 0n };
  for (let batch = 0; batch < 5; batch++) {
    const [weak, strong] = [seatWeight(lazy), 2 * seatWeight(honest)];
    for (let i = 20 * batch; i < 20 * (batch + 1); i++) {
      const usual = truthOf(i) === 0;
      const g = rarity(counts, truthOf(i));
      counts = countOutcome(counts, truthOf(i));
      const loss = usual ? 0n : lossPerSeat(SEAT_BOND, strong, strong + weak, g);
      const gain = usual ? SEAT_FEE : (3n * SEAT_FEE + loss - (loss + 9n) / 10n) / 2n;
      gains.lazy += usual ? gain : -loss;
      gains.honest += gain;
      // Read at the next batch's reveal: nothing is forgotten below 256 questions, so that their order does not matter.
      lazy = updateEvidence(lazy, usual, g);
      honest = updateEvidence(honest, true, g);
    }
  }
  return { ...gains, weights: [BigInt(seatWeight(lazy)), BigInt(seatWeight(honest))] };
}
