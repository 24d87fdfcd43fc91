import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import { ALLOCATION, type Panel, type Panelist, panelLoader, SEAT_BOND, STAKE, UNIT } from "../kit/panel.ts";
import { errorOf, eventsOf, expectSkipped, relay, signBeat, stateOf, uncovered } from "../kit/relay.ts";
import { fields, values } from "../kit/results.ts";
import { termsWord } from "../kit/terms.ts";
import { rotateWallet } from "../kit/wallet.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
// One round, decided by more than half.
const load = panelLoader(connection, { domains: [{ maxRounds: 1 }], chainLength: 4_096 });

const UNITS = ALLOCATION / UNIT;
const FEE = 10n ** 15n;
const key = new Wallet(ethers.id("key of a contract wallet"));

/** Takes all ether from the owners of the agents: from here on they can send nothing themselves. */
async function impoverish({ panelists }: Panel): Promise<void> {
  for (const { owner } of panelists) await networkHelpers.setBalance(owner.address, 0);
}

/** The second panelist has committed an empty ballot of 100 wei; now is the epoch to reveal it. */
async function committed(exposure = 100n) {
  const panel = await load();
  const victim = panel.panelists[1];
  const ballotEpoch = await panel.epoch();
  await victim.beat({ commit: [], exposure });
  await panel.warpTo(ballotEpoch + 1);
  return { ...panel, victim, ballotEpoch };
}

/** The agent's wallet is from now on a contract that knows `key`. */
async function useContractWallet({ contracts }: Panel, { agentId, owner }: Panelist): Promise<void> {
  const wallet = await ethers.deployContract("Erc1271Wallet", [key]);
  const signTypedData = key.signTypedData.bind(key);
  await rotateWallet(connection, contracts, agentId, owner, { address: await wallet.getAddress(), signTypedData });
}

