import { lossPerSeat, rarity } from "@assay/protocol";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { holdTogether } from "../kit/draw.ts";
import { type Asked, type Panel, type Panelist, panelLoader, SEAT_BOND, STAKE } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
// Three seats. Domain 1: one round, answers that count alike. Domain 2: one round, rarity. Domain 3: four rounds.
const load = panelLoader(connection, {
  domains: [{ maxRounds: 1, openAnswers: true }, { maxRounds: 1 }, { maxRounds: 4, openAnswers: true }],
  chainLength: 64,
});

const FALSE = 0;
const TRUE = 1;
/** The first panelist is the attacker, and wrong. */
const attack = (member: number) => (member === 0 ? FALSE : TRUE);

const partiesOf = ({ deployer, panelists, stranger }: Panel) => ({
  attacker: { agents: panelists.slice(0, 1) },
  honest: { agents: panelists.slice(1) },
  asker: { accounts: [deployer] },
  keeper: { accounts: [stranger] },
});

/** Asks at the start of an epoch. */
async function askMany(panel: Panel, count: number, options: Parameters<Panel["ask"]>[1]): Promise<Asked[]> {
  const epoch = (await panel.epoch()) + 1;
  await panel.warpTo(epoch);
  const asked: Asked[] = [];
  for (let i = 0; i < count; i++) asked.push(await panel.ask(`${epoch} ${i}`, options));
  return asked;
}

async function openAll(panel: Panel, asked: readonly Asked[]): Promise<void> {
  for (const { origin, salt } of asked) await panel.contracts.consensus.openCanary(origin, TRUE, salt);
  await panel.warpTo((await panel.epoch()) + 1);
}

