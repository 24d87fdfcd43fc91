import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdLuckily } from "../kit/draw.ts";
import { ALLOCATION, type Panel, panelLoader } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers } = connection;
// Ten agents of equal stake, three of them the attackers'. Domain 1: three rounds of 3, 7 and 15 seats. Domain 2: the first two.
const load = panelLoader(connection, {
  domains: [{}, { maxRounds: 2 }],
  allocations: Array<bigint>(10).fill(ALLOCATION),
});
const ATTACKERS = 3;

const FALSE = 0;
const TRUE = 1;
/** The attackers vote for the falsehood, everybody else for the truth. */
const ATTACK = [...Array<number>(ATTACKERS).fill(FALSE), ...Array<number>(10 - ATTACKERS).fill(TRUE)];
const HONESTY = ATTACK.map(() => TRUE);

/** A draw with this many seats for the attackers and for everybody else. */
const seated = (ofAttackers: number, ofHonest: number) => (seats: readonly number[]) =>
  sum(seats.slice(0, ATTACKERS)) === ofAttackers && sum(seats.slice(ATTACKERS)) === ofHonest;
const sum = (seats: readonly number[]) => seats.reduce((a, b) => a + b, 0);

function partiesOf(panel: Panel) {
  const { deployer, owners, panelists } = panel;
  const [asserter, disputer, second] = owners.slice(10, 13) as [typeof deployer, typeof deployer, typeof deployer];
  return {
    asserter,
    disputer,
    second,
    parties: {
      attackers: { accounts: [asserter], agents: panelists.slice(0, ATTACKERS) },
      honest: { agents: panelists.slice(ATTACKERS) },
      asker: { accounts: [deployer] },
      disputer: { accounts: [disputer] },
      second: { accounts: [second] },
    },
  };
}

/** The attackers assert a falsehood at the least bond, somebody disputes it, and the first committee is theirs. */
async function capturedAssertion(panel: Panel, appealed: boolean) {
  const { claims, consensus } = panel.contracts;
  const { asserter, disputer } = partiesOf(panel);
  const assertion = {
    domainId: 2,
    outcome: FALSE,
    contentHash: ethers.id("a falsehood"),
    asserter: asserter.address,
    bond: parseEther("12"),
    salt: ZERO_HASH,
  };
  const { domainId, outcome, contentHash, bond, salt } = assertion;
  await claims.connect(asserter).assertClaim(domainId, outcome, contentHash, "", bond, salt);
  await claims.connect(disputer).dispute(assertion, "");
  const id = (await claims.claim(await claims.claimIdOf(assertion))).questionId as Hex;
  await holdLuckily(panel, { id }, ATTACK, seated(2, 0));
  expect([...(await consensus.verdict(id))]).to.deep.equal([3n, BigInt(FALSE), 10_000n, 1n]);
  if (appealed) {
    await consensus.connect(disputer).appeal(id);
    await holdLuckily(panel, { id }, ATTACK, seated(1, 6));
  }
  await panel.warpTo((await panel.epoch()) + 1);
  await settleAll(panel.panelists);
  await claims.resolve(assertion);
  return consensus.verdict(id);
}

/** An asked question whose first committee is the attackers'; `rounds` say who appeals, and how the seats of the next round fall. */
async function capturedQuestion(
  panel: Panel,
  domainId: number,
  rounds: readonly { by: Panel["deployer"]; seats: readonly [number, number] }[],
  outcomes = ATTACK,
) {
  const { consensus } = panel.contracts;
  const asked = await panel.ask("captured", { domainId });
  await holdLuckily(panel, asked, outcomes, seated(2, 0));
  for (const { by, seats } of rounds) {
    await consensus.connect(by).appeal(asked.id);
    await holdLuckily(panel, asked, outcomes, seated(...seats));
  }
  await panel.warpTo((await panel.epoch()) + 1);
  await settleAll(panel.panelists);
  return consensus.verdict(asked.id);
}

