import { type Beat, encodeBeat, encodeRelayedBeat, type Hex } from "@assay/protocol";
import { expect } from "chai";
import { concat, type ContractTransactionResponse, dataLength, dataSlice } from "ethers";
import { network } from "hardhat";
import { type BeatParts, type Panel, panelLoader } from "../kit/panel.ts";
import { stateOf } from "../kit/relay.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = panelLoader(connection, { domains: [{ maxRounds: 1 }] });

/** The first panelist has receipts that are final, and a ballot of 100 wei to reveal. */
async function busy() {
  const panel = await load();
  const [panelist] = panel.panelists;
  const { voteEpoch } = await panel.decide("final", [1, 1, 0]);
  await panelist.beat({ commit: [], exposure: 100n });
  await panel.warpTo(voteEpoch + 3);
  return { panel, panelist, consensus: panel.contracts.consensus.connect(panelist.owner), voteEpoch };
}

async function logsOf(sent: ContractTransactionResponse): Promise<unknown[]> {
  return ((await sent.wait())?.logs ?? []).map(({ address, topics, data }) => [address, [...topics], data]);
}

/** What a transaction emits, and what it leaves of an agent. */
async function effectsOf(panel: Panel, send: () => Promise<ContractTransactionResponse>) {
  const logs = await logsOf(await send());
  return { logs, states: await Promise.all(panel.panelists.map((panelist) => stateOf(panel, panelist))) };
}

describe("Packed", () => {
  describe("beatPacked", () => {
    it("does what beat does with the same parts", async () => {
      const partsOf: ((voteEpoch: number) => BeatParts)[] = [
        (voteEpoch) => ({ settle: voteEpoch, reveal: true, commit: [], exposure: 7n, backing: 5n }),
        (voteEpoch) => ({ settle: voteEpoch }),
        () => ({ reveal: true }),
        () => ({ reveal: true, commit: [], exposure: 10n ** 30n }),
      ];
      for (const parts of partsOf) {
        const { panel, panelist, consensus, voteEpoch } = await busy();
        const beat = await panelist.prepare(parts(voteEpoch));
        const packed = encodeBeat(beat as Beat);
        const snapshot = await networkHelpers.takeSnapshot();
        const committed = await consensus.beat.staticCall(beat);
        const sent = await effectsOf(panel, async () => consensus.beat(beat));
        await snapshot.restore();
        expect(await consensus.beatPacked.staticCall(packed)).to.equal(committed);
        const now = await effectsOf(panel, async () => consensus.beatPacked(packed));
        expect(now).to.deep.equal(sent);
        expect(now.logs).to.not.have.length(0);
      }
    });

    it("forfeits an overdue ballot, and is a sign of life where it is empty", async () => {
      const { panel, panelist, consensus, voteEpoch } = await busy();
      const { agentId } = panelist;
      await consensus.roll();
      await panel.warpTo(voteEpoch + 4);
      const packed = encodeBeat((await panelist.prepare({})) as Beat);
      await expect(consensus.beatPacked(packed))
        .to.emit(consensus, "BallotForfeited")
        .withArgs(agentId, voteEpoch + 2, 100n, `0x${"00".repeat(20)}`);
      await panel.warpTo(voteEpoch + 5);
      await consensus.beatPacked(encodeBeat((await panelist.prepare({})) as Beat));
      expect((await consensus.agent(agentId)).lastEpoch).to.equal(BigInt(voteEpoch + 5));
    });

    it("reverts with beat's errors, in another's hands too", async () => {
      const { panel, panelist, consensus, voteEpoch } = await busy();
      const { agentId } = panelist;
      const commits = (await panelist.prepare({ commit: [] })) as Beat;
      await expect(consensus.beatPacked(encodeBeat(commits)))
        .to.be.revertedWithCustomError(consensus, "BallotStillOpen")
        .withArgs(agentId, voteEpoch + 2);
      await panelist.beat({ reveal: true });
      const idle = (await panelist.prepare({ commit: [] })) as Beat;
      for (const beat of [idle, (await panelist.prepare({})) as Beat]) {
        await expect(consensus.connect(panel.stranger).beatPacked(encodeBeat(beat)))
          .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
          .withArgs(agentId, panel.stranger.address);
      }
      await expect(consensus.beatPacked(encodeBeat({ ...idle, commitEpoch: voteEpoch })))
        .to.be.revertedWithCustomError(consensus, "CommitOutOfEpoch")
        .withArgs(agentId, voteEpoch, voteEpoch + 3);
    });

    it("reverts where it is malformed, or stands behind relay terms", async () => {
      const { panelist, consensus, voteEpoch } = await busy();
      const beat = (await panelist.prepare({ settle: voteEpoch, reveal: true, commit: [] })) as Beat;
      const packed = encodeBeat(beat);
      const size = dataLength(packed);
      for (const data of [
        "0x",
        dataSlice(packed, 0, 36),
        dataSlice(packed, 0, 37),
        dataSlice(packed, 0, size - 1),
        concat([packed, "0x00"]),
        encodeRelayedBeat(beat, { maxRelayFee: 0n, deadline: 0 }),
        encodeRelayedBeat(beat, { maxRelayFee: (1n << 128n) - 1n, deadline: 2 ** 40 - 1 }),
      ] as Hex[]) {
        await expect(consensus.beatPacked(data))
          .to.be.revertedWithCustomError(consensus, "MalformedBeat")
          .withArgs(dataLength(data));
      }
    });
  });
});
