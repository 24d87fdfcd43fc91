import { questionIdOf, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { id } from "ethers";

import {
  AUTHOR,
  ask,
  assert,
  assertionOf,
  challenge,
  claimOf,
  type Desk,
  deskFixture,
  dispute,
  EPOCH_LENGTH,
  ethers,
  networkHelpers,
  NO_AGENT,
  NO_CLAIM,
  NO_DOMAIN,
  NO_OUTCOME,
  ODD,
  PLAIN,
  SLEEPING,
  statementOf,
  STATUS,
  TOKEN,
  UNBONDING_EPOCHS,
  VERDICT,
  verdictOf,
  WINDOW,
} from "./kit.ts";

const ODD_SEAT_BOND = 24n * (TOKEN + 7n);
const UNKNOWN = [VERDICT.unknown, NO_OUTCOME, 0n, 0n];

/** `verdict` says this; `finalVerdict` says the same where it is final, and refuses where it is not. */
async function expectVerdict(c: Desk, claimId: string, verdict: bigint[]) {
  expect(await verdictOf(c, claimId)).to.deep.equal(verdict);
  if (verdict[0] === VERDICT.resolved || verdict[0] === VERDICT.unresolved) {
    expect(await c.claims.finalVerdict(claimId)).to.deep.equal(verdict);
  } else {
    await expect(c.claims.finalVerdict(claimId))
      .to.be.revertedWithCustomError(c.claims, "NotFinal")
      .withArgs(claimId, verdict[0]);
  }
}

/** Everybody takes their stake out of PLAIN and ODD, from the epoch after the next. */
async function leave(c: Desk) {
  for (const { agentId, owner } of c.members) {
    for (const domainId of [PLAIN, ODD]) await c.consensus.connect(owner).allocate(agentId, domainId, 0n);
  }
}

describe("Claims", function () {
  describe("verdict, finalVerdict and stakeAtRisk", function () {
    it("should be unknown, with nothing at risk, for an id that is no claim's", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const ids = [
        ZERO_HASH,
        id("nothing"),
        await c.claims.claimIdOf(assertionOf(c)),
        await c.claims.challengeIdOf(await statementOf(), 1),
      ];
      for (const claimId of ids) {
        await expectVerdict(c, claimId, UNKNOWN);
        expect(await c.claims.stakeAtRisk(claimId)).to.equal(0n);
        expect(await claimOf(c, claimId)).to.deep.equal(NO_CLAIM);
      }
    });

    it("should follow an asked question from its opening to its finalization", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const claimId = await ask(c);
      const expectState = async (verdict: bigint[]) => {
        await expectVerdict(c, claimId, verdict);
        expect(await c.claims.stakeAtRisk(claimId)).to.equal(24n * TOKEN);
      };

      await expectState([VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await c.vote([[questionIdOf(claimId), [1, 1, 1]]]);
      await expectState([VERDICT.provisional, 1n, 10_000n, 1n]);
      await c.warpTo((await c.epoch()) + 1, -1);
      await expectState([VERDICT.provisional, 1n, 10_000n, 1n]);
      await c.warpTo((await c.epoch()) + 1);
      await expectState([VERDICT.resolved, 1n, 10_000n, 1n]);
      await c.consensus.finalize(questionIdOf(claimId));
      await expectState([VERDICT.resolved, 1n, 10_000n, 1n]);
      expect(await claimOf(c, claimId)).to.deep.equal(NO_CLAIM);
    });

    it("should follow a question that stays undecided", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const claimId = await ask(c);

      await c.vote([[questionIdOf(claimId), [0, 1, null]]]);
      await expectVerdict(c, claimId, [VERDICT.undecided, 0n, 5_000n, 1n]);
      await c.skipEpochs(1);
      await expectVerdict(c, claimId, [VERDICT.unresolved, 0n, 5_000n, 1n]);
    });

    it("should know a question by one id only, and by no alias of it", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const claimId = await ask(c);
      await c.vote([[questionIdOf(claimId), [1, 1, 1]]]);
      await c.skipEpochs(1);
      await expectVerdict(c, claimId, [VERDICT.resolved, 1n, 10_000n, 1n]);

      for (const tail of [1n, 1n << 8n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n]) {
        const alias = `0x${(BigInt(claimId) | tail).toString(16).padStart(64, "0")}`;
        await expectVerdict(c, alias, UNKNOWN);
        expect(await c.claims.stakeAtRisk(alias)).to.equal(0n);
      }
    });

    it("should know a question of a claim in court by the claim's id and by its own", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { claimId } = await dispute(c);
      const asked = `${await c.questionOf(claimId)}${"00".repeat(8)}`;

      expect(await verdictOf(c, asked)).to.deep.equal(await verdictOf(c, claimId));
    });

    it("should follow an assertion that nobody disputes", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c, { domainId: ODD, outcome: 2 });
      const end = (await c.epoch()) + WINDOW;
      const expectState = async (verdict: bigint[]) => {
        await expectVerdict(c, claimId, verdict);
        expect(await c.claims.stakeAtRisk(claimId)).to.equal(0n);
      };

      await expectState([VERDICT.provisional, 2n, 0n, 0n]);
      await c.warpTo(end + 1, -1);
      await expectState([VERDICT.provisional, 2n, 0n, 0n]);
      await c.warpTo(end + 1);
      await expectState([VERDICT.resolved, 2n, 0n, 0n]);
      await c.claims.resolve(a);
      await expectState([VERDICT.resolved, 2n, 0n, 0n]);
    });

    it("should follow an assertion that is disputed, past its window and its closing", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c, { domainId: ODD, outcome: 2 });
      const expectState = async (verdict: bigint[]) => {
        await expectVerdict(c, claimId, verdict);
        expect(await c.claims.stakeAtRisk(claimId)).to.equal(ODD_SEAT_BOND);
      };

      await expectState([VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await c.vote([[await c.questionOf(claimId), [0, 0, 0]]]);
      await expectState([VERDICT.provisional, 0n, 10_000n, 1n]);
      await c.skipEpochs(1);
      await expectState([VERDICT.resolved, 0n, 10_000n, 1n]);
      await c.claims.resolve(a);
      await expectState([VERDICT.resolved, 0n, 10_000n, 1n]);
    });

    it("should be unresolved for an assertion that is abandoned, with nothing at risk", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      await leave(c);
      await c.skipEpochs(1);
      await c.asOpponent.dispute(a, "");

      await expectVerdict(c, claimId, [VERDICT.unresolved, NO_OUTCOME, 0n, 0n]);
      expect(await c.claims.stakeAtRisk(claimId)).to.equal(0n);
    });

    it("should follow a statement that is challenged, past its closing and into its next attempt", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { s, signature, claimId } = await challenge(c, { domainId: ODD, outcome: 0 });
      const expectState = async (verdict: bigint[]) => {
        await expectVerdict(c, claimId, verdict);
        expect(await c.claims.stakeAtRisk(claimId)).to.equal(ODD_SEAT_BOND);
      };

      await expectState([VERDICT.voting, NO_OUTCOME, 0n, 1n]);
      await c.decide([claimId, [0, 0, 0]]);
      await expectState([VERDICT.resolved, 0n, 10_000n, 1n]);
      await c.claims.resolveChallenge(s, 1);
      await c.asOpponent.challenge(s, signature, "");
      await expectState([VERDICT.resolved, 0n, 10_000n, 1n]);
      await expectVerdict(c, await c.claims.challengeIdOf(s, 2), [VERDICT.voting, NO_OUTCOME, 0n, 1n]);
    });
  });

  describe("claim", function () {
    it("should keep what an assertion said once it is closed", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await dispute(c, { domainId: ODD, outcome: 2 });
      const before = await claimOf(c, claimId);
      await c.decide([claimId, [2, 2, 2]]);
      await c.claims.resolve(a);

      expect(await claimOf(c, claimId)).to.deep.equal({ ...before, status: STATUS.closed });
      expect(before.outcome).to.equal(2n);
    });
  });

  describe("slashable", function () {
    async function pledgedFixture() {
      const c = await deskFixture();
      await c.vault.connect(c.author).pledge(AUTHOR, 100n);
      const now = await c.epoch();
      return { ...c, now, at: (epoch: number, offset = 0) => BigInt(c.startOf(epoch) + offset) };
    }

    it("should be the pledge up to the last second of UNBONDING_EPOCHS, and nothing from there", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const end = c.now + UNBONDING_EPOCHS;
      for (const [until, amount] of [
        [0n, 100n],
        [c.at(c.now), 100n],
        [c.at(c.now + 1), 100n],
        [c.at(end, -1), 100n],
        [c.at(end), 0n],
        [2n ** 256n - 1n, 0n],
      ] as const) {
        expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(amount, `until ${until}`);
      }
    });

    it("should leave out what is being lowered, from the second it can be completed in", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      await c.vault.connect(c.author).lowerPledge(AUTHOR, 30n);
      await c.skipEpochs(1);
      const due = c.now + UNBONDING_EPOCHS;

      expect(await c.claims.slashable(AUTHOR, PLAIN, c.at(due, -1))).to.equal(100n);
      expect(await c.claims.slashable(AUTHOR, PLAIN, c.at(due))).to.equal(70n);
      expect(await c.claims.slashable(AUTHOR, PLAIN, c.at(due + 1, -1))).to.equal(70n);
      expect(await c.claims.slashable(AUTHOR, PLAIN, c.at(due + 1))).to.equal(0n);
    });

    it("should leave out what challenges have locked", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const until = c.startOf((await c.epoch()) + 1);
      await challenge(c, {}, 40n * TOKEN);

      expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(4n * TOKEN);
    });

    it("should be nothing for an agent without a pledge, or that does not exist", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      expect(await c.claims.slashable(0n, PLAIN, c.at(c.now))).to.equal(0n);
      expect(await c.claims.slashable(NO_AGENT, PLAIN, c.at(c.now))).to.equal(0n);
    });

    it("should be nothing in a domain below its minimum stake", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);
      const until = c.at(c.now + 1);
      expect(await c.claims.slashable(AUTHOR, SLEEPING, until)).to.equal(0n);
      await leave(c);

      expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(100n);
      await c.warpTo(c.now, EPOCH_LENGTH - EPOCH_LENGTH / 16 - 1);
      expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(100n);
      // In the freeze a question asked now would be voted when the stake has left.
      await c.warpTo(c.now, EPOCH_LENGTH - EPOCH_LENGTH / 16);
      expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(0n);
      await c.warpTo(c.now + 1);
      expect(await c.claims.slashable(AUTHOR, PLAIN, until)).to.equal(0n);
    });

    it("should revert as Consensus does in a domain that does not exist", async function () {
      const c = await networkHelpers.loadFixture(pledgedFixture);

      await expect(c.claims.slashable(AUTHOR, NO_DOMAIN, 0))
        .to.be.revertedWithCustomError(c.consensus, "UnknownDomain")
        .withArgs(NO_DOMAIN);
    });
  });

  it("should be wired to its own deployment, and take no ether", async function () {
    const c = await networkHelpers.loadFixture(deskFixture);

    expect(await c.claims.consensus()).to.equal(await c.consensus.getAddress());
    expect(await c.claims.vault()).to.equal(c.vaultAddress);
    expect(await c.claims.registry()).to.equal(await c.registry.getAddress());
    expect(await c.claims.MIN_BOND_FEES()).to.equal(4n);
    expect(await c.consensus.claims()).to.equal(await c.claims.getAddress());
    await expect(c.stranger.sendTransaction({ to: c.claims, value: 1n })).to.revert(ethers);
  });
});