describe("Attacks by appeals", () => {
  describe("given a first round that the attackers captured by luck", () => {
    it("captured first round and the appeal that undoes it", async () => {
      let panel = await load();
      const stands = await gainsOf(panel, partiesOf(panel).parties, async () => {
        expect([...(await capturedAssertion(panel, false))]).to.deep.equal([4n, BigInt(FALSE), 10_000n, 1n]);
      });
      // Half of the disputer's bond less the fee, and the fees of the committee that they were.
      expect(stands).to.deep.equal({
        attackers: parseEther("6"),
        honest: 0n,
        asker: 0n,
        disputer: -parseEther("12"),
        second: 0n,
        sink: parseEther("6"),
        escrow: 0n,
      });

      panel = await load();
      const appealed = await gainsOf(panel, partiesOf(panel).parties, async () => {
        expect([...(await capturedAssertion(panel, true))]).to.deep.equal([4n, BigInt(TRUE), 6_666n, 2n]);
      });
      // Six of nine seats: a margin of a third, of 24 a seat, at the quarter of an outcome as usual as any. The bond is lost too.
      expect(appealed).to.deep.equal({
        attackers: -parseEther("12") - 3n * parseEther("2"),
        honest: parseEther("4.9") - 4n,
        asker: 0n,
        // The bond's half less the fee; for the appeal its 7 back and half as much again.
        disputer: parseEther("3") + parseEther("3.5"),
        second: 0n,
        // Half of the bond, a tenth of the losses, and what six do not divide.
        sink: parseEther("6") + parseEther("0.6") + 4n,
        escrow: 0n,
      });
    });

    it("appealing against one's own capture for the bonus", async () => {
      const gains: bigint[] = [];
      for (const [appellant, outcomes] of [
        ["nobody", ATTACK],
        ["somebody", ATTACK],
        ["attackers", ATTACK],
        ["nobody", HONESTY],
      ] as const) {
        const panel = await load();
        const { asserter, disputer, parties } = partiesOf(panel);
        const by = appellant === "somebody" ? disputer : asserter;
        const rounds = appellant === "nobody" ? [] : [{ by, seats: [1, 6] as const }];
        const { attackers, escrow } = await gainsOf(panel, parties, () => capturedQuestion(panel, 2, rounds, outcomes));
        expect(escrow).to.equal(0n);
        gains.push(attackers);
      }
      expect(gains).to.deep.equal([
        parseEther("3"),
        -parseEther("6"),
        // They get the bonus that was meant for others, paid by themselves: less of a loss, and still one.
        -parseEther("6") + parseEther("3.5"),
        // The same seats would have earned as much by the truth, for certain.
        parseEther("3"),
      ]);
    });

    it("several appellants", async () => {
      const panel = await load();
      const { disputer, second, parties } = partiesOf(panel);
      const gains = await gainsOf(panel, parties, async () => {
        const rounds = [
          // The second committee is theirs as well: five of seven seats.
          { by: disputer, seats: [3, 2] },
          { by: second, seats: [4, 11] },
        ] as const;
        expect([...(await capturedQuestion(panel, 1, rounds))]).to.deep.equal([4n, BigInt(TRUE), 5_909n, 3n]);
      });
      // 13 of 22 seats for the truth: a margin of 2/11.
      const loss = parseEther("12") / 11n + 1n;
      const burn = (loss + 9n) / 10n;
      const net = 9n * (loss - burn);
      // Both appeals were against the falsehood. Half as much again would be 11: there are losses for less, shared 7 to 15.
      expect(net < parseEther("11")).to.equal(true);
      const bonuses = [(net * 7n) / 22n, (net * 15n) / 22n] as const;
      const seat = (parseEther("3") + net - bonuses[0] - bonuses[1]) / 13n;
      expect(gains).to.deep.equal({
        attackers: -9n * loss,
        honest: 13n * seat,
        asker: -parseEther("3"),
        disputer: bonuses[0],
        second: bonuses[1],
        sink: parseEther("3") + 9n * loss - bonuses[0] - bonuses[1] - 13n * seat,
        escrow: 0n,
      });
      // Whoever pays for the truth twice gets his money back, and the honest the fees of the first round.
      expect(seat).to.equal(parseEther("3") / 13n);
    });
  });

  describe("given a true first round", () => {
    it("appeals that fail", async () => {
      const panel = await load();
      const { consensus } = panel.contracts;
      const { asserter, parties } = partiesOf(panel);
      const asked = await panel.ask("true");
      const gains = await gainsOf(panel, parties, async () => {
        await holdLuckily(panel, asked, ATTACK, seated(0, 3));
        expect((await consensus.verdict(asked.id)).status).to.equal(3n);
        for (const wanted of [seated(2, 5), seated(4, 11)]) {
          await consensus.connect(asserter).appeal(asked.id);
          await holdLuckily(panel, asked, ATTACK, wanted);
        }
        expect(await panel.epoch()).to.equal(asked.voteEpoch + 8);
        await panel.warpTo(asked.voteEpoch + 9);
        await settleAll(panel.panelists);
      });
      expect([...(await consensus.verdict(asked.id))]).to.deep.equal([4n, BigInt(TRUE), 7_600n, 3n]);
      // 19 of 25 seats: a margin of .52. Six epochs of delay have cost the fees of 22 seats and six losses.
      const loss = (parseEther("6") * 52n) / 100n;
      const seat = (parseEther("25") + (6n * loss * 9n) / 10n) / 19n;
      expect(gains).to.deep.equal({
        attackers: -parseEther("22") - 6n * loss,
        honest: 19n * seat,
        asker: 0n,
        disputer: 0n,
        second: 0n,
        sink: parseEther("25") + 6n * loss - 19n * seat,
        escrow: -parseEther("3"),
      });
    });
  });
});
