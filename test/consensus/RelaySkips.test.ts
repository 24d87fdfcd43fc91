import { type Beat, decodeRelayedBeat, encodeRelayedBeat, type Hex, type RelayTerms } from "@assay/protocol";
import { expect } from "chai";
import { concat, dataLength, dataSlice, Wallet } from "ethers";
import { network } from "hardhat";
import { ALLOCATION, panelLoader, STAKE, UNIT } from "../kit/panel.ts";
import {
  errorOf,
  eventsOf,
  expectSkipped,
  relay,
  type RelayParts,
  signBeat,
  stateOf,
  uncovered,
} from "../kit/relay.ts";
import { rotateWallet } from "../kit/wallet.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const load = panelLoader(connection, { domains: [{ maxRounds: 1 }] });

const UNITS = ALLOCATION / UNIT;
const FEE = 10n ** 15n;
const key = new Wallet(ethers.id("a key"));
const otherKey = new Wallet(ethers.id("another key"));

/** A beat that reveals, commits and pays: all of it must be undone. */
const ALL: RelayParts = { reveal: true, commit: [], exposure: 7n, fee: FEE };

/** The second panelist has committed an empty ballot of 100 wei; now is the epoch to reveal it. */
async function committed() {
  const panel = await load();
  const victim = panel.panelists[1];
  const ballotEpoch = await panel.epoch();
  await victim.beat({ commit: [], exposure: 100n });
  await panel.warpTo(ballotEpoch + 1);
  const { agentId, owner } = victim;
  /** The error of a signature that is not that of `wallet`. */
  const unsigned = (wallet = owner.address) => errorOf(panel, "InvalidBeatSignature", [agentId, wallet]);
  return { panel, victim, agentId, owner, unsigned, ballotEpoch, now: ballotEpoch + 1 };
}

/** The second panelist's receipts are final, and it has a ballot of the epoch before open as well. */
async function settling() {
  const panel = await load();
  const victim = panel.panelists[1];
  const { voteEpoch } = await panel.decide("final", [1, 1, 1]);
  await victim.beat({ commit: [], exposure: 100n });
  await panel.warpTo(voteEpoch + 3);
  return { panel, victim, agentId: victim.agentId, voteEpoch, open: voteEpoch + 2 };
}

