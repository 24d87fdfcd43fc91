import { offeredSeats, questionId, updateParticipation, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { ALLOCATION, panelLoader, UNIT } from "../kit/panel.ts";
import { fields } from "../kit/results.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection, { domains: [{}, { minStake: 3n * ALLOCATION + 1n }] });

const origin = (asker: string, domainId = 1) => ({
  domainId,
  asker,
  contentHash: ethers.id("content"),
  canaryCommitment: ZERO_HASH as string,
  salt: ethers.id("salt"),
});

describe("Ask", () => {
  describe("ask", () => {
    it("emits QuestionAsked and opens the question for the next epoch", async () => {
      const { contracts, epoch, stranger } = await load();
      const { consensus } = contracts;
      const from = origin(stranger.address);
      const id = await consensus.questionIdOf(from);
      const now = await epoch();
      await expect(consensus.connect(stranger).ask(from, 0, "ipfs://content"))
        .to.emit(consensus, "QuestionAsked")
        .withArgs(id, stranger.address, from.contentHash, ZERO_HASH, from.salt, now + 1, 3n, 0n, "ipfs://content");
      const view = fields(await consensus.question(id));
      expect(view).to.deep.equal({
        status: 1n,
        rounds: 1n,
        voteEpoch: BigInt(now + 1),
        offeredSeats: 3n,
        budgetSeats: 0n,
        canary: 0n,
        gain: 0n,
        loss: 0n,
        evidence: 0n,
      });
    });

    it("takes the fee of the first round from the asker", async () => {
      const { contracts, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const asked = consensus.connect(stranger).ask(origin(stranger.address), 0, "");
      await expect(asked).to.changeTokenBalances(ethers, token, [stranger, vault], [-3n * TOKEN, 3n * TOKEN]);
    });

    it("takes the fees of a budget too, and shows its seats", async () => {
      const { contracts, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const from = origin(stranger.address);
      // 3 + 7 + 15 seats.
      const asked = consensus.connect(stranger).ask(from, 2, "");
      await expect(asked).to.changeTokenBalances(ethers, token, [stranger, vault], [-25n * TOKEN, 25n * TOKEN]);
      expect((await consensus.question(await consensus.questionIdOf(from))).budgetSeats).to.equal(22n);
    });

    it("takes a deposit of a first round's fees for a canary too", async () => {
      const { contracts, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const from = { ...origin(stranger.address), canaryCommitment: ethers.id("sealed") };
      const asked = consensus.connect(stranger).ask(from, 1, "");
      await expect(asked).to.changeTokenBalances(ethers, token, [stranger, vault], [-13n * TOKEN, 13n * TOKEN]);
      expect((await consensus.question(await consensus.questionIdOf(from))).canary).to.equal(1n);
    });

    it("opens a question asked in the freeze an epoch later", async () => {
      const { ask, epoch, warpTo } = await load();
      const now = await epoch();
      // The last sixteenth of 64 seconds; each transaction is mined a second after the last block.
      await warpTo(now, 58);
      expect((await ask("the last second before the freeze")).voteEpoch).to.equal(now + 1);
      expect((await ask("the first second of the freeze")).voteEpoch).to.equal(now + 2);
      await warpTo(now, 62);
      expect((await ask("the last second of the freeze")).voteEpoch).to.equal(now + 2);
      expect((await ask("the first second of the next epoch")).voteEpoch).to.equal(now + 2);
    });

    it("reverts for a caller who is neither the asker nor Claims", async () => {
      const { contracts, deployer, stranger } = await load();
      const { consensus } = contracts;
      await expect(consensus.connect(stranger).ask(origin(deployer.address), 0, ""))
        .to.be.revertedWithCustomError(consensus, "NotPayer")
        .withArgs(deployer.address, stranger.address);
    });

    it("reverts where the domain does not exist", async () => {
      const { contracts, deployer } = await load();
      const { consensus } = contracts;
      await expect(consensus.ask(origin(deployer.address, 3), 0, ""))
        .to.be.revertedWithCustomError(consensus, "UnknownDomain")
        .withArgs(3);
    });

    it("reverts where the same was asked before, even if it is final", async () => {
      const { contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const asked = await decide("twice", [1, 1, 1]);
      const again = () => consensus.ask(asked.origin, 0, "another uri");
      await expect(again()).to.be.revertedWithCustomError(consensus, "QuestionExists").withArgs(asked.id);
      await warpTo(asked.voteEpoch + 3);
      await consensus.finalize(asked.id);
      await expect(again()).to.be.revertedWithCustomError(consensus, "QuestionExists").withArgs(asked.id);
    });

    it("reverts where the budget is of as many rounds as the domain has, or more", async () => {
      const { contracts, deployer } = await load();
      const { consensus } = contracts;
      const from = origin(deployer.address);
      const id = await consensus.questionIdOf(from);
      for (const rounds of [3, 255]) {
        await expect(consensus.ask(from, rounds, ""))
          .to.be.revertedWithCustomError(consensus, "TooManyRounds")
          .withArgs(id, rounds + 1, 3);
      }
    });

    it("reverts where the stake that counts in the vote epoch is below the minimum", async () => {
      const { contracts, deployer, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [first] = panelists;
      const from = origin(deployer.address, 2);
      const units = (3n * ALLOCATION) / UNIT;
      const refused = async () => {
        await expect(consensus.ask(from, 0, ""))
          .to.be.revertedWithCustomError(consensus, "DomainBelowMinStake")
          .withArgs(2, units, units + 1n);
      };
      await refused();
      await consensus.connect(first.owner).allocate(first.agentId, 2, ALLOCATION + UNIT);
      await refused();
      await warpTo((await epoch()) + 1);
      await consensus.ask(from, 0, "");
    });

    it("reverts where the asker has not approved the fee, and opens nothing", async () => {
      const { contracts, stranger } = await load();
      const { consensus, token, vault } = contracts;
      const from = origin(stranger.address);
      await token.connect(stranger).approve(vault, 3n * TOKEN - 1n);
      await expect(consensus.connect(stranger).ask(from, 0, ""))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(vault, 3n * TOKEN - 1n, 3n * TOKEN);
      expect((await consensus.question(await consensus.questionIdOf(from))).status).to.equal(0n);
    });
  });

  describe("questionIdOf", () => {
    it("equals the id of the TypeScript rules", async () => {
      const { contracts, stranger } = await load();
      const from = { ...origin(stranger.address, 7), canaryCommitment: ethers.id("sealed") };
      expect(await contracts.consensus.questionIdOf(from)).to.equal(
        questionId(from as Parameters<typeof questionId>[0]),
      );
    });
  });

  describe("k'", () => {
    it("stays the seats asked for while all offered seats are revealed", async () => {
      const { ask, contracts, decide, warpTo } = await load();
      const { consensus } = contracts;
      const { id, voteEpoch } = await decide("all vote", [1, 1, 0]);
      await warpTo(voteEpoch + 3);
      await consensus.finalize(id);
      expect((await consensus.statistics(1)).participation).to.equal(65_535n);
      expect((await consensus.question((await ask("next")).id)).offeredSeats).to.equal(3n);
    });

    it("grows with the running mean of participation, in further rounds too", async () => {
      const { ask, contracts, warpTo } = await load();
      const { consensus } = contracts;
      let participation = 65_535;
      for (let i = 0; i < 6; i++) {
        const { id, voteEpoch } = await ask(`nobody votes ${i}`);
        await warpTo(voteEpoch + 3);
        await consensus.finalize(id);
        participation = updateParticipation(participation, 0, offeredSeats(3, participation));
      }
      // 65535 x (15/16)^6, rounded up at each step.
      expect((await consensus.statistics(1)).participation).to.equal(BigInt(participation));
      const { id, voteEpoch } = await ask("the next");
      expect((await consensus.question(id)).offeredSeats).to.equal(4n);
      await warpTo(voteEpoch + 2);
      const k = BigInt(offeredSeats(7, participation));
      expect(k).to.equal(10n);
      await expect(consensus.appeal(id)).to.emit(consensus, "RoundStarted");
      expect((await consensus.question(id)).offeredSeats).to.equal(k);
    });

    it("grows to four times the seats asked for, and not beyond", async () => {
      const { ask, contracts, epoch, warpTo } = await load();
      const { consensus } = contracts;
      for (let batch = 0; batch < 3; batch++) {
        const ids = [];
        for (let i = 0; i < 10; i++) ids.push((await ask(`idle ${batch} ${i}`)).id);
        await warpTo((await epoch()) + 4);
        for (const id of ids) await consensus.finalize(id);
      }
      // Thirty questions nobody voted on: 65535 x (15/16)^30 is about a seventh.
      const { participation } = await consensus.statistics(1);
      expect(participation).to.be.lessThan(65_535n / 4n);
      expect((await consensus.question((await ask("the next")).id)).offeredSeats).to.equal(12n);
    });
  });
});
