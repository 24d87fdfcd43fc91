import { Agent, createMemoryJournal, type SignedBeat } from "@assay/agent";
import { decodeReceipts, decodeRelayedBeat, exposureLevels, type Hex } from "@assay/protocol";
import { expect } from "chai";
import type { ContractTransactionReceipt } from "ethers";
import { network } from "hardhat";
import { RELAY_GAS } from "./kit/relay.ts";
import { ask, createWorld, TOKEN } from "./kit/world.ts";

const STAKE = 3_000n * TOKEN;
const FEE = 10n ** 15n;

/** Six agents, whose wallets have no ether from here on, and somebody who relays. */
async function relayedWorld() {
  // A chain for each test: what agents remember would not go back to a snapshot with it.
  const connection = await network.create();
  const { networkHelpers } = connection;
  const world = await createWorld(connection);
  for (const owner of world.owners.slice(0, world.agents.length)) await networkHelpers.setBalance(owner.address, 0);
  const relayer = world.owners.at(-1)!;
  const termsNow = async () => ({ maxRelayFee: FEE, deadline: (await networkHelpers.time.latest()) + 60 });
  return { world, relayer, networkHelpers, termsNow, consensus: world.contracts.consensus.connect(relayer) };
}

/** One epoch on: rolls, has every agent sign, and sends all in one transaction. */
async function relayEpoch({ world, consensus, termsNow }: Awaited<ReturnType<typeof relayedWorld>>) {
  await world.warpTo((await world.epoch()) + 1, 1);
  await consensus.roll();
  const terms = await termsNow();
  const signed: SignedBeat[] = [];
  for (const agent of world.agents) signed.push((await agent.prepareBeat(terms))!);
  const sent = await consensus.beatFor(
    signed.map(({ beat }) => beat),
    signed.map(({ signature }) => signature),
    { gasLimit: RELAY_GAS },
  );
  const receipt = (await sent.wait()) as ContractTransactionReceipt;
  await expect(sent).to.not.emit(consensus, "BeatSkipped");
  return { signed, receipt, effects: world.agents.map((agent) => agent.learn(receipt)) };
}

