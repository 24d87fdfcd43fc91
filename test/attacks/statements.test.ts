import type { Statement } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import {
  assert,
  AUTHOR,
  AUTHOR_STAKE,
  type Desk,
  deskFixture,
  FEE,
  MIN_BOND,
  networkHelpers,
  PLAIN,
  sendAssertion,
  assertionOf,
  sign,
  signer,
  SLEEPING,
  statementOf,
  STATUS,
  TOKEN,
  UNBONDING_EPOCHS,
  VERDICT,
  verdictOf,
} from "../claims/kit.ts";
import { recruit, wealthOf } from "./kit.ts";

const BOND = MIN_BOND[PLAIN]!;
const PLAIN_FEE = FEE[PLAIN]!;

/** What the author owns, its agent's stake included; with an accomplice's. */
const wealthOfAuthor = (c: Desk, ...accomplices: HardhatEthersSigner[]) =>
  wealthOf(c, [c.author, ...accomplices], [AUTHOR]);

/** A false statement of the author's, with as much pledged as its bond and a signature that the opponent holds. */
async function liar(overrides: (c: Desk, epoch: number) => Partial<Statement> = () => ({})) {
  const c = await networkHelpers.loadFixture(deskFixture);
  await c.vault.connect(c.author).pledge(AUTHOR, BOND);
  const statement = await statementOf(overrides(c, await c.epoch()));
  return { c, statement, signature: await sign(c, statement) };
}

type Liar = Awaited<ReturnType<typeof liar>>;

/** Brings the statement to court as `challenger`; `decided` tells how its committee votes: 0 refutes it. */
async function challenged(
  { c, statement, signature }: Liar,
  challenger: HardhatEthersSigner,
  decided: 0 | 1,
  attempt = 1,
) {
  await c.claims.connect(challenger).challenge(statement, signature, "");
  const claimId = await c.claims.challengeIdOf(statement, attempt);
  await c.decide([claimId, [decided, decided, decided]]);
  await c.claims.resolveChallenge(statement, attempt);
}

/** What author and opponent have gained once the statement is refuted, after whatever the author does before it is challenged. */
async function refuted(l: Liar, dodge: (c: Desk) => Promise<unknown> = async () => {}) {
  const { c } = l;
  const before = [await wealthOfAuthor(c), await wealthOf(c, [c.opponent], [])] as const;
  await dodge(c);
  await challenged(l, c.opponent, 0);
  return [(await wealthOfAuthor(c)) - before[0], (await wealthOf(c, [c.opponent], [])) - before[1]];
}

/** The author loses its bond; the opponent has half of it, less the fee it advanced. */
const PUNISHED = [-BOND, BOND / 2n - PLAIN_FEE];

