import { canaryCommitment, type Hex, PRIOR, seatWeight, updateEvidence } from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdLuckily, holdTogether } from "../kit/draw.ts";
import { ALLOCATION, type Asked, type Panel, type Panelist, panelLoader } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
// Three seats, seven in the second and last round. Answers count alike.
const domains = [{ maxRounds: 2, openAnswers: true }];
const loadThree = panelLoader(connection, { domains });
// Ten agents, three of them the attackers'.
const loadTen = panelLoader(connection, { domains, allocations: Array<bigint>(10).fill(ALLOCATION) });

const FALSE = 0;
const TRUE = 1;
const sum = (seats: readonly number[]) => seats.reduce((a, b) => a + b, 0);

/** The attackers ask, and the first `agents` of the panel are theirs. */
function partiesOf({ panelists, stranger }: Panel, agents: number) {
  return {
    attackers: { accounts: [stranger], agents: panelists.slice(0, agents) },
    honest: { agents: panelists.slice(agents) },
  };
}

async function close({ epoch, panelists, warpTo }: Panel): Promise<void> {
  await warpTo((await epoch()) + 1);
  await settleAll(panelists);
}

const trustOf = async ({ contracts }: Panel, { agentId }: Panelist) => [
  ...(await contracts.consensus.trust(agentId, 1)),
];