describe("RelaySkips", () => {
  describe("a beat whose signature is not its wallet's", () => {
    it("is skipped where another key has signed", async () => {
      const { panel, victim, unsigned } = await committed();
      await expectSkipped(panel, await signBeat(panel, victim, { ...ALL, by: key }), unsigned());
    });

    it("is skipped where the owner has signed, and another is the wallet", async () => {
      const { panel, victim, agentId, owner, unsigned } = await committed();
      await rotateWallet(connection, panel.contracts, agentId, owner, panel.stranger);
      await expectSkipped(panel, await signBeat(panel, victim, ALL), unsigned(panel.stranger.address));
    });

    it("is skipped where the agent has no wallet", async () => {
      const { panel, victim, agentId, owner, unsigned } = await committed();
      const beat = await signBeat(panel, victim, ALL);
      await panel.contracts.registry.connect(owner).unsetAgentWallet(agentId);
      await expectSkipped(panel, beat, unsigned(ethers.ZeroAddress));
    });

    it("is skipped where there is no such agent", async () => {
      const { panel, victim } = await committed();
      const beat = await signBeat(panel, victim, { replace: { agentId: 99n } });
      await expectSkipped(panel, beat, errorOf(panel, "InvalidBeatSignature", [99n, ethers.ZeroAddress]), 99n);
    });

    it("is skipped where it is no signature at all", async () => {
      for (const signature of ["0x", "0xc0ffee", `0x${"00".repeat(65)}`, `0x${"ff".repeat(65)}`]) {
        const { panel, victim, unsigned } = await committed();
        await expectSkipped(panel, { ...(await signBeat(panel, victim, ALL)), signature }, unsigned());
      }
    });

    it("is skipped where anything of it was changed after it was signed", async () => {
      const changes: ((beat: Beat & RelayTerms) => Partial<Beat & RelayTerms>)[] = [
        ({ maxRelayFee }) => ({ maxRelayFee: maxRelayFee + 1n }),
        ({ maxRelayFee }) => ({ maxRelayFee: maxRelayFee - 1n }),
        ({ deadline }) => ({ deadline: deadline + 1 }),
        () => ({ commitment: ethers.id("another ballot") as Hex }),
        () => ({ exposure: 8n }),
        () => ({ backing: 1n }),
        () => ({ secret: ethers.ZeroHash as Hex }),
        () => ({ receipts: "0x00" }),
      ];
      for (const change of changes) {
        const { panel, victim, unsigned } = await committed();
        const signed = await signBeat(panel, victim, ALL);
        const { beat, terms } = decodeRelayedBeat(signed.beat);
        const both = { ...beat, ...terms };
        const changed = { ...both, ...change(both) };
        await expectSkipped(panel, { ...signed, beat: encodeRelayedBeat(changed, changed) }, unsigned());
      }
    });

    it("is skipped where it was signed for another chain or another deployment", async () => {
      for (const context of [{ chainId: 1n }, { consensus: ethers.getAddress(`0x${"c0".repeat(20)}`) as Hex }]) {
        const { panel, victim, unsigned } = await committed();
        await expectSkipped(panel, await signBeat(panel, victim, { ...ALL, context }), unsigned());
      }
    });

    it("is skipped where an ERC-1271 wallet refuses it, or reverts", async () => {
      for (const spoil of [false, true]) {
        const { panel, victim, agentId, owner, unsigned } = await committed();
        const contract = await ethers.deployContract("Erc1271Wallet", [key]);
        const address = await contract.getAddress();
        const signTypedData = key.signTypedData.bind(key);
        await rotateWallet(connection, panel.contracts, agentId, owner, { address, signTypedData });
        const beat = await signBeat(panel, victim, { ...ALL, by: otherKey });
        await expectSkipped(panel, spoil ? { ...beat, signature: "0xc0ffee" } : beat, unsigned(address));
        // Signed by its key, the same beat is taken.
        await relay(panel, [await signBeat(panel, victim, { ...ALL, by: key })]);
        expect((await panel.contracts.consensus.agent(agentId)).lastEpoch).to.equal(BigInt(await panel.epoch()));
      }
    });
  });

  describe("a beat at another time", () => {
    it("is skipped after its deadline", async () => {
      const { panel, victim, agentId } = await committed();
      const deadline = (await time.latest()) + 10;
      const beat = await signBeat(panel, victim, { ...ALL, deadline });
      // What is relayed with it is signed before: the block comes at this second.
      await time.setNextBlockTimestamp(deadline + 1);
      await expectSkipped(panel, beat, errorOf(panel, "BeatExpired", [agentId, deadline, deadline + 1]));
    });

    it("is skipped in another epoch than it is for, replayed or never sent before", async () => {
      const { panel, victim, agentId, now } = await committed();
      const sent = await signBeat(panel, victim, ALL);
      const unsent = await signBeat(panel, victim, { reveal: true, fee: FEE });
      await relay(panel, [sent]);
      await panel.warpTo(now + 1);
      await expectSkipped(panel, sent, errorOf(panel, "CommitOutOfEpoch", [agentId, now, now + 1]));
      const { panel: again, victim: early } = await committed();
      const replace = { commitEpoch: now + 1 };
      const next = await signBeat(again, early, { ...ALL, replace });
      await expectSkipped(again, next, errorOf(again, "CommitOutOfEpoch", [agentId, now + 1, now]));
      // It is for the epoch that it names, whether it commits or not.
      const { panel: last } = await committed();
      await last.warpTo(now + 1);
      await expectSkipped(last, unsent, errorOf(last, "CommitOutOfEpoch", [agentId, now, now + 1]));
    });

    it("is skipped where it, or any other beat of the agent's, has committed in the same epoch", async () => {
      for (const own of [false, true]) {
        const { panel, victim, agentId, now } = await committed();
        const beat = await signBeat(panel, victim, ALL);
        if (own) await victim.beat({ reveal: true, commit: [] });
        else await relay(panel, [beat]);
        await expectSkipped(panel, beat, errorOf(panel, "AlreadyBeaten", [agentId, now]));
      }
    });

    it("is skipped in the epoch of the agent's enrolment", async () => {
      const { panel, victim, agentId, now } = await committed();
      await victim.beat({ reveal: true });
      await victim.enroll(ethers.id("a new chain") as Hex);
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { fee: FEE }),
        errorOf(panel, "AlreadyBeaten", [agentId, now]),
      );
    });
  });

  describe("a beat that leaves a ballot of an earlier epoch open", () => {
    const parts: [string, (voteEpoch: number) => RelayParts][] = [
      ["settles only", (voteEpoch) => ({ settle: voteEpoch })],
      ["settles and commits", (voteEpoch) => ({ settle: voteEpoch, commit: [] })],
      ["commits only", () => ({ commit: [] })],
      ["is empty", () => ({})],
    ];
    for (const [what, partsOf] of parts) {
      it(`is skipped where it ${what}`, async () => {
        const { panel, victim, agentId, voteEpoch, open } = await settling();
        const beat = await signBeat(panel, victim, { ...partsOf(voteEpoch), fee: FEE });
        await expectSkipped(panel, beat, errorOf(panel, "BallotStillOpen", [agentId, open]));
      });
    }
  });

  describe("a beat that cannot take effect", () => {
    it("is skipped where its fee is more than is free, and reveals nothing", async () => {
      const { panel, victim, agentId } = await committed();
      const fee = STAKE + 1n;
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { reveal: true, fee }),
        uncovered(panel, agentId, fee, STAKE),
      );
    });

    it("is skipped where what is locked would have to pay, or what is withdrawn", async () => {
      const { panel, victim, agentId, owner } = await committed();
      await panel.contracts.vault.connect(owner).requestWithdrawal(agentId, STAKE - 100n);
      // The reveal unlocks 100.
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { reveal: true, fee: 101n }),
        uncovered(panel, agentId, 101n, 100n),
      );
    });

    it("is skipped with the error of a reveal that is not what was committed to", async () => {
      const { panel, victim, agentId, ballotEpoch } = await committed();
      const replace = { ballot: "0x12" };
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { ...ALL, replace }),
        errorOf(panel, "RevealMismatch", [agentId, ballotEpoch]),
      );
    });

    it("is skipped with the error of a commit that has nothing beside it", async () => {
      const { panel, victim, agentId, now } = await committed();
      await victim.beat({ reveal: true });
      await panel.warpTo(now + 1);
      const exposure = STAKE + 1n;
      await expectSkipped(
        panel,
        await signBeat(panel, victim, { commit: [], exposure }),
        errorOf(panel, "InsufficientFreeStake", [agentId, exposure, UNITS * UNIT, STAKE]),
      );
    });

    it("is skipped where it is malformed, by the name of its agent if it is long enough to have one", async () => {
      const { panel: any, victim: one } = await committed();
      const { beat } = await signBeat(any, one, ALL);
      const size = dataLength(beat);
      const malformed: [string, bigint][] = [
        [dataSlice(beat, 0, size - 1), one.agentId],
        [concat([beat, "0x00"]), one.agentId],
        [dataSlice(beat, 0, 58), one.agentId],
        // All it has said is that it commits.
        [concat([dataSlice(beat, 0, 21), "0x10", dataSlice(beat, 22, 58)]), one.agentId],
        [dataSlice(beat, 0, 57), 0n],
        [dataSlice(beat, 0, 21), 0n],
        [dataSlice(beat, 0, 20), 0n],
        ["0x", 0n],
      ];
      for (const [packed, named] of malformed) {
        const { panel, victim } = await committed();
        const signed = await signBeat(panel, victim, ALL);
        // What comes behind the terms is measured; or all of it, where not even these are whole.
        const length = dataLength(packed);
        const reason = errorOf(panel, "MalformedBeat", [length < 21 ? length : length - 21]);
        await expectSkipped(panel, { ...signed, beat: packed as Hex }, reason, named);
      }
    });

    it("takes effect as soon as the reason is gone", async () => {
      const { panel, victim, agentId, owner } = await committed();
      const { consensus, registry } = panel.contracts;
      const beat = await signBeat(panel, victim, ALL);
      await rotateWallet(connection, panel.contracts, agentId, owner, panel.stranger);
      const before = await stateOf(panel, victim);
      await relay(panel, [beat]);
      expect(await stateOf(panel, victim)).to.deep.equal(before);
      await registry.connect(owner).unsetAgentWallet(agentId);
      await rotateWallet(connection, panel.contracts, agentId, owner, owner);
      const sent = await relay(panel, [beat]);
      expect(await eventsOf(panel, sent, "BallotRevealed")).to.have.length(1);
      expect((await consensus.agent(agentId)).ballotOpen).to.equal(true);
    });
  });
});
