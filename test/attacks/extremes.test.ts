import { lossPerSeat, questionFees, rarity, roundFee, settlementTerms } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";

import { holdTogether } from "../kit/draw.ts";
import { type Asked, type AskOptions, type Panel, panelLoader } from "../kit/panel.ts";
import { DOMAIN } from "../kit/world.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers } = connection;

/** The most the parameters allow: 255 seats, four rounds, a fee of 2^79 wei, a bond of 64 fees. */
const SEATS = 255;
const FEE = 1n << 79n;
const BOND = 64n * FEE;
/** Three of these are all that a total of 44 bits of units holds. */
const ALLOCATION = (((1n << 44n) - 1n) / 3n) * 10n ** 15n;
const MINTED = 1n << 112n;

const load = panelLoader(connection, {
  domains: [{ outcomes: 3, seats: SEATS, maxRounds: 4, seatFee: FEE, seatBond: BOND, minStake: BigInt(SEATS) * BOND }],
  allocations: [ALLOCATION, ALLOCATION, ALLOCATION],
  // Without its hooks it is as plain a token as any; nobody else has as much.
  token: async () => {
    const token = await ethers.deployContract("CallbackToken");
    return { address: await token.getAddress(), mintTo: (account) => token.mint(account, MINTED) };
  },
});

async function askMany(panel: Panel, count: number, options: AskOptions = {}): Promise<Asked[]> {
  const epoch = (await panel.epoch()) + 1;
  await panel.warpTo(epoch);
  const asked: Asked[] = [];
  for (let i = 0; i < count; i++) asked.push(await panel.ask(`${epoch} ${i}`, options));
  return asked;
}

describe("Attacks on the width of fields", () => {
  it("tally fields at their extremes", async () => {
    const panel = await load();
    const { consensus, vault } = panel.contracts;
    const { panelists } = panel;
    for (const { agentId, owner } of panelists) await vault.connect(owner).deposit(agentId, 1n << 108n);
    // Three canaries and 33 more questions with the answer 1 give all three the loudest voice, and make 0 as rare as can be.
    for (const [count, canary] of [
      [3, { canary: 1 }],
      [17, {}],
      [16, {}],
    ] as const) {
      const asked = await askMany(panel, count, canary);
      await holdTogether(panel, asked, () => 1);
      if ("canary" in canary) for (const { origin, salt } of asked) await consensus.openCanary(origin, 1, salt);
      await panel.warpTo((await panel.epoch()) + 1);
      await settleAll(panelists);
    }
    for (const { agentId } of panelists) expect((await consensus.trust(agentId, 1)).weight).to.equal(4_096n);
    expect(rarity((await consensus.statistics(1)).counts.map(Number), 0)).to.equal(1_024);
    // 24 that nobody answers make committees four times as large.
    const unanswered = await askMany(panel, 24);
    await panel.warpTo((unanswered[0] as Asked).voteEpoch + 3);
    for (const { id } of unanswered) await consensus.finalize(id);

    const parties = {
      liars: { agents: panelists.slice(0, 2) },
      truthful: { agents: panelists.slice(2) },
      appellant: { accounts: [panel.stranger] },
    };
    const [asked] = (await askMany(panel, 1)) as [Asked];
    // Two thirds of the stake say 0 in all four rounds, the rest says 1: 1,020, 2,044, 4,092 and 8,188 seats.
    const seats = [0, 0];
    const gains = await gainsOf(panel, parties, async () => {
      for (let round = 1; round <= 4; round++) {
        expect((await consensus.question(asked.id)).offeredSeats).to.equal(4n * (256n * 2n ** BigInt(round - 1) - 1n));
        const held = await holdTogether(panel, [asked], (member) => (member === 2 ? 1 : 0));
        const [first, second, third] = held.map(([one]) => one ?? 0) as [number, number, number];
        seats[0] = (seats[0] as number) + first + second;
        seats[1] = (seats[1] as number) + third;
        const { seats: counted, weights } = await consensus.tally(asked.id);
        // The neighbours in the same word are what they were.
        expect([...counted]).to.deep.equal([...seats, 0].map(BigInt));
        expect([...weights]).to.deep.equal([...seats, 0].map((s) => BigInt(s) * 4_096n));
        if (round < 4) await consensus.connect(panel.stranger).appeal(asked.id);
      }
      await panel.warpTo((await panel.epoch()) + 1);
      await settleAll(panelists);
    });

    const [zeros, ones] = seats as [number, number];
    expect(zeros + ones).to.be.within(15_340, 15_348);
    // The widest sums, worked out without any field's width.
    const rules = { seatFee: FEE, seatBond: BOND, burnBps: Number(DOMAIN.burnBps), firstRoundSeats: SEATS, rounds: 4 };
    const weight = (zeros + ones) * 4_096;
    const loss = lossPerSeat(BOND, zeros * 4_096, weight, 1_024);
    const { terms, payouts } = settlementTerms(
      {
        ...rules,
        rarity: 1_024,
        canary: { kind: "none" },
        appeals: [{ against: 0 }, { against: 0 }, { against: 0 }],
        budget: 0,
      },
      {
        decisive: true,
        outcome: 0,
        seats: zeros + ones,
        weight,
        leadingSeats: zeros,
        leadingWeight: zeros * 4_096,
        supportBps: Math.floor((zeros * 10_000) / (zeros + ones)),
        riskSeats: 0,
      },
    );
    expect(terms.loss).to.equal(loss);
    const burn = (loss + 9n) / 10n;
    const pot = questionFees(rules) + (loss - burn) * BigInt(ones);
    expect(terms.gain).to.equal(pot / BigInt(zeros));
    expect(gains).to.deep.equal({
      liars: terms.gain * BigInt(zeros),
      truthful: -loss * BigInt(ones),
      appellant: -roundFee(rules, 2) - roundFee(rules, 3) - roundFee(rules, 4),
      sink: burn * BigInt(ones) + payouts.toSink,
      // The asker had paid before.
      escrow: -roundFee(rules, 1),
    });
  }).timeout(300_000);
});
