import { decodeRelayedBeat, encodeBeat, ZERO_HASH } from "@assay/protocol";
import { accessListGas, contentOf, MAX_TRANSACTION_GAS, relayGasLimit, WALLET_GAS } from "@assay/sdk";
import { expect } from "chai";
import { createSdkWorld, done, failure, mined, pay, type SdkWorld } from "./kit.ts";

describe("sdk: beats", () => {
  let world: SdkWorld;

  beforeEach(async () => {
    world = await createSdkWorld({ agents: 2 });
  });

  /** The beats that the agents would send now. */
  async function draft() {
    const { world: chain, other } = world;
    await chain.warpTo((await chain.epoch()) + 1, 1);
    const { rolled } = await done(other.beats.roll());
    expect(await other.beats.seed(rolled!.epoch)).to.equal(rolled!.seed);
    const terms = {
      maxRelayFee: 10n ** 15n,
      deadline: Number(await chain.connection.networkHelpers.time.latest()) + 60,
    };
    const signed = [];
    for (const agent of chain.agents) signed.push((await agent.prepareBeat(terms))!);
    return { terms, signed };
  }

  it("commit, reveal and settle, packed, and tell what they did", async () => {
    const { assay, owner } = world;
    const { questionId } = await pay(assay.questions.ask, { domainId: 1, ...contentOf("x") });
    const first = decodeRelayedBeat((await draft()).signed[0]!.beat).beat;
    const committed = await done(owner.beats.beat(first));
    const { commitment, exposure, backing, commitEpoch: epoch } = first;
    expect(committed).to.deep.equal({
      agentId: 0n,
      committed: { epoch, commitment, exposure, backing, available: 3_000n * 10n ** 18n, locked: exposure },
      refused: null,
      revealed: null,
      settled: null,
      forfeited: null,
    });
    expect(await failure(owner.beats.beat(first))).to.have.property("code", "BALLOT_STILL_OPEN");

    const second = decodeRelayedBeat((await draft()).signed[0]!.beat).beat;
    const revealed = await done(owner.beats.beatPacked({ packed: encodeBeat(second) }));
    expect(revealed?.revealed).to.deep.include({ epoch });
    const due = await owner.beats.unsettled(0n);
    expect(due).to.deep.equal([{ epoch, receipts: revealed!.revealed!.receipts }]);
    expect((await owner.questions.tally(questionId)).seats[1]).to.be.greaterThan(0);

    const settlement = { agentId: 0n, ...due[0]! };
    expect(await failure(owner.beats.settle(settlement))).to.have.property("code", "NOTHING_FINAL");
    await world.world.warpTo(epoch + 3, 1);
    expect(await done(owner.beats.settle(settlement))).to.include({ agentId: 0n, epoch, remainder: "0x" });
    expect(await owner.beats.unsettled(0n)).to.deep.equal([]);
  });

  it("cost less where they declare what they touch", async () => {
    const { owner, world: chain } = world;
    for (const n of [1, 2, 3, 4, 5, 6]) await pay(world.assay.questions.ask, { domainId: 1, ...contentOf(`${n}`) });
    const beat = decodeRelayedBeat((await draft()).signed[0]!.beat).beat;
    const { provider } = chain.connection;
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    const plain = await mined(owner.beats.beat(beat));
    await provider.request({ method: "evm_revert", params: [snapshot] });
    const declared = await mined(owner.beats.beat(beat, { accessList: true }));
    const { accessList } = await declared.receipt.getTransaction();
    // Few slots of Consensus itself, which would have to be listed for them: the registry's and the vault's only.
    const listed = accessList!.map(({ address }) => address.toLowerCase());
    expect(listed).to.have.members([owner.addresses.registry, owner.addresses.vault].map((a) => a.toLowerCase()));
    const slots = accessList!.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
    expect(Number(plain.receipt.gasUsed - declared.receipt.gasUsed)).to.be.at.least(100 * (slots + 2));
  });

  it("relay what others have signed, and tell which was skipped, and why", async () => {
    const { other, assay } = world;
    const { signed } = await draft();
    const forged = { ...signed[1]!, signature: signed[0]!.signature };
    const { relayed, skipped } = await done(other.beats.relay({ beats: [signed[0]!, forged] }));
    expect(relayed.map(({ agentId, committed }) => [agentId, committed !== null])).to.deep.equal([[0n, true]]);
    expect(skipped.map(({ agentId }) => agentId)).to.deep.equal([1n]);
    expect(skipped[0]!.reason).to.have.property("code", "INVALID_BEAT_SIGNATURE");
    expect(await assay.stake.credit(world.world.owners.at(-1)!.address)).to.equal(10n ** 15n);
  });

  it("relay no more than a transaction takes, by what each beat takes alone", async () => {
    const { other } = world;
    for (const n of [1, 2, 3]) await pay(world.assay.questions.ask, { domainId: 1, ...contentOf(`${n}`) });
    const { signed } = await draft();
    const [first, second] = signed;
    const forged = { ...second!, signature: first!.signature };
    expect(await failure(other.beats.relayGas(forged))).to.have.property("code", "INVALID_BEAT_SIGNATURE");
    expect(await other.contracts.consensus.WALLET_GAS()).to.equal(WALLET_GAS);
    expect(relayGasLimit([200_000n, 300_000n])).to.equal(100_000n + 550_000n + 2n * WALLET_GAS);
    const heavy = signed.map((beat) => ({ ...beat, gas: MAX_TRANSACTION_GAS / 2n }));
    const error = await failure(other.beats.relay({ beats: heavy }));
    expect(error).to.have.property("code", "TOO_MUCH_GAS");
    expect((error as Error).message).to.match(/^2 beats may need 1\d{7} gas, and a transaction has at most 16777216 /);

    const gas = await Promise.all(signed.map((beat) => other.beats.relayGas(beat)));
    const { receipt, result } = await mined(other.beats.relay({ beats: signed }, { accessList: true }));
    expect(result.relayed.map(({ committed }) => committed !== null)).to.deep.equal([true, true]);
    const { gasLimit, accessList } = await receipt.getTransaction();
    expect(accessList).not.to.equal(null);
    expect(gasLimit).to.equal(relayGasLimit(gas) + accessListGas(accessList!));
  });

  it("sign a beat as the agent itself does", async () => {
    const { owner } = world;
    const { signed, terms } = await draft();
    const { beat, signature } = signed[0]!;
    expect(await owner.beats.sign(decodeRelayedBeat(beat).beat, terms)).to.deep.equal({ beat, signature });
  });

  it("forfeit an overdue ballot, for whoever sends it", async () => {
    const { assay, owner, other, world: chain } = world;
    await pay(assay.questions.ask, { domainId: 1, ...contentOf("x") });
    const { beat } = decodeRelayedBeat((await draft()).signed[0]!.beat);
    await done(owner.beats.beat(beat));
    const { tip } = beat.previous;
    const previous = { tip, commitment: beat.commitment, exposure: beat.exposure, backing: beat.backing };
    expect(await failure(other.beats.forfeit({ agentId: 0n, previous }))).to.have.property("code", "NOT_OVERDUE");
    // An epoch without a seed releases the ballot: roll the reveal epoch.
    await chain.warpTo(beat.commitEpoch + 1, 1);
    await done(other.beats.roll());
    await chain.warpTo(beat.commitEpoch + 2, 1);
    const wrong = { ...previous, tip: ZERO_HASH };
    expect(await failure(other.beats.forfeit({ agentId: 0n, previous: wrong }))).to.have.property(
      "code",
      "LINK_MISMATCH",
    );
    expect(beat.exposure > 0n).to.equal(true);
    expect(await done(other.beats.forfeit({ agentId: 0n, previous }))).to.deep.equal({ forfeited: beat.exposure });
  });

  it("tell the epoch, the freeze, and no seed where there is none", async () => {
    const { assay, world: chain } = world;
    const epoch = await assay.beats.epoch();
    expect(epoch).to.equal(await chain.epoch());
    expect(await assay.beats.inFreeze()).to.equal(false);
    expect(await assay.beats.seed(epoch + 5)).to.equal(null);
    await chain.warpTo(epoch, 62);
    expect(await assay.beats.inFreeze()).to.equal(true);
  });
});
