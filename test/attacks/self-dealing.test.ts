import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdTogether } from "../kit/draw.ts";
import { type Panel, panelLoader } from "../kit/panel.ts";
import { DOMAIN } from "../kit/world.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
// Three seats, one round, and answers whose numbers mean nothing: every question counts alike.
const plain = { maxRounds: 1, openAnswers: true };
// Domain 1: the lowest burn there is. Domain 2: amounts that nothing divides. Domain 3: the smallest amounts there are.
const domains = [
  { ...plain, burnBps: 1_000 },
  { ...plain, seatFee: 1_000_000_000_000_000_007n, seatBond: 8_000_000_000_000_000_057n, burnBps: 1_009 },
  { ...plain, seatFee: 1n, seatBond: 11n, burnBps: 1_111 },
];
const load = panelLoader(connection, { domains });

const FALSE = 0;
const TRUE = 1;

/** Asks `count` questions in a domain, has them answered as told, and settles what became of them. */
async function askAndSettle(
  panel: Panel,
  domainId: number,
  count: number,
  outcomeOf: (member: number, question: number) => number,
  asker = panel.deployer,
  keeper?: Panel["deployer"],
) {
  const asked = [];
  for (let i = 0; i < count; i++) asked.push(await panel.ask(`${domainId} ${i}`, { domainId, asker }));
  await holdTogether(panel, asked, outcomeOf);
  await panel.warpTo((await panel.epoch()) + 1);
  await settleAll(panel.panelists, keeper);
}

describe("Attacks by self-dealing", () => {
  it("slashing one's own puppets at the lowest burn", async () => {
    let panel = await load();
    const { consensus } = panel.contracts;
    await expect(consensus.createDomain({ ...DOMAIN, burnBps: 999 }, ""))
      .to.be.revertedWithCustomError(consensus, "ParameterOutOfBounds")
      .withArgs("burnBps", 999, 1_000, 5_000);
    // The loser's seat loses 24 x 1/3 x 1/4 = 2.
    const attack = (member: number) => (member === 2 ? FALSE : TRUE);
    const honesty = () => TRUE;

    // Asker, winners, loser and keeper under one hand: what one loses the others win, but for the burn less the keeper's twentieth.
    const all = () => ({ attacker: { accounts: [panel.deployer, panel.stranger], agents: panel.panelists } });
    const carryOut = (outcomeOf: (member: number) => number) =>
      gainsOf(panel, all(), () => askAndSettle(panel, 1, 1, outcomeOf, panel.deployer, panel.stranger));
    expect(await carryOut(attack)).to.deep.equal({
      attacker: -parseEther("0.19"),
      sink: parseEther("0.19"),
      escrow: 0n,
    });
    const trust = async (member: 0 | 2) => [...(await consensus.trust(panel.panelists[member].agentId, 1))];
    expect(await trust(0)).to.deep.equal([4_096n + 256n, 2_048n, 1n, 256n]);
    // Without a loser it costs nothing, and the winners' trust is the same: a puppet's loss buys none.
    panel = await load();
    expect(await carryOut(honesty)).to.deep.equal({ attacker: 0n, sink: 0n, escrow: 0n });
    expect(await trust(0)).to.deep.equal([4_096n + 256n, 2_048n, 1n, 256n]);

    // With one honest voter among the winners, it is he who gets half of what the puppet loses.
    panel = await load();
    const two = () => {
      const [honest, ...agents] = panel.panelists;
      return { attacker: { accounts: [panel.deployer, panel.stranger], agents }, honest: { agents: [honest] } };
    };
    expect(
      await gainsOf(panel, two(), () => askAndSettle(panel, 1, 1, attack, panel.deployer, panel.stranger)),
    ).to.deep.equal({
      attacker: -parseEther("3") + parseEther("2.4") - parseEther("2") + parseEther("0.01"),
      honest: parseEther("2.4"),
      sink: parseEther("0.19"),
      escrow: 0n,
    });
    panel = await load();
    expect(await gainsOf(panel, two(), () => askAndSettle(panel, 1, 1, honesty))).to.deep.equal({
      attacker: -parseEther("3") + parseEther("2"),
      honest: parseEther("1"),
      sink: 0n,
      escrow: 0n,
    });
  });

  it("dust and rounding", async () => {
    // One hand asks, votes, loses and keeps; whatever rounding left to it would be its gain..
    const panel = await load();
    const parties = { attacker: { accounts: [panel.deployer, panel.stranger], agents: panel.panelists } };
    for (const [domainId, count, burnBps, seatFee, seatBond] of [
      [2, 20, 1_009n, 1_000_000_000_000_000_007n, 8_000_000_000_000_000_057n],
      [3, 20, 1_111n, 1n, 11n],
    ] as const) {
      const loss = ceilDiv(seatBond, 12n);
      const burn = ceilDiv(loss * burnBps, 10_000n);
      const seat = (3n * seatFee + loss - burn) / 2n;
      const expected = {
        // Losses and burns are rounded up and gains down, each by less than a wei a seat. The keeper's part is of a whole ballot.
        attacker: BigInt(count) * (2n * seat - loss - 3n * seatFee) + (BigInt(count) * burn) / 20n,
        escrow: 0n,
      };
      expect(expected.attacker < 0n).to.equal(true);
      const gains = await gainsOf(panel, parties, () =>
        askAndSettle(panel, domainId, count, (m) => (m === 2 ? FALSE : TRUE), panel.deployer, panel.stranger),
      );
      expect(gains).to.deep.equal({ ...expected, sink: -expected.attacker });
    }

    // Amounts below a unit of allocation, and the odd wei of a bond, round against whoever brings them.
    const { consensus, vault } = panel.contracts;
    const [{ agentId, owner }] = panel.panelists;
    await consensus.connect(owner).allocate(agentId, 2, parseEther("0.001") - 1n);
    expect(await consensus.allocation(agentId, 2, (await panel.epoch()) + 2)).to.equal(0n);
    await expect(vault.connect(owner).requestWithdrawal(agentId, 0))
      .to.be.revertedWithCustomError(vault, "ZeroAmount")
      .withArgs();
  });
});

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
