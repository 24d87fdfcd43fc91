import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, type Panel, panelLoader, STAKE, UNIT } from "../kit/panel.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection, { domains: [{}, { silentEpochs: 16, maxRounds: 1 }] });

const UNITS = ALLOCATION / UNIT;
const MAX_UNITS = 2n ** 44n - 1n;

describe("Allocation", () => {
  describe("allocate", () => {
    it("emits Allocated, counting from the epoch after the next", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      const now = (await epoch()) + 1;
      await warpTo(now);
      await expect(consensus.connect(owner).allocate(agentId, 1, 2_000n * TOKEN))
        .to.emit(consensus, "Allocated")
        .withArgs(agentId, 1, 2_000_000n, 2n * UNITS + 2_000_000n, now + 2);
      for (const reader of [now, now + 2]) {
        // The same when read later: the epoch being revealed stays readable.
        if (reader > now) await warpTo(reader);
        const seen = [];
        for (const after of [-1, 0, 1, 2, 3]) seen.push(await consensus.allocation(agentId, 1, now + after));
        expect(seen).to.deep.equal([UNITS, UNITS, UNITS, 2_000_000n, 2_000_000n]);
        const totals = [];
        for (const after of [0, 1, 2]) totals.push(await consensus.totalAllocation(1, now + after));
        expect(totals).to.deep.equal([3n * UNITS, 3n * UNITS, 2n * UNITS + 2_000_000n]);
      }
    });

    it("rounds down to whole units, and 0 leaves the domain", async () => {
      const { contracts, epoch, panelists } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      const now = await epoch();
      await expect(consensus.connect(owner).allocate(agentId, 1, 5n * UNIT - 1n))
        .to.emit(consensus, "Allocated")
        .withArgs(agentId, 1, 4n, 2n * UNITS + 4n, now + 2);
      await expect(consensus.connect(owner).allocate(agentId, 1, 0))
        .to.emit(consensus, "Allocated")
        .withArgs(agentId, 1, 0n, 2n * UNITS, now + 2);
      expect(await consensus.allocation(agentId, 1, now + 2)).to.equal(0n);
    });

    it("lets the same stake stand in several domains", async () => {
      const { contracts, panelists } = await load();
      const { consensus, vault } = contracts;
      const [{ agentId, owner }] = panelists;
      for (const domainId of [1, 2]) await consensus.connect(owner).allocate(agentId, domainId, STAKE);
      expect((await vault.account(agentId)).free).to.equal(STAKE);
    });

    it("allocates when called by the agentWallet as well", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await rotateWallet(connection, contracts, agentId, owner, stranger);
      await expect(consensus.connect(stranger).allocate(agentId, 1, TOKEN)).to.emit(consensus, "Allocated");
      await expect(consensus.connect(owner).allocate(agentId, 1, 2n * TOKEN)).to.emit(consensus, "Allocated");
    });

    it("reverts for anyone else", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus } = contracts;
      const [{ agentId }] = panelists;
      await expect(consensus.connect(stranger).allocate(agentId, 1, 0))
        .to.be.revertedWithCustomError(consensus, "NotAgentOwner")
        .withArgs(agentId, stranger.address);
    });

    it("reverts for an agent that is not enrolled under its owner", async () => {
      const { contracts, panelists, stranger } = await load();
      const { consensus, registry } = contracts;
      const [{ agentId, owner }] = panelists;
      await registry.connect(stranger)["register()"]();
      await registry.connect(owner).transferFrom(owner, stranger, agentId);
      for (const id of [3n, agentId]) {
        await expect(consensus.connect(stranger).allocate(id, 1, 0))
          .to.be.revertedWithCustomError(consensus, "NotEnrolled")
          .withArgs(id);
      }
    });

    it("reverts where the domain does not exist", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      const [{ agentId, owner }] = panelists;
      await expect(consensus.connect(owner).allocate(agentId, 3, 0))
        .to.be.revertedWithCustomError(consensus, "UnknownDomain")
        .withArgs(3);
    });

    it("reverts above what is neither pledged nor being withdrawn", async () => {
      const { contracts, panelists } = await load();
      const { consensus, vault } = contracts;
      const [{ agentId, owner }] = panelists;
      const refused = async (maximum: bigint) => {
        await expect(consensus.connect(owner).allocate(agentId, 1, maximum + 1n))
          .to.be.revertedWithCustomError(consensus, "AllocationTooLarge")
          .withArgs(agentId, maximum + 1n, maximum);
        await consensus.connect(owner).allocate(agentId, 1, maximum);
      };
      await refused(STAKE);
      await vault.connect(owner).pledge(agentId, 500n * TOKEN);
      await refused(STAKE - 500n * TOKEN);
      await vault.connect(owner).requestWithdrawal(agentId, 700n * TOKEN);
      await refused(STAKE - 1_200n * TOKEN);
    });

    it("reverts where the units of the agent or of the domain would exceed 44 bits", async () => {
      const { contracts, epoch, panelists } = await load();
      const { consensus, token, vault } = contracts;
      const [{ agentId, owner }] = panelists;
      // More tokens than the faucet will ever give: the balance is written into the token's storage.
      const balance = MAX_UNITS * UNIT + 2n * UNIT;
      const slot = ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [owner.address, 0]),
      );
      await networkHelpers.setStorageAt(await token.getAddress(), slot, balance);
      expect(await token.balanceOf(owner)).to.equal(balance);
      await vault.connect(owner).deposit(agentId, balance);
      // Alone it would fit; the other two panelists stand in the domain, too.
      for (const units of [MAX_UNITS + 1n, MAX_UNITS, MAX_UNITS - 2n * UNITS + 1n]) {
        await expect(consensus.connect(owner).allocate(agentId, 1, units * UNIT))
          .to.be.revertedWithCustomError(consensus, "AllocationTooLarge")
          .withArgs(agentId, units, MAX_UNITS);
      }
      await consensus.connect(owner).allocate(agentId, 1, (MAX_UNITS - 2n * UNITS) * UNIT);
      expect(await consensus.totalAllocation(1, (await epoch()) + 2)).to.equal(MAX_UNITS);
    });
  });

  describe("trim", () => {
    it("lowers a slashed agent's allocation to what it still has, for anyone", async () => {
      const { contracts, epoch, panelists, stranger, warpTo } = await load();
      const { consensus } = contracts;
      const [panelist] = panelists;
      await forfeitAll(panelist, { contracts, epoch, warpTo }, STAKE - 100n * TOKEN);
      const now = await epoch();
      await expect(consensus.connect(stranger).trim(panelist.agentId, 1))
        .to.emit(consensus, "Allocated")
        .withArgs(panelist.agentId, 1, 100_000n, 2n * UNITS + 100_000n, now + 2);
      expect(await consensus.allocation(panelist.agentId, 1, now + 1)).to.equal(UNITS);
      expect(await consensus.allocation(panelist.agentId, 1, now + 2)).to.equal(100_000n);
      await expect(consensus.trim(panelist.agentId, 1))
        .to.be.revertedWithCustomError(consensus, "NothingToTrim")
        .withArgs(panelist.agentId, 1);
    });

    it("lowers an allocation to what is neither pledged nor being withdrawn", async () => {
      const { contracts, panelists } = await load();
      const { consensus, vault } = contracts;
      const [{ agentId, owner }] = panelists;
      await vault.connect(owner).pledge(agentId, STAKE - 1_000n * TOKEN);
      await expect(consensus.trim(agentId, 1)).to.emit(consensus, "Allocated");
      await vault.connect(owner).requestWithdrawal(agentId, 400n * TOKEN);
      await consensus.trim(agentId, 1);
      await consensus.trim(agentId, 2);
      for (const domainId of [1, 2]) expect(await consensus.allocation(agentId, domainId, 99)).to.equal(600_000n);
    });

    it("lowers the allocation of an agent silent for too long to nothing", async () => {
      const { contracts, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [{ agentId }] = panelists;
      // Heard of until the epoch before its first secret; domain 2 waits for 16 epochs, domain 1 for 64.
      const seen = Number((await consensus.agent(agentId)).tipEpoch);
      await warpTo(seen + 16);
      await expect(consensus.trim(agentId, 2))
        .to.be.revertedWithCustomError(consensus, "NothingToTrim")
        .withArgs(agentId, 2);
      await warpTo(seen + 17);
      await expect(consensus.trim(agentId, 2))
        .to.emit(consensus, "Allocated")
        .withArgs(agentId, 2, 0n, 2n * UNITS, seen + 19);
      await expect(consensus.trim(agentId, 1)).to.be.revertedWithCustomError(consensus, "NothingToTrim");
      await warpTo(seen + 65);
      await consensus.trim(agentId, 1);
      expect(await consensus.allocation(agentId, 1, seen + 67)).to.equal(0n);
    });

    it("spares an agent that sent an empty beat, or committed", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [alive, voting, silent] = panelists;
      const now = (await epoch()) + 10;
      await warpTo(now);
      await alive.beat({});
      await voting.beat({ commit: [] });
      await warpTo(now + 16);
      for (const { agentId } of [alive, voting]) {
        await expect(consensus.trim(agentId, 2))
          .to.be.revertedWithCustomError(consensus, "NothingToTrim")
          .withArgs(agentId, 2);
      }
      await consensus.trim(silent.agentId, 2);
      await warpTo(now + 17);
      await consensus.trim(alive.agentId, 2);
      await consensus.trim(voting.agentId, 2);
      expect(await consensus.totalAllocation(2, now + 19)).to.equal(0n);
    });

    it("reverts where the domain does not exist, and for an agent that stands in none", async () => {
      const { contracts, panelists } = await load();
      const { consensus } = contracts;
      await expect(consensus.trim(panelists[0].agentId, 3))
        .to.be.revertedWithCustomError(consensus, "UnknownDomain")
        .withArgs(3);
      await expect(consensus.trim(99, 1)).to.be.revertedWithCustomError(consensus, "NothingToTrim").withArgs(99, 1);
    });
  });

  describe("a question in flight", () => {
    for (const [change, amount] of [
      ["raised", STAKE],
      ["lowered", TOKEN],
      ["left", 0n],
    ] as const) {
      it(`moves no seat where an allocation is ${change} between commit and reveal`, async () => {
        const { ask, contracts, panelists, warpTo } = await load();
        const { consensus } = contracts;
        const { id, voteEpoch } = await ask(change);
        const [first] = panelists;
        await warpTo(voteEpoch);
        for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 1 }] });
        await consensus.connect(first.owner).allocate(first.agentId, 1, amount);
        await warpTo(voteEpoch + 1);
        await consensus.connect(first.owner).allocate(first.agentId, 1, amount / 2n);
        for (const panelist of panelists) await panelist.beat({ reveal: true });
        expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 3n]);
      });
    }

    it("moves no seat where an agent is slashed and trimmed between commit and reveal", async () => {
      const { ask, contracts, epoch, holdRound, panelists, stranger, warpTo } = await load();
      const { consensus, vault } = contracts;
      const [loser] = panelists;
      for (const { agentId, owner } of panelists) await consensus.connect(owner).allocate(agentId, 2, STAKE);
      await warpTo((await epoch()) + 1);
      const lost = await ask("lost", { domainId: 2 });
      await holdRound(lost.id, [0, 1, 1]);
      const { id, voteEpoch } = await ask("in flight", { domainId: 2 });
      await warpTo(voteEpoch);
      for (const panelist of panelists) await panelist.beat({ commit: [{ id, outcome: 1 }], backing: STAKE / UNIT });
      // W = 3, Wo = 2: two tokens are gone, and with them two thousand units.
      await loser.settle(lost.voteEpoch, stranger);
      expect((await vault.account(loser.agentId)).balance).to.equal(STAKE - 2n * TOKEN);
      await expect(consensus.trim(loser.agentId, 2))
        .to.emit(consensus, "Allocated")
        .withArgs(loser.agentId, 2, (STAKE - 2n * TOKEN) / UNIT, (3n * STAKE - 2n * TOKEN) / UNIT, voteEpoch + 2);
      await warpTo(voteEpoch + 1);
      for (const panelist of panelists) await panelist.beat({ reveal: true });
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([0n, 3n]);
    });
  });
});

/** Lets a panelist forfeit `amount` of its stake. */
async function forfeitAll(
  panelist: Panel["panelists"][0],
  { contracts, epoch, warpTo }: Pick<Panel, "contracts" | "epoch" | "warpTo">,
  amount: bigint,
): Promise<void> {
  const now = await epoch();
  await panelist.beat({ commit: [], exposure: amount });
  await warpTo(now + 1);
  await contracts.consensus.roll();
  await warpTo(now + 2);
  await contracts.consensus.connect(panelist.owner).forfeit(panelist.agentId, await panelist.link());
}