describe("Relay", () => {
  describe("beatFor", () => {
    it("carries several agents without ether through a question's life, by a stranger, for fees out of free stake", async () => {
      const panel = await load();
      const { ask, contracts, panelists, stranger, sunk, warpTo } = panel;
      const { consensus, token, vault } = contracts;
      const { id, voteEpoch } = await ask("relayed");
      await impoverish(panel);
      const held = await token.balanceOf(vault);
      const fees = [FEE, 2n * FEE, 3n * FEE];
      const relayAll = async (parts: (i: number) => Parameters<typeof signBeat>[2]) => {
        const beats = [];
        for (const [i, p] of panelists.entries()) beats.push(await signBeat(panel, p, { fee: fees[i]!, ...parts(i) }));
        const packed = [beats.map(({ beat }) => beat), beats.map(({ signature }) => signature)] as const;
        expect(await consensus.connect(stranger).beatFor.staticCall(...packed)).to.equal(3n);
        return relay(panel, beats);
      };

      await warpTo(voteEpoch);
      const committing = await relayAll((i) => ({ commit: [{ id, outcome: i === 2 ? 0 : 1 }] }));
      expect((await eventsOf(panel, committing, "BallotCommitted")).map(([agentId]) => agentId)).to.deep.equal(
        panelists.map(({ agentId }) => agentId),
      );
      await expect(committing)
        .to.emit(vault, "Credited")
        .withArgs(stranger.address, 6n * FEE);
      for (const [i, { agentId }] of panelists.entries()) {
        await expect(committing)
          .to.emit(consensus, "BallotCommitted")
          .withArgs(agentId, voteEpoch, anyValue, SEAT_BOND, anyValue, STAKE - fees[i]!, SEAT_BOND);
        const { balance, locked, free } = await vault.account(agentId);
        const left = STAKE - fees[i]!;
        expect([balance, locked, free]).to.deep.equal([left, SEAT_BOND, left - SEAT_BOND]);
      }
      expect(await vault.creditOf(stranger)).to.equal(6n * FEE);

      await warpTo(voteEpoch + 1);
      const revealing = await relayAll(() => ({ reveal: true, commit: [] }));
      expect(await eventsOf(panel, revealing, "BallotRevealed")).to.have.length(3);
      expect(await eventsOf(panel, revealing, "BallotCommitted")).to.have.length(3);
      expect([...(await consensus.tally(id)).seats]).to.deep.equal([1n, 2n]);

      await warpTo(voteEpoch + 2);
      await relayAll(() => ({ reveal: true }));
      await warpTo(voteEpoch + 3);
      // Two to one: a loss of 24 x 1/3 x 1/4 = 2 tokens, a burn of .2, a gain of (3 + 1.8) / 2.
      const [loss, gain] = [2n * TOKEN, (24n * TOKEN) / 10n];
      const settling = await relayAll(() => ({ settle: voteEpoch }));
      await expect(settling)
        .to.emit(consensus, "QuestionFinalized")
        .withArgs(
          id,
          termsWord({ status: "resolved", outcome: 1, supportBps: 6_666, rounds: 1, gain, loss, evidence: 256 }),
        );
      // The relayer is no keeper: a beat is the agent's own, whoever carries it.
      expect(await eventsOf(panel, settling, "BallotSettled")).to.deep.equal(
        panelists.map(({ agentId }, i) => [
          agentId,
          BigInt(voteEpoch),
          i === 2 ? 0n : gain,
          i === 2 ? loss : 0n,
          ethers.ZeroAddress,
          "0x",
        ]),
      );
      for (const [i, { agentId }] of panelists.entries()) {
        const { balance, locked } = await vault.account(agentId);
        expect([balance, locked]).to.deep.equal([STAKE - 4n * fees[i]! + (i === 2 ? -loss : gain), 0n]);
      }
      expect(await vault.creditOf(stranger)).to.equal(24n * FEE);
      expect(await sunk()).to.equal(TOKEN / 5n);
      expect(await token.balanceOf(vault)).to.equal(held);
      await expect(vault.collect(stranger)).to.changeTokenBalances(
        ethers,
        token,
        [stranger, vault],
        [24n * FEE, -24n * FEE],
      );
    });

    it("credits nothing where no fee is asked", async () => {
      const panel = await load();
      const { contracts, panelists, stranger } = panel;
      const { vault } = contracts;
      const sent = await relay(panel, [await signBeat(panel, panelists[0], { commit: [] })]);
      await expect(sent).to.not.emit(vault, "Credited");
      expect(await vault.creditOf(stranger)).to.equal(0n);
    });

    it("fixes the seed of the epoch first, even where it relays nothing or skips all", async () => {
      for (const beats of [0, 1]) {
        const panel = await load();
        const { contracts, epoch, panelists, warpTo } = panel;
        const { consensus } = contracts;
        const now = (await epoch()) + 1;
        await warpTo(now);
        const bad = await signBeat(panel, panelists[0], { by: key });
        const sent = await relay(panel, [bad].slice(0, beats));
        expect(await consensus.seedOf(now)).to.not.equal(ZERO_HASH);
        await expect(sent)
          .to.emit(consensus, "EpochRolled")
          .withArgs(now, await consensus.seedOf(now));
        expect(await eventsOf(panel, sent, "BeatSkipped")).to.have.length(beats);
      }
    });

    it("reverts where beats and signatures are not as many", async () => {
      const panel = await load();
      const { consensus } = panel.contracts;
      const { beat, signature } = await signBeat(panel, panel.panelists[0]);
      for (const [beats, signatures] of [
        [[beat, beat], [signature]],
        [[beat], []],
        [[], [signature]],
      ] as [Hex[], string[]][]) {
        await expect(consensus.beatFor(beats, signatures))
          .to.be.revertedWithCustomError(consensus, "SignatureCountMismatch")
          .withArgs(beats.length, signatures.length);
      }
    });
  });

  describe("a relayed beat", () => {
    it("is a sign of life where it is empty, for one fee an epoch", async () => {
      const panel = await load();
      const { contracts, epoch, panelists, stranger } = panel;
      const { consensus, vault } = contracts;
      const [{ agentId }] = panelists;
      const now = await epoch();
      const beat = await signBeat(panel, panelists[0], { fee: FEE });
      const another = await signBeat(panel, panelists[0], { fee: FEE, deadline: (await time.latest()) + 7_200 });
      const before = fields(await consensus.agent(agentId));
      const sent = await relay(panel, [beat, beat, another]);
      const reason = errorOf(panel, "AlreadyBeaten", [agentId, now]);
      expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal(Array(2).fill([agentId, BigInt(now), reason]));
      expect(fields(await consensus.agent(agentId))).to.deep.equal({ ...before, lastEpoch: BigInt(now) });
      expect(before["lastEpoch"]).to.not.equal(BigInt(now));
      expect(values(await vault.account(agentId))).to.deep.equal([STAKE - FEE, 0n, 0n, 0n, STAKE - FEE]);
      expect(await vault.creditOf(stranger)).to.equal(FEE);
      // An epoch later it may be paid for again.
      await panel.warpTo(now + 1);
      await relay(panel, [await signBeat(panel, panelists[0], { fee: FEE })]);
      expect(await vault.creditOf(stranger)).to.equal(2n * FEE);
    });

    it("costs its fee out of what it settles", async () => {
      const panel = await load();
      const { contracts, decide, panelists, stranger, warpTo } = panel;
      const { consensus, vault } = contracts;
      const [{ agentId, owner }] = panelists;
      const { voteEpoch } = await decide("paid", [1, 1, 1]);
      await warpTo(voteEpoch + 3);
      const { free } = await vault.account(agentId);
      await vault.connect(owner).requestWithdrawal(agentId, free);
      // The bond that is unlocked, and a fee as its gain; not a wei more.
      const all = SEAT_BOND + TOKEN;
      const parts = { settle: voteEpoch };
      const tooMuch = await relay(panel, [await signBeat(panel, panelists[0], { ...parts, fee: all + 1n })]);
      expect(await eventsOf(panel, tooMuch, "BeatSkipped")).to.deep.equal([
        [agentId, BigInt(voteEpoch + 3), uncovered(panel, agentId, all + 1n, all)],
      ]);
      const sent = await relay(panel, [await signBeat(panel, panelists[0], { ...parts, fee: all })]);
      expect(await eventsOf(panel, sent, "BallotSettled")).to.have.length(1);
      expect(await vault.creditOf(stranger)).to.equal(all);
      expect((await vault.account(agentId)).free).to.equal(0n);
      expect((await consensus.agent(agentId)).ring).to.equal(0n);
    });

    it("leaves for the next ballot what its fee leaves", async () => {
      for (const [exposure, locked] of [
        [STAKE - FEE, true],
        [STAKE - FEE + 1n, false],
      ] as const) {
        const { victim, ballotEpoch, ...panel } = await committed();
        const { consensus, vault } = panel.contracts;
        const { agentId } = victim;
        const sent = await relay(panel, [
          await signBeat(panel, victim, { reveal: true, commit: [], exposure, fee: FEE }),
        ]);
        const reason = errorOf(panel, "InsufficientFreeStake", [agentId, exposure, UNITS * UNIT, STAKE - FEE]);
        expect(await eventsOf(panel, sent, "BallotRevealed")).to.have.length(1);
        expect(await eventsOf(panel, sent, "CommitSkipped")).to.deep.equal(
          locked ? [] : [[agentId, BigInt(ballotEpoch + 1), reason]],
        );
        expect(await eventsOf(panel, sent, "BallotCommitted")).to.have.length(locked ? 1 : 0);
        expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal([]);
        const account = await vault.account(agentId);
        expect([account.balance, account.locked]).to.deep.equal([STAKE - FEE, locked ? exposure : 0n]);
        expect(await vault.creditOf(panel.stranger)).to.equal(FEE);
        const { ballotOpen, lastEpoch } = await consensus.agent(agentId);
        expect([ballotOpen, lastEpoch]).to.deep.equal([locked, BigInt(ballotEpoch + 1)]);
      }
    });

    it("is the only one of its epoch, though its commit was skipped", async () => {
      const { victim, ballotEpoch, ...panel } = await committed();
      const { agentId } = victim;
      await relay(panel, [await signBeat(panel, victim, { reveal: true, commit: [], exposure: STAKE + 1n, fee: FEE })]);
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { commit: [], fee: FEE }),
        errorOf(panel, "AlreadyBeaten", [agentId, ballotEpoch + 1]),
      );
      // The agent itself may commit still.
      await expect(victim.beat({ commit: [] })).to.emit(panel.contracts.consensus, "BallotCommitted");
    });

    it("forfeits the agent's own overdue ballot and commits the next", async () => {
      const { victim, ballotEpoch, ...panel } = await committed();
      const { consensus, vault } = panel.contracts;
      const { agentId } = victim;
      await consensus.roll();
      await panel.warpTo(ballotEpoch + 2);
      const sent = await relay(panel, [await signBeat(panel, victim, { commit: [], exposure: 7n, fee: FEE })]);
      expect(await eventsOf(panel, sent, "BallotForfeited")).to.deep.equal([
        [agentId, BigInt(ballotEpoch), 100n, ethers.ZeroAddress],
      ]);
      await expect(sent)
        .to.emit(consensus, "BallotCommitted")
        .withArgs(agentId, ballotEpoch + 2, anyValue, 7n, anyValue, STAKE - 100n - FEE, 7n);
      expect(await consensus.unsweptDue()).to.equal(100n);
      // Of the forfeit the relayer gets nothing.
      expect(await vault.creditOf(panel.stranger)).to.equal(FEE);
      await panel.warpTo(ballotEpoch + 3);
      const revealing = await relay(panel, [await signBeat(panel, victim, { reveal: true })]);
      expect(await eventsOf(panel, revealing, "BallotRevealed")).to.have.length(1);
    });

    it("releases an overdue ballot whose reveal epoch got no seed, without committing another", async () => {
      const { victim, ballotEpoch, ...panel } = await committed();
      const { consensus, vault } = panel.contracts;
      const { agentId } = victim;
      await panel.warpTo(ballotEpoch + 2);
      const sent = await relay(panel, [await signBeat(panel, victim, { fee: FEE })]);
      expect(await eventsOf(panel, sent, "BallotReleased")).to.deep.equal([[agentId, BigInt(ballotEpoch), 100n]]);
      expect(values(await vault.account(agentId))).to.deep.equal([STAKE - FEE, 0n, 0n, 0n, STAKE - FEE]);
      expect((await consensus.agent(agentId)).lastEpoch).to.equal(BigInt(ballotEpoch + 2));
    });

    it("commits where somebody has sent its reveal alone first", async () => {
      const { victim, ballotEpoch, ...panel } = await committed();
      const { consensus } = panel.contracts;
      const beat = await signBeat(panel, victim, { reveal: true, commit: [], fee: FEE });
      await victim.beat({ reveal: true, from: panel.stranger });
      const sent = await relay(panel, [beat]);
      expect(await eventsOf(panel, sent, "BallotRevealed")).to.deep.equal([]);
      expect(await eventsOf(panel, sent, "BallotCommitted")).to.have.length(1);
      expect((await consensus.agent(victim.agentId)).lastEpoch).to.equal(BigInt(ballotEpoch + 1));
    });

    it("is good to the second of its deadline", async () => {
      const panel = await load();
      const [panelist] = panel.panelists;
      const deadline = (await time.latest()) + 10;
      const beat = await signBeat(panel, panelist, { deadline });
      await time.setNextBlockTimestamp(deadline);
      const sent = await relay(panel, [beat]);
      expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal([]);
    });

    it("is signed by an ERC-1271 wallet too", async () => {
      const panel = await load();
      const { contracts, epoch, panelists } = panel;
      const [panelist] = panelists;
      await useContractWallet(panel, panelist);
      await impoverish(panel);
      const sent = await relay(panel, [await signBeat(panel, panelist, { commit: [], fee: FEE, by: key })]);
      expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal([]);
      const { ballotOpen, lastEpoch } = await contracts.consensus.agent(panelist.agentId);
      expect([ballotOpen, lastEpoch]).to.deep.equal([true, BigInt(await epoch())]);
    });

    it("cannot be carried out in part, whatever the gas", async () => {
      // Hashing 3,000 epochs forward takes so much that a sixty-fourth of the gas is enough to go on after it has run out.
      const panel = await load();
      const { contracts, epoch, panelists, warpTo } = panel;
      const { consensus } = contracts;
      const [light, heavy] = panelists;
      await warpTo((await epoch()) + 3_000);
      await heavy.beat({ commit: [], exposure: 100n });
      await warpTo((await epoch()) + 1);
      await consensus.roll();
      const now = BigInt(await epoch());
      const beats = [
        await signBeat(panel, light, { commit: [] }),
        await signBeat(panel, heavy, { reveal: true, commit: [], exposure: 7n }),
      ];
      const before = await stateOf(panel, heavy);
      const packed = [beats.map(({ beat }) => beat), beats.map(({ signature }) => signature)] as const;
      const whole = await networkHelpers.takeSnapshot();
      const full = (await (await relay(panel, beats)).wait())?.gasUsed ?? 0n;
      const after = await stateOf(panel, heavy);
      expect(after).to.not.deep.equal(before);
      await whole.restore();
      const seen = { reverted: 0, skipped: 0, done: 0 };
      const steps = 48n;
      for (let step = 1n; step <= steps; step++) {
        const gasLimit = (full * step * 3n) / (steps * 2n);
        const snapshot = await networkHelpers.takeSnapshot();
        const sent = await consensus
          .connect(panel.stranger)
          .beatFor(...packed, { gasLimit })
          .catch(() => null);
        const state = await stateOf(panel, heavy);
        if (sent === null) {
          seen.reverted++;
          expect(state).to.deep.equal(before);
        } else {
          const skipped = (await eventsOf(panel, sent, "BeatSkipped")).filter(([agentId]) => agentId === heavy.agentId);
          if (skipped.length > 0) {
            seen.skipped++;
            // Out of gas is an error without data.
            expect(skipped).to.deep.equal([[heavy.agentId, now, "0x"]]);
            expect(state).to.deep.equal(before);
            expect((await consensus.agent(light.agentId)).lastEpoch).to.equal(now);
          } else {
            seen.done++;
            expect(state).to.deep.equal(after);
          }
        }
        await snapshot.restore();
      }
      expect(Object.entries(seen).filter(([, times]) => times === 0)).to.deep.equal([]);
    });
  });

  describe("beatSigned", () => {
    it("reverts for anybody but the contract itself, whatever is signed", async () => {
      const panel = await load();
      const { consensus } = panel.contracts;
      const [panelist] = panel.panelists;
      const { beat, signature } = await signBeat(panel, panelist, { commit: [], fee: FEE });
      const before = await stateOf(panel, panelist);
      for (const caller of [panelist.owner, panel.stranger, panel.deployer]) {
        await expect(consensus.connect(caller).beatSigned(beat, signature))
          .to.be.revertedWithCustomError(consensus, "NotSelf")
          .withArgs(caller.address);
      }
      expect(await stateOf(panel, panelist)).to.deep.equal(before);
    });
  });
});