describe("Attacks on settlement", () => {
  describe("by the one who has lost", () => {
    it("delaying one's own losing settlement", async () => {
      const panel = await load();
      const { consensus, vault } = panel.contracts;
      const { panelists, stranger } = panel;
      const [attacker, ...honest] = panelists;
      const { agentId, owner } = attacker;
      const weight = async () => (await consensus.trust(agentId, 1)).weight;
      // A good record, and then a wrong vote where the answer was known.
      const record = await askMany(panel, 3, { canary: TRUE });
      await holdTogether(panel, record, () => TRUE);
      await openAll(panel, record);
      await settleAll(panelists);
      const lost = await askMany(panel, 1, { canary: TRUE });
      await holdTogether(panel, lost, attack);
      await openAll(panel, lost);

      // The winners do not wait for it: what it will lose is locked, and is missing from the escrow meanwhile.
      expect(await gainsOf(panel, partiesOf(panel), () => settleAll(honest))).to.deep.equal({
        attacker: 0n,
        honest: parseEther("4.8"),
        asker: 0n,
        keeper: 0n,
        sink: 0n,
        escrow: -parseEther("4.8"),
      });
      expect((await vault.account(agentId)).locked).to.equal(SEAT_BOND);
      await expect(vault.connect(owner).requestWithdrawal(agentId, STAKE))
        .to.be.revertedWithCustomError(vault, "InsufficientFreeStake")
        .withArgs(agentId, STAKE, STAKE + parseEther("3") - SEAT_BOND);

      // It still speaks as loudly as before, in the next question as well.
      const [next] = (await askMany(panel, 1, {})) as [Asked];
      await holdTogether(panel, [next], attack);
      expect([...(await consensus.tally(next.id)).weights]).to.deep.equal([4_096n, 2n * 4_096n]);
      // Until a keeper settles: a twentieth of the burn of .2.
      const late = (lost[0] as Asked).voteEpoch;
      expect(await gainsOf(panel, partiesOf(panel), () => attacker.settle(late, stranger))).to.deep.equal({
        attacker: -parseEther("2"),
        honest: 0n,
        asker: 0n,
        keeper: parseEther("0.01"),
        sink: parseEther("0.19"),
        escrow: parseEther("1.8"),
      });
      expect(await weight()).to.equal(1_600n);
    });

    it("choosing the order of finalization", async () => {
      const losses: bigint[] = [];
      for (const order of ["first", "last"] as const) {
        const panel = await load();
        const { consensus } = panel.contracts;
        const [lost, ...others] = (await askMany(panel, 11, { domainId: 2 })) as [Asked, ...Asked[]];
        // Eleven truths, on one of which the attacker errs.
        await holdTogether(panel, [lost, ...others], (member, i) => (member === 0 && i === 0 ? FALSE : TRUE));
        await panel.warpTo((await panel.epoch()) + 1);
        const gains = await gainsOf(panel, partiesOf(panel), async () => {
          const inOrder = order === "first" ? [lost, ...others] : [...others, lost];
          for (const { id } of inOrder) await consensus.finalize(id);
          await settleAll(panel.panelists);
        });
        // It has won ten seats of one fee each besides.
        losses.push(parseEther("10") - gains.attacker);
      }
      const loss = (truths: number) => lossPerSeat(SEAT_BOND, 2, 3, rarity([4 * 256, truths * 256], TRUE));
      expect(losses).to.deep.equal([loss(4), loss(14)]);
      // 2 and 1.28: in a domain of 250 counted questions ten more would change less than a twentieth of it.
      expect(losses).to.deep.equal([parseEther("2"), parseEther("1.28125")]);
    });
  });

  describe("by filling the ring", () => {
    it("filling one's own ring", async () => {
      const panel = await load();
      const { consensus, vault } = panel.contracts;
      const [attacker, ...honest] = panel.panelists;
      const { agentId } = attacker;
      // Sixteen losing ballots in sixteen epochs, which nobody settles but the winners theirs.
      let [present] = (await askMany(panel, 1, {})) as [Asked];
      for (let ballots = 0; ballots < 16; ballots++) {
        const [next] = (await askMany(panel, 1, {})) as [Asked];
        for (const [i, panelist] of panel.panelists.entries()) {
          const vote = { id: present.id, outcome: attack(i) };
          await panelist.beat({ reveal: ballots > 0, commit: [vote] });
        }
        present = next;
      }
      await panel.warpTo((await panel.epoch()) + 1);
      const epoch = await panel.epoch();
      const vote = { id: present.id, outcome: TRUE };
      const refused = consensus.interface.encodeErrorResult("RingSlotTaken", [agentId, epoch]);
      await expect(attacker.beat({ reveal: true, commit: [vote] }))
        .to.emit(consensus, "CommitSkipped")
        .withArgs(agentId, epoch, refused);
      expect((await consensus.agent(agentId)).ring).to.equal(0xffffn);
      expect((await vault.account(agentId)).locked).to.equal(16n * SEAT_BOND);
      // Who settles goes on voting.
      for (const panelist of honest) {
        await expect(panelist.beat({ settle: epoch - 16, reveal: true, commit: [vote] })).to.emit(
          consensus,
          "BallotCommitted",
        );
      }

      // Anyone empties it, at the attacker's cost; then it may vote again.
      await panel.warpTo(epoch + 2);
      const gains = await gainsOf(panel, partiesOf(panel), () => settleAll([attacker], panel.stranger));
      expect(gains.attacker).to.equal(-16n * parseEther("2"));
      expect(gains.keeper).to.equal(16n * parseEther("0.01"));
      expect((await consensus.agent(agentId)).ring).to.equal(0n);
      await expect(attacker.beat({ commit: [] })).to.emit(consensus, "BallotCommitted");
    });

    it("filling a victim's ring with appeals", async () => {
      const panel = await load();
      const { consensus } = panel.contracts;
      const { panelists, stranger } = panel;
      const [victim] = panelists;
      const ringOf = async (panelist: Panelist) => (await consensus.agent(panelist.agentId)).ring;
      const parties = {
        attacker: { accounts: [stranger] },
        asker: { accounts: [panel.deployer] },
        voters: { agents: panelists },
      };
      const QUESTIONS = 20;
      let fullest = 0;
      const gains = await gainsOf(panel, parties, async () => {
        const asked: Asked[] = await askMany(panel, 1, { domainId: 3 });
        const first = (asked[0] as Asked).voteEpoch;
        for (let epoch = first; epoch < first + QUESTIONS + 13; epoch++) {
          if (epoch < first + QUESTIONS - 1) asked.push(...(await askMany(panel, 1, { domainId: 3 })));
          else await panel.warpTo(epoch);
          // Every question is dragged through four rounds, by an appeal in each of the three epochs in which it can be.
          for (const { id, voteEpoch } of asked) {
            if ([2, 5, 8].includes(epoch - voteEpoch)) await consensus.connect(stranger).appeal(id);
          }
          const present = asked[epoch - first];
          for (const panelist of panelists) {
            // Settled when it is final, twelve epochs after the vote, and not an epoch earlier.
            const settle = panelist.receipts.has(epoch - 12) ? epoch - 12 : undefined;
            const beat = panelist.beat({
              reveal: epoch > first && epoch <= first + QUESTIONS,
              ...(settle !== undefined && { settle }),
              // Rounds that nobody votes in lower the participation, so that a committee may have four times three seats.
              ...(present && { commit: [{ id: present.id, outcome: TRUE }], exposure: 4n * SEAT_BOND }),
            });
            if (present) await expect(beat).to.emit(consensus, "BallotCommitted");
            else await beat;
          }
          fullest = Math.max(fullest, [...(await ringOf(victim)).toString(2)].filter((bit) => bit === "1").length);
        }
      });
      expect(fullest).to.equal(11);
      expect(await ringOf(victim)).to.equal(0n);
      // 7 + 15 + 31 fees a question, all to those whom it was to stop, but for what rounding leaves.
      // Less than a wei a seat: how many seats there are is left to the draws.
      const rounding = gains.sink;
      expect(rounding).to.be.lessThan(BigInt(QUESTIONS) * 12n);
      expect(gains).to.deep.equal({
        attacker: -BigInt(QUESTIONS) * parseEther("53"),
        asker: -BigInt(QUESTIONS) * parseEther("3"),
        voters: BigInt(QUESTIONS) * parseEther("56") - rounding,
        sink: rounding,
        escrow: 0n,
      });
    });
  });
});
