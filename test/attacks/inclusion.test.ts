import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { type Asked, type Panel, panelLoader, SEAT_BOND } from "../kit/panel.ts";
import { EPOCH_LENGTH } from "../kit/world.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers, networkHelpers, provider } = connection;
// Three seats, seven in the second and last round; answers count alike.
const load = panelLoader(connection, { domains: [{ maxRounds: 2, openAnswers: true }] });

const FALSE = 0;
const TRUE = 1;
/** Gas of a block, and of each of the two transactions that fill it. */
const BLOCK_GAS = 30_000_000;
const STUFFING = { gasLimit: BLOCK_GAS / 2, maxPriorityFeePerGas: 2_000_000_000n, maxFeePerGas: 1_000_000_000_000n };
const BLOCKS = 10;

function partiesOf({ deployer, panelists, stranger }: Panel) {
  return {
    attacker: { accounts: [stranger] },
    voters: { agents: panelists },
    asker: { accounts: [deployer] },
  };
}

/** Everybody has committed to the truth, for a seat of exposure each; at the end of the epoch of the vote. */
async function committed(panel: Panel, content: string): Promise<Asked> {
  const asked = await panel.ask(content);
  await panel.warpTo(asked.voteEpoch);
  for (const panelist of panel.panelists) await panelist.beat({ commit: [{ id: asked.id, outcome: TRUE }] });
  return asked;
}