describe("Agents", () => {
  it("live through a question by signed beats alone, without ether, and end as they do by beats of their own", async () => {
    const relayed = await relayedWorld();
    const { world, relayer } = relayed;
    const { claims, consensus, vault } = world.contracts;
    const id = await ask(world, "relayed");
    const statuses: number[] = [];
    const voted = new Set<bigint>();
    const committed: boolean[] = [];
    let fees = 0n;
    for (let i = 0; i < 5; i++) {
      statuses.push(Number((await claims.verdict(id)).status));
      const { signed, effects } = await relayEpoch(relayed);
      for (const { agentId, votes } of signed) if (votes.length > 0) voted.add(agentId);
      committed.push(effects.every((effect) => effect.committed));
      const reveals = effects.map(({ revealedEpoch }) => revealedEpoch);
      expect(reveals).to.deep.equal(Array(6).fill(i === 0 ? null : (await world.epoch()) - 1));
      fees += 6n * FEE;
    }
    expect(statuses).to.deep.equal([1, 1, 1, 3, 4]);
    expect(committed).to.deep.equal(Array(5).fill(true));
    const { outcome, supportBps, rounds } = await claims.finalVerdict(id);
    expect([outcome, supportBps, rounds]).to.deep.equal([1n, 10_000n, 1n]);
    expect(await vault.creditOf(relayer)).to.equal(fees);
    let gained = 0n;
    for (const { agentId } of world.agents) {
      const { balance, locked } = await vault.account(agentId);
      expect(locked).to.equal(0n);
      gained += balance - STAKE + 5n * FEE;
      const { verdicts } = await consensus.trust(agentId, 1);
      expect(verdicts).to.equal(voted.has(agentId) ? 1n : 0n);
    }
    expect(voted.size).to.be.greaterThan(1);
    expect(gained + (await consensus.unsweptDue())).to.equal(9n * TOKEN);
  });

  it("sign the beat that they would have sent", async () => {
    const { world, consensus, networkHelpers, termsNow } = await relayedWorld();
    const agent = world.agents[0] as Agent;
    await ask(world, "either way");
    await world.warpTo((await world.epoch()) + 1, 1);
    await consensus.roll();
    const terms = await termsNow();
    const signed = await agent.prepareBeat(terms);
    const { beat, terms: found } = decodeRelayedBeat(signed!.beat);
    expect(found).to.deep.equal(terms);
    // Asked again, it commits to the same ballot.
    const again = await agent.prepareBeat({ ...terms, deadline: terms.deadline + 1 });
    expect(decodeRelayedBeat(again!.beat).beat).to.deep.equal(beat);
    await networkHelpers.setBalance(world.owners[0]!.address, 10n ** 18n);
    const report = await agent.beat();
    expect(report?.committed).to.equal(true);
    expect((await consensus.agent(agent.agentId)).ballotOpen).to.equal(true);
    const [event] = await consensus.queryFilter(consensus.filters.BallotCommitted(agent.agentId));
    expect([event?.args.commitment, event?.args.exposure, event?.args.backing]).to.deep.equal([
      beat.commitment,
      beat.exposure,
      beat.backing,
    ]);
  });

  it("leave the fee out of what backs and covers their votes", async () => {
    const { world, consensus, termsNow } = await relayedWorld();
    const agent = world.agents[0] as Agent;
    await world.warpTo((await world.epoch()) + 1, 1);
    await consensus.roll();
    const terms = { ...(await termsNow()), maxRelayFee: STAKE - 5n * TOKEN };
    const signed = await agent.prepareBeat(terms);
    expect(decodeRelayedBeat(signed!.beat).beat.backing).to.equal(5_000n);
    const sent = await consensus.beatFor([signed!.beat], [signed!.signature], { gasLimit: RELAY_GAS });
    await expect(sent).to.emit(consensus, "BallotCommitted");
    expect((await world.contracts.vault.account(agent.agentId)).free).to.equal(5n * TOKEN);
  });

  it("commit in the beat that settles a loss, or forfeits, with no more backing than is left", async () => {
    const world = await createWorld(await network.create());
    const { consensus, vault } = world.contracts;
    const [wrong, silent] = world.agents as [Agent, Agent];
    world.opinions.set(wrong.agentId, () => 0);
    const backingOf = async ({ agentId }: Agent) => {
      const events = await consensus.queryFilter(consensus.filters.BallotCommitted(agentId));
      return events.at(-1)?.args.backing;
    };
    await ask(world, "one is right");
    await world.nextEpoch();
    const voted = await world.epoch();
    await ask(world, "one is not revealed");
    await world.nextEpoch();
    await world.warpTo(voted + 2, 1);
    for (const agent of world.agents) if (agent !== silent) await agent.beat();
    await world.nextEpoch();
    const [settled] = await consensus.queryFilter(consensus.filters.BallotSettled(wrong.agentId));
    expect(settled?.args.loss).to.be.greaterThan(0n);
    for (const agent of [wrong, silent]) {
      expect((await consensus.agent(agent.agentId)).lastEpoch).to.equal(voted + 3);
      expect((await consensus.agent(agent.agentId)).ballotOpen).to.equal(true);
    }
    const [forfeited] = await consensus.queryFilter(consensus.filters.BallotForfeited(silent.agentId));
    expect(forfeited?.args.exposure).to.be.greaterThan(0n);
    const left = (await vault.allocatable(wrong.agentId)) / 10n ** 15n;
    expect(await backingOf(wrong)).to.be.lessThanOrEqual(left);
    expect(await consensus.queryFilter(consensus.filters.CommitSkipped())).to.deep.equal([]);
  });

  it("declare the same exposure whatever they drew, without an opinion too", async () => {
    const world = await createWorld(await network.create());
    const { consensus } = world.contracts;
    const [mute] = world.agents as [Agent];
    world.opinions.set(mute.agentId, () => null);
    const ids = [];
    for (let i = 0; i < 40; i++) ids.push(await ask(world, `question ${i}`));
    await world.nextEpoch();
    const voted = await world.epoch();
    // Six equal stakes: a seat and a half each of nine, so each question gives one seat or two.
    const prospects = ids.map(() => ({ offered: 9, stake: 1n, total: 6n, seatBond: 24n * TOKEN }));
    const { usual, most } = exposureLevels(prospects);
    expect(usual).to.be.lessThan(most);
    const committed = (await consensus.queryFilter(consensus.filters.BallotCommitted())).filter(
      ({ args }) => Number(args.epoch) === voted,
    );
    expect(committed.map(({ args }) => args.exposure)).to.deep.equal(Array(6).fill(usual));

    await world.nextEpoch();
    const revealed = await consensus.queryFilter(consensus.filters.BallotRevealed());
    const seats = revealed.map(({ args }) =>
      decodeReceipts(args.receipts as Hex).receipts.reduce((sum, receipt) => sum + receipt.seats, 0),
    );
    expect(seats[0]).to.equal(0);
    expect(new Set(seats.slice(1)).size).to.be.greaterThan(1);
    for (const [i, { agentId }] of world.agents.entries()) {
      // Without questions the next ballot declares nothing: what is locked is what was revealed.
      const { locked } = await world.contracts.vault.account(agentId);
      expect(locked).to.equal(BigInt(seats[i] ?? 0) * 24n * TOKEN);
    }
  });

  it("reveal what they have kept before journals told bonds, and commit again", async () => {
    const journal = createMemoryJournal();
    const world = await createWorld(await network.create(), { agents: 1, journal: () => journal });
    const { assay, board, owners } = world;
    const [{ agentId }] = world.agents as [Agent];
    await ask(world, "before");
    await world.nextEpoch();
    const kept = journal.load();
    if (kept === null) throw new Error("nothing was kept");
    const ballots = kept.ballots.map(({ bonds: _, ...older }) => older);
    journal.save({ ...kept, ballots });
    const wallet = owners[0];
    if (wallet === undefined) throw new Error("the world has no owner");
    const restarted = new Agent({ agentId, wallet, assay, board, journal, verify: () => 1, domains: [1] });
    await ask(world, "after");
    await world.warpTo((await world.epoch()) + 1, 1);
    const report = await restarted.beat();
    expect([report?.committed, report?.votes.length]).to.deep.equal([true, 1]);
    const revealed = await assay.contracts.consensus.queryFilter(assay.contracts.consensus.filters.BallotRevealed());
    expect(revealed.map(({ args }) => args.agentId)).to.deep.equal([agentId]);
  });

  it("vote with what the same beat frees of their padding", async () => {
    const stake = 1_100n * TOKEN;
    const world = await createWorld(await network.create(), { agents: 2, stake });
    const { vault } = world.contracts;
    const [agent, other] = world.agents as [Agent, Agent];
    for (const { agentId } of world.agents) world.opinions.set(agentId, () => null);
    for (let i = 0; i < 8; i++) await ask(world, `early ${i}`);
    await world.nextEpoch();
    // Four or five seats on each of eight questions: up to forty.
    expect((await vault.account(agent.agentId)).free).to.equal(stake - 40n * 24n * TOKEN);

    for (const { agentId } of world.agents) world.opinions.set(agentId, () => 1);
    for (let i = 0; i < 8; i++) await ask(world, `late ${i}`);
    await world.warpTo((await world.epoch()) + 1, 1);
    for (const report of [await agent.beat(), await other.beat()]) {
      expect([report?.committed, report?.votes.length]).to.deep.equal([true, 8]);
    }
    expect((await vault.account(agent.agentId)).free).to.equal(stake - 40n * 24n * TOKEN);
  });

  it("sign nothing more in an epoch in which they have beaten", async () => {
    const relayed = await relayedWorld();
    await relayEpoch(relayed);
    for (const agent of relayed.world.agents) expect(await agent.prepareBeat(await relayed.termsNow())).to.equal(null);
  });

  it("sign nothing before somebody has rolled", async () => {
    const { world, termsNow } = await relayedWorld();
    await world.warpTo((await world.epoch()) + 1, 1);
    const refused = await (world.agents[0] as Agent).prepareBeat(await termsNow()).catch((error: unknown) => error);
    expect(refused).to.include({ name: "AgentError", code: "NOT_ROLLED", retryable: true });
  });

  it("go on by themselves where a relayer has let them down", async () => {
    const { world, consensus, networkHelpers, termsNow } = await relayedWorld();
    const agent = world.agents[0] as Agent;
    await world.warpTo((await world.epoch()) + 1, 1);
    await consensus.roll();
    const signed = await agent.prepareBeat(await termsNow());
    const epoch = await world.epoch();
    await world.warpTo(epoch + 1, 1);
    await networkHelpers.setBalance(world.owners[0]!.address, 10n ** 18n);
    const report = await agent.beat();
    expect([report?.committed, report?.revealedEpoch]).to.deep.equal([true, null]);
    // What was signed is worth nothing any more.
    const sent = await consensus.beatFor([signed!.beat], [signed!.signature], { gasLimit: RELAY_GAS });
    const { consensus: abi } = world.contracts;
    const deadline = decodeRelayedBeat(signed!.beat).terms.deadline;
    const at = (await sent.getBlock())?.timestamp ?? 0;
    const reason =
      at > deadline
        ? abi.interface.encodeErrorResult("BeatExpired", [agent.agentId, deadline, at])
        : abi.interface.encodeErrorResult("CommitOutOfEpoch", [agent.agentId, epoch, epoch + 1]);
    await expect(sent)
      .to.emit(consensus, "BeatSkipped")
      .withArgs(agent.agentId, epoch + 1, reason);
  });
});