describe("Attacks with canaries", () => {
  it("canaries opened only when convenient", async () => {
    /** Enters canaries with these answers on questions that everybody answers with the truth, and opens those that `opens` says. */
    const carryOut = async (answers: readonly number[], opens: (answer: number) => boolean) => {
      const panel = await loadThree();
      const { consensus } = panel.contracts;
      const asker = panel.stranger;
      const gains = await gainsOf(panel, partiesOf(panel, 1), async () => {
        const asked: Asked[] = [];
        for (const [i, canary] of answers.entries()) asked.push(await panel.ask(`canary ${i}`, { asker, canary }));
        await holdTogether(panel, asked, () => TRUE);
        for (const [i, { id, origin, salt }] of asked.entries()) {
          const answer = answers[i] ?? TRUE;
          if (opens(answer)) {
            await consensus.connect(asker).openCanary(origin, answer, salt);
            continue;
          }
          // What it committed to is all that it can open.
          const at = (await consensus.getAddress()) as Hex;
          const shown = canaryCommitment({ consensus: at, asker: asker.address as Hex, answer: TRUE, salt });
          await expect(consensus.connect(asker).openCanary(origin, TRUE, salt))
            .to.be.revertedWithCustomError(consensus, "CanaryMismatch")
            .withArgs(id, shown);
        }
        await close(panel);
      });
      const [alpha] = await trustOf(panel, panel.panelists[0]);
      return { gains, learned: Number(alpha) - PRIOR.alpha };
    };
    // One of three equal voters is the attacker's, so of each fee of 3 it gets 1 back.
    const opened = await carryOut([TRUE], () => true);
    expect(opened).to.deep.equal({
      gains: { attackers: -parseEther("2"), honest: parseEther("2"), sink: 0n, escrow: 0n },
      learned: 8 * 256,
    });
    // Left closed, because the verdict is not what it says: the deposit of 3 is gone, and the evidence counts once.
    const closed = await carryOut([FALSE], () => false);
    expect(closed).to.deep.equal({
      gains: { attackers: -parseEther("5"), honest: parseEther("2"), sink: parseEther("3"), escrow: 0n },
      learned: 256,
    });
    // One of either answer, and only the fitting one opened: to be certain of one that is confirmed costs fee and deposit of the other.
    const either = await carryOut([TRUE, FALSE], (answer) => answer === TRUE);
    expect(either).to.deep.equal({
      gains: { attackers: -parseEther("7"), honest: parseEther("4"), sink: parseEther("3"), escrow: 0n },
      learned: 8 * 256 + 256,
    });
  });

  it("canary with a false answer", async () => {
    // Before an honest committee: the deposit and four tokens more start a round that says the same. One of ten seats is the attacker's.
    const honest = await loadThree();
    const asker = honest.stranger;
    const lost = await gainsOf(honest, partiesOf(honest, 1), async () => {
      const { id, origin, salt } = await honest.ask("honest", { asker, canary: FALSE });
      await honest.holdRound(id, [null, TRUE, TRUE]);
      await honest.contracts.consensus.connect(asker).openCanary(origin, FALSE, salt);
      await honest.holdRound(id, [[FALSE, 1], TRUE, TRUE]);
      await close(honest);
    });
    // Fees of 3 and 7; one of five seats is wrong: a margin of .6.
    expect(lost).to.deep.equal({
      attackers: -parseEther("10") - parseEther("3.6"),
      honest: parseEther("10") + parseEther("3.24"),
      sink: parseEther("0.36"),
      escrow: 0n,
    });

    /** A false canary on a question whose first committee is the attackers', but for one seat in a later one. */
    const capture = async (appealed: boolean) => {
      const panel = await loadTen();
      const { consensus } = panel.contracts;
      const outcomes = [FALSE, FALSE, FALSE, ...Array<number>(7).fill(TRUE)];
      const seated = (ofAttackers: number, ofHonest: number) => (seats: readonly number[]) =>
        sum(seats.slice(0, 3)) === ofAttackers && sum(seats.slice(3)) === ofHonest;
      let witness: Panelist | undefined;
      const gains = await gainsOf(
        panel,
        { ...partiesOf(panel, 3), appellant: { accounts: [panel.deployer] } },
        async () => {
          const asked = await panel.ask("captured", { asker: panel.stranger, canary: FALSE });
          await holdLuckily(panel, asked, outcomes, seated(3, 1));
          const at = panel.panelists.findIndex(({ receipts }, i) => i >= 3 && receipts.size > 0);
          witness = panel.panelists[at];
          await consensus.connect(panel.stranger).openCanary(asked.origin, FALSE, asked.salt);
          if (appealed) {
            await consensus.appeal(asked.id);
            await holdLuckily(
              panel,
              asked,
              outcomes,
              (seats) => seated(1, 6)(seats) && seats[0] === 0 && seats[at] === 0,
            );
          }
          await close(panel);
        },
      );
      return {
        gains,
        attacker: await trustOf(panel, panel.panelists[0]),
        witness: await trustOf(panel, witness as Panelist),
      };
    };
    const won = await capture(false);
    // Three of four seats for the falsehood: a margin of a half. Confirmed, it counts eight times: for the attackers, against the witness.
    const { alpha, beta } = updateEvidence(PRIOR, false, 8 * 256);
    expect(won).to.deep.equal({
      gains: {
        attackers: parseEther("2.7"),
        honest: -parseEther("3"),
        appellant: 0n,
        sink: parseEther("0.3"),
        escrow: 0n,
      },
      attacker: [4_096n + 2_048n, 2_048n, 1n, 256n],
      witness: [BigInt(alpha), BigInt(beta), 1n, BigInt(seatWeight({ alpha, beta, verdicts: 1 }))],
    });
    expect(beta).to.equal(2 * PRIOR.beta);

    // Seven of eleven seats overturn it: a margin of 3/11. Nothing is confirmed, and two rounds count twice: for the witness.
    const undone = await capture(true);
    const loss = (parseEther("6") * 3n) / 11n + 1n;
    const net = 4n * (loss - (loss + 9n) / 10n);
    const seat = (parseEther("3") + net - parseEther("3.5")) / 7n;
    expect(undone).to.deep.equal({
      gains: {
        attackers: -parseEther("3") - 4n * loss,
        honest: 7n * seat,
        appellant: parseEther("3.5"),
        sink: 4n * loss - (7n * seat + parseEther("3.5") - parseEther("3")),
        escrow: 0n,
      },
      attacker: [4_096n, 2_048n + 512n, 1n, 256n],
      witness: [4_096n + 512n, 2_048n, 1n, 256n],
    });
  });
});