describe("Attacks on inclusion", () => {
  it("block stuffing at the end of a reveal epoch", async () => {
    const panel = await load();
    const { consensus, vault } = panel.contracts;
    const { panelists, stranger } = panel;
    const [early, alsoEarly, late] = panelists;
    const eater = await ethers.deployContract("GasEatingCallback", [panel.contracts.claims]);
    const data = eater.interface.encodeFunctionData("onVerdict", [
      ethers.ZeroHash,
      { status: 0, outcome: 0, supportBps: 0, rounds: 0 },
    ]);
    const { id, voteEpoch } = await committed(panel, "stuffed");
    const before = [await late.link(), await ethers.provider.getBalance(stranger)] as const;
    await networkHelpers.setBlockGasLimit(BLOCK_GAS);

    const gains = await gainsOf(
      panel,
      { ...partiesOf(panel), voters: { agents: [early, alsoEarly] }, late: { agents: [late] } },
      async () => {
        await panel.warpTo(voteEpoch + 1);
        for (const panelist of [early, alsoEarly]) await panelist.beat({ reveal: true });
        // The last one sends its reveal twenty seconds before the end. Ten full blocks keep it out.
        const reveal = await late.prepare({ reveal: true });
        const end = panel.genesis + (voteEpoch + 2) * EPOCH_LENGTH;
        await provider.request({ method: "evm_setAutomine", params: [false] });
        const sent = await consensus
          .connect(late.owner)
          .beat(reveal, { gasLimit: 1_000_000, maxPriorityFeePerGas: 1_000_000_000n });
        const to = await eater.getAddress();
        const fees: bigint[] = [];
        for (let block = 0; block < BLOCKS; block++) {
          for (let half = 0; half < 2; half++) await stranger.sendTransaction({ to, data, ...STUFFING });
          await networkHelpers.time.setNextBlockTimestamp(end - 2 * (BLOCKS - block));
          await networkHelpers.mine();
          const { baseFeePerGas, gasUsed } = (await ethers.provider.getBlock("latest")) ?? {};
          expect(gasUsed).to.equal(BigInt(BLOCK_GAS));
          fees.push(baseFeePerGas ?? 0n);
        }
        // Each full block is dearer by an eighth than the one before, or very nearly so.
        for (const [i, fee] of fees.slice(1).entries()) {
          expect(fee - (fees[i] as bigint) - (fees[i] as bigint) / 8n).to.be.within(-1n, 1n);
        }
        await networkHelpers.time.setNextBlockTimestamp(end);
        await networkHelpers.mine();
        await provider.request({ method: "evm_setAutomine", params: [true] });
        expect((await ethers.provider.getTransactionReceipt(sent.hash))?.status).to.equal(0);
        await expect(consensus.connect(late.owner).beat(reveal))
          .to.be.revertedWithCustomError(consensus, "RevealOutOfEpoch")
          .withArgs(late.agentId, voteEpoch, voteEpoch + 2);
        await consensus.connect(stranger).forfeit(late.agentId, before[0]);
        await panel.warpTo(voteEpoch + 3);
        await settleAll(panelists);
      },
    );

    expect(gains).to.deep.equal({
      attacker: SEAT_BOND / 200n,
      late: -SEAT_BOND,
      // The fee is shared by who was counted.
      voters: parseEther("3"),
      asker: 0n,
      sink: (SEAT_BOND * 199n) / 200n,
      escrow: -parseEther("3"),
    });
    expect((await consensus.question(id)).status).to.equal(2n);
    expect((await vault.account(late.agentId)).locked).to.equal(0n);
    // 300 million gas at a price that has grown to 1.125^9, nearly three times what it was: for a token and a fifth.
    const spent = before[1] - (await ethers.provider.getBalance(stranger));
    expect(spent > BigInt(BLOCKS * BLOCK_GAS) * STUFFING.maxPriorityFeePerGas).to.equal(true);
  });

  it("sequencer outage", async () => {
    // Nothing is included in the whole epoch of the reveals: nobody could have shown anything, and nobody loses a stake.
    let panel = await load();
    let asked = await committed(panel, "dark");
    const { consensus, vault } = panel.contracts;
    expect(
      await gainsOf(panel, partiesOf(panel), async () => {
        await panel.warpTo(asked.voteEpoch + 2);
        for (const [i, { agentId }] of panel.panelists.entries()) {
          await expect(
            consensus
              .connect(panel.stranger)
              .forfeit(agentId, await (panel.panelists[i] as (typeof panel.panelists)[0]).link()),
          )
            .to.emit(consensus, "BallotReleased")
            .withArgs(agentId, asked.voteEpoch, SEAT_BOND);
          expect((await vault.account(agentId)).locked).to.equal(0n);
        }
        await panel.warpTo(asked.voteEpoch + 3);
        await consensus.reclaim(asked.origin);
      }),
    ).to.deep.equal({
      attacker: 0n,
      voters: 0n,
      asker: parseEther("2.7"),
      sink: parseEther("0.3"),
      escrow: -parseEther("3"),
    });

    // Whoever has its roll included, and then nothing else, has every ballot forfeited, and takes a two-hundredth.
    panel = await load();
    asked = await committed(panel, "rolled");
    expect(
      await gainsOf(panel, partiesOf(panel), async () => {
        await panel.warpTo(asked.voteEpoch + 1);
        await consensus.connect(panel.stranger).roll();
        await panel.warpTo(asked.voteEpoch + 2);
        for (const panelist of panel.panelists) {
          await consensus.connect(panel.stranger).forfeit(panelist.agentId, await panelist.link());
        }
        await panel.warpTo(asked.voteEpoch + 3);
        await consensus.reclaim(asked.origin);
      }),
    ).to.deep.equal({
      attacker: (3n * SEAT_BOND) / 200n,
      voters: -3n * SEAT_BOND,
      asker: parseEther("2.7"),
      sink: parseEther("0.3") + (3n * SEAT_BOND * 199n) / 200n,
      escrow: -parseEther("3"),
    });

    // Nothing in the epoch of the vote: nobody could commit, nobody has anything at stake, and the asker is out of the burn.
    panel = await load();
    asked = await panel.ask("no vote");
    expect(
      await gainsOf(panel, partiesOf(panel), async () => {
        await panel.warpTo(asked.voteEpoch + 3);
        await consensus.reclaim(asked.origin);
      }),
    ).to.deep.equal({
      attacker: 0n,
      voters: 0n,
      asker: parseEther("2.7"),
      sink: parseEther("0.3"),
      escrow: -parseEther("3"),
    });

    // Nothing in the epoch of appeals: a verdict of two against an absent third cannot be taken further.
    panel = await load();
    asked = await panel.ask("no appeal");
    const captured = await gainsOf(panel, partiesOf(panel), async () => {
      await panel.holdRound(asked.id, [FALSE, FALSE, null]);
      await panel.warpTo(asked.voteEpoch + 3);
      await expect(consensus.connect(panel.stranger).appeal(asked.id))
        .to.be.revertedWithCustomError(consensus, "NotAppealable")
        .withArgs(asked.id, asked.voteEpoch + 2, asked.voteEpoch + 3);
      await settleAll(panel.panelists);
    });
    expect(captured).to.deep.equal({
      attacker: 0n,
      voters: parseEther("3"),
      asker: 0n,
      sink: 0n,
      escrow: -parseEther("3"),
    });
    expect([...(await consensus.verdict(asked.id))].slice(0, 2)).to.deep.equal([4n, BigInt(FALSE)]);
  });
});