describe("Attacks on statements and assertions", () => {
  describe("by having nothing left", () => {
    it("emptying free stake to dodge a challenge", async () => {
      expect(await refuted(await liar())).to.deep.equal(PUNISHED);
      const l = await liar();
      const { vault } = l.c;
      const dodged = await refuted(l, async (c) => {
        await c.vault.connect(c.author).requestWithdrawal(AUTHOR, AUTHOR_STAKE - BOND);
        await c.vault.connect(c.author).lowerPledge(AUTHOR, BOND);
        const { free, pledged } = await c.vault.account(AUTHOR);
        expect([free, pledged]).to.deep.equal([0n, BOND]);
      });
      expect(dodged).to.deep.equal(PUNISHED);
      // Of what it was lowering nothing is left to complete.
      expect(await vault.loweringOf(AUTHOR)).to.deep.equal([0n, (await vault.loweringOf(AUTHOR))[1]]);
      await expect(vault.completeLowering(AUTHOR))
        .to.be.revertedWithCustomError(vault, "NothingLowering")
        .withArgs(AUTHOR);
    });

    it("outliving the pledge behind a statement", async () => {
      const l = await liar();
      const { c, statement } = l;
      const now = await c.epoch();
      // A reader was told: for certain until the unbonding is over, and not a second longer.
      const over = BigInt(c.startOf(now + UNBONDING_EPOCHS));
      expect(await c.claims.slashable(AUTHOR, PLAIN, over - 1n)).to.equal(BOND);
      expect(await c.claims.slashable(AUTHOR, PLAIN, over)).to.equal(0);
      expect(statement.expiry).to.be.greaterThan(over);
      const got = await refuted(l, async ({ vault, author, warpTo }) => {
        await vault.connect(author).lowerPledge(AUTHOR, BOND);
        await warpTo(now + UNBONDING_EPOCHS);
        await vault.completeLowering(AUTHOR);
      });
      expect(got).to.deep.equal([0n, -PLAIN_FEE]);
    });

    it("signing more than the pledge covers", async () => {
      const l = await liar();
      const { c } = l;
      const before = [
        await wealthOfAuthor(c),
        await wealthOf(c, [c.opponent], []),
        await wealthOf(c, [c.buyer], []),
      ] as const;
      const second = await statementOf({ nonce: 8n });
      await c.asOpponent.challenge(l.statement, l.signature, "");
      await c.claims.connect(c.buyer).challenge(second, await sign(c, second), "");
      const claimIds = [await c.claims.challengeIdOf(l.statement, 1), await c.claims.challengeIdOf(second, 1)] as const;
      await c.decide([claimIds[0], [0, 0, 0]], [claimIds[1], [0, 0, 0]]);
      await c.claims.resolveChallenge(l.statement, 1);
      await c.claims.resolveChallenge(second, 1);
      // It loses what it had pledged, once; whoever came second has proved it a liar at its own cost.
      expect((await wealthOfAuthor(c)) - before[0]).to.equal(-BOND);
      expect((await wealthOf(c, [c.opponent], [])) - before[1]).to.equal(BOND / 2n - PLAIN_FEE);
      expect((await wealthOf(c, [c.buyer], [])) - before[2]).to.equal(-PLAIN_FEE);
    });
  });

  describe("by being first", () => {
    /** The accomplice is first, withholds the content, and the committee upholds what it cannot check. */
    async function challengedItself(expires = false) {
      const l = await liar(expires ? (c, now) => ({ expiry: BigInt(c.startOf(now + 4)) }) : undefined);
      const { c } = l;
      const before = await wealthOfAuthor(c, c.keeper);
      await c.asKeeper.challenge(l.statement, l.signature, "");
      const claimId = await c.claims.challengeIdOf(l.statement, 1);
      // Meanwhile nobody else can.
      const digest = await c.claims.hashStatement(l.statement);
      await expect(c.asOpponent.challenge(l.statement, l.signature, ""))
        .to.be.revertedWithCustomError(c.claims, "StatementUnderChallenge")
        .withArgs(digest, 1);
      await c.vote([[await c.questionOf(claimId), [1, 1, null]]]);
      return { ...l, claimId, change: async () => (await wealthOfAuthor(c, c.keeper)) - before };
    }

    it("challenging oneself before somebody else does, with the content withheld", async () => {
      const l = await challengedItself();
      const { c, change } = l;
      await c.skipEpochs(1);
      await c.claims.resolveChallenge(l.statement, 1);
      // Half of the accomplice's bond is burned, and the committee is paid; the other half is the author's.
      expect(await change()).to.equal(-(BOND / 2n + PLAIN_FEE));
      const before = await wealthOf(c, [c.opponent], []);
      await challenged(l, c.opponent, 0, 2);
      expect(await change()).to.equal(-(BOND / 2n + PLAIN_FEE) - BOND);
      expect((await wealthOf(c, [c.opponent], [])) - before).to.equal(BOND / 2n - PLAIN_FEE);
      expect(await c.claims.statementStatus(l.statement)).to.deep.equal([2n, false, true]);
    });

    it("disputing oneself before somebody else does", async () => {
      const outcomes = [];
      for (const first of ["opponent", "keeper"] as const) {
        const c = await networkHelpers.loadFixture(deskFixture);
        const coalition = [c.asserter, c.keeper];
        const before = await wealthOf(c, coalition, []);
        const { a, claimId } = await assert(c);
        await c.claims.connect(c[first]).dispute(a, "");
        await expect(c.claims.connect(c.buyer).dispute(a, ""))
          .to.be.revertedWithCustomError(c.claims, "UnexpectedStatus")
          .withArgs(claimId, STATUS.inCourt);
        await c.decide([claimId, [0, 0, 0]]);
        await c.claims.resolve(a);
        outcomes.push((await wealthOf(c, coalition, [])) - before);
      }
      // A false assertion costs its bond. Its author's accomplice, if it is first, brings half of it back, less the committee's fee.
      expect(outcomes).to.deep.equal([-BOND, -BOND + BOND / 2n - PLAIN_FEE]);
    });

    it("taking a challenge out of the mempool", async () => {
      const l = await liar();
      const { c } = l;
      const before = [await wealthOf(c, [c.opponent], []), await wealthOf(c, [c.keeper], [])] as const;
      // Statement and signature are all that it takes: who copies the finder's transaction and pays more gas is the challenger.
      await challenged(l, c.keeper, 0);
      const digest = await c.claims.hashStatement(l.statement);
      await expect(c.asOpponent.challenge(l.statement, l.signature, ""))
        .to.be.revertedWithCustomError(c.claims, "StatementFallen")
        .withArgs(digest, 1);
      expect((await wealthOf(c, [c.opponent], [])) - before[0]).to.equal(0n);
      expect((await wealthOf(c, [c.keeper], [])) - before[1]).to.equal(BOND / 2n - PLAIN_FEE);
    });

    it("challenging oneself until the statement expires", async () => {
      const l = await challengedItself(true);
      const { c, change, statement } = l;
      await c.skipEpochs(1);
      await c.claims.resolveChallenge(statement, 1);
      await expect(c.asOpponent.challenge(statement, l.signature, ""))
        .to.be.revertedWithCustomError(c.claims, "StatementExpired")
        .withArgs(statement.expiry, (await networkHelpers.time.latest()) + 1);
      // A quarter cheaper than to be challenged: the last four epochs before an expiry are not the time to wait for.
      expect(await change()).to.equal(-(BOND / 2n + PLAIN_FEE));
      expect(BOND / 2n + PLAIN_FEE).to.equal((BOND * 3n) / 4n);
      expect(await c.claims.statementStatus(l.statement)).to.deep.equal([1n, false, false]);
    });

    it("challenging oneself against an appeal that shows the content", async () => {
      const l = await challengedItself(true);
      const { c, change, claimId, statement } = l;
      const questionId = await c.questionOf(claimId);
      const before = await wealthOf(c, [c.opponent], []);
      await c.consensus.connect(c.opponent).appeal(questionId);
      await c.vote([[questionId, [0, 0, 0]]]);
      await c.skipEpochs(1);
      await c.claims.resolveChallenge(statement, 1);
      await c.consensus.finalize(questionId);
      const [status, outcome, , rounds] = await verdictOf(c, claimId);
      expect([status, outcome, rounds]).to.deep.equal([VERDICT.resolved, 0n, 2n]);
      // The statement falls, the appellant has its fee and half as much again, and the coalition pays what it paid before.
      expect(await c.claims.statementStatus(l.statement)).to.deep.equal([1n, false, true]);
      expect((await wealthOf(c, [c.opponent], [])) - before).to.equal((19n * TOKEN) / 2n);
      expect(await change()).to.equal(-(BOND / 2n + PLAIN_FEE));
    });
  });

  describe("by changing who answers", () => {
    it("escaping a statement by retiring its signer", async () => {
      const l = await liar();
      const { c, signature } = l;
      let retired = 0;
      const got = await refuted(l, async (c) => {
        retired = await c.epoch();
        await c.asAuthor.retireSigner(AUTHOR, signer);
        // Retired is retired: it cannot be had sooner by retiring again.
        await expect(c.asAuthor.retireSigner(AUTHOR, signer))
          .to.be.revertedWithCustomError(c.claims, "NotASigner")
          .withArgs(AUTHOR, signer.address);
        await c.warpTo(retired + UNBONDING_EPOCHS - 1);
      });
      expect(got).to.deep.equal(PUNISHED);
      expect(await c.claims.answerableUntil(AUTHOR, signer)).to.equal(retired + UNBONDING_EPOCHS);
      // An epoch later it would have been too late, for this statement as for any other of that key.
      const late = await liar();
      await late.c.asAuthor.retireSigner(AUTHOR, signer);
      await late.c.skipEpochs(UNBONDING_EPOCHS);
      await expect(late.c.asOpponent.challenge(late.statement, late.signature, ""))
        .to.be.revertedWithCustomError(late.c.claims, "NotASigner")
        .withArgs(AUTHOR, signer.address);
      expect(signature).to.equal(await sign(c, l.statement));
    });

    it("escaping a statement by selling the NFT", async () => {
      // To its own second account: the pledge stays where it is, and is lost as before.
      const l = await liar();
      const { c } = l;
      const before = await wealthOfAuthor(c, c.buyer);
      const got = await refuted(l, async (c) => {
        await c.registry.connect(c.author).transferFrom(c.author, c.buyer, AUTHOR);
        await expect(c.vault.connect(c.author).lowerPledge(AUTHOR, BOND))
          .to.be.revertedWithCustomError(c.vault, "NotAgentOwner")
          .withArgs(AUTHOR, c.author.address);
        await c.claims.connect(c.buyer).retireSigner(AUTHOR, signer);
        await c.vault.connect(c.buyer).lowerPledge(AUTHOR, BOND);
      });
      expect(got).to.deep.equal(PUNISHED);
      expect((await wealthOfAuthor(c, c.buyer)) - before).to.equal(-BOND);
    });

    it("signing for an agent that was sold", async () => {
      const { c, statement } = await liar();
      const { vault } = c;
      await c.registry.connect(c.author).transferFrom(c.author, c.buyer, AUTHOR);
      await c.claims.connect(c.buyer).retireSigner(AUTHOR, signer);
      const before = [await wealthOf(c, [c.author, c.keeper], []), await wealthOf(c, [c.buyer], [AUTHOR])] as const;
      // The seller's key still answers for 18 epochs: it signs a falsehood, and an accomplice takes the buyer's pledge for it.
      const fresh = { ...statement, nonce: 99n };
      await c.asKeeper.challenge(fresh, await sign(c, fresh), "");
      await c.decide([await c.claims.challengeIdOf(fresh, 1), [0, 0, 0]]);
      await c.claims.resolveChallenge(fresh, 1);
      expect((await wealthOf(c, [c.author, c.keeper], [])) - before[0]).to.equal(BOND / 2n - PLAIN_FEE);
      expect((await wealthOf(c, [c.buyer], [AUTHOR])) - before[1]).to.equal(-BOND);
      // A buyer that pledges nothing until then has nothing that it could take.
      const { pledged } = await vault.account(AUTHOR);
      expect(pledged).to.equal(0);
      await c.skipEpochs(UNBONDING_EPOCHS);
      await vault.connect(c.buyer).pledge(AUTHOR, BOND);
      const stale = { ...statement, nonce: 100n };
      await expect(c.asKeeper.challenge(stale, await sign(c, stale), ""))
        .to.be.revertedWithCustomError(c.claims, "NotASigner")
        .withArgs(AUTHOR, signer.address);
    });
  });

  describe("by starving the domain", () => {
    const UNITS_WANTED = 2_160_000n;

    /** An agent of the stranger's, and nobody else, lifts a domain above its minimum stake. */
    async function lifted(stake = 2_500n * TOKEN) {
      const c = await networkHelpers.loadFixture(deskFixture);
      const agent = await recruit(c.world, c.stranger, { stake, allocation: stake, domains: [SLEEPING] });
      await c.skipEpochs(2);
      const leave = () => c.consensus.connect(c.stranger).allocate(agent.agentId, SLEEPING, 0);
      const wealth = () => wealthOf(c, [c.stranger], [agent.agentId]);
      const fortunes = async () => [await wealth(), await wealthOf(c, [c.opponent], [])] as const;
      const claim = assertionOf(c, { domainId: SLEEPING, asserter: c.stranger.address });
      return { c, agent, leave, fortunes, before: await fortunes(), claim, claimId: await c.claims.claimIdOf(claim) };
    }

    it("asserting in a starved domain", async () => {
      const idle = await networkHelpers.loadFixture(deskFixture);
      await expect(sendAssertion(idle, assertionOf(idle, { domainId: SLEEPING })))
        .to.be.revertedWithCustomError(idle.claims, "DomainBelowMinStake")
        .withArgs(SLEEPING);
      // Lifted by the asserter's own stake, which leaves at once: an epoch later a dispute needs neither bond nor fee.
      const { c, leave, fortunes, before, claim, claimId } = await lifted();
      await sendAssertion(c, claim, c.stranger);
      await leave();
      await c.skipEpochs(1);
      await expect(c.asOpponent.dispute(claim, ""))
        .to.emit(c.claims, "AssertionAbandoned")
        .withArgs(claimId, c.opponent.address);
      expect(await fortunes()).to.deep.equal(before);
      expect(await verdictOf(c, claimId)).to.deep.equal([VERDICT.unresolved, 255n, 0n, 0n]);
      await c.skipEpochs(3);
      await expect(c.claims.resolve(claim))
        .to.be.revertedWithCustomError(c.claims, "UnexpectedStatus")
        .withArgs(claimId, STATUS.abandoned);
    });

    it("asserting where one's own stake is the whole committee", async () => {
      const { c, agent, fortunes, before, claim, claimId } = await lifted();
      await sendAssertion(c, claim, c.stranger);
      await c.asOpponent.dispute(claim, "");
      const id = (await c.questionOf(claimId)) as `0x${string}`;
      const voteEpoch = (await c.epoch()) + 1;
      await c.warpTo(voteEpoch);
      await agent.beat({ commit: [{ id, outcome: Number(claim.outcome), seats: 9 }], backing: 2_500_000n });
      await c.warpTo(voteEpoch + 1);
      await agent.beat({ reveal: true });
      await c.warpTo(voteEpoch + 3);
      await agent.settle(voteEpoch);
      await c.claims.resolve(claim);
      // It upholds itself: half the bond, of which it pays the fee that it earns as its own committee. Look who stands in a domain.
      const after = await fortunes();
      expect([after[0] - before[0], after[1] - before[1]]).to.deep.equal([BOND / 2n, -BOND]);
      expect(await c.claims.stakeAtRisk(claimId)).to.equal(24n * TOKEN);
    });

    it("starving a domain to escape a statement", async () => {
      const { c, agent, leave } = await lifted();
      const { agentId } = agent;
      const author = c.stranger;
      await c.claims.connect(author).addSigner(agentId, signer);
      await c.vault.connect(author).deposit(agentId, BOND);
      await c.vault.connect(author).pledge(agentId, BOND);
      const statement = await statementOf({ agentId, domainId: SLEEPING });
      const signature = await sign(c, statement);
      const until = BigInt(c.startOf((await c.epoch()) + 10));
      expect(await c.claims.slashable(agentId, SLEEPING, until)).to.equal(BOND);
      await leave();
      await c.skipEpochs(1);
      // Its reader sees it at once, and can do nothing about it...
      expect(await c.claims.slashable(agentId, SLEEPING, until)).to.equal(0);
      const before = [await wealthOf(c, [author], [agentId]), await wealthOf(c, [c.opponent], [])] as const;
      await expect(c.asOpponent.challenge(statement, signature, ""))
        .to.be.revertedWithCustomError(c.consensus, "DomainBelowMinStake")
        .withArgs(SLEEPING, 0, UNITS_WANTED);
      // ...until somebody with stake lifts the domain again, which the pledge outlasts.
      const [juror] = c.world.agents;
      await juror!.allocate(SLEEPING, 2_500n * TOKEN);
      await c.skipEpochs(2);
      await c.asOpponent.challenge(statement, signature, "");
      expect((await c.vault.account(agentId)).locked).to.equal(BOND);
      const after = [await wealthOf(c, [author], [agentId]), await wealthOf(c, [c.opponent], [])] as const;
      expect([after[0] - before[0], after[1] - before[1]]).to.deep.equal([0n, -BOND - PLAIN_FEE]);
    });
  });
});
