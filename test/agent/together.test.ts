import { createMemoryJournal, type Journal, type OpenJournal, SharedChain } from "@assay/agent";
import { expect } from "chai";
import { Wallet } from "ethers";
import { createRuntimeWorld, runAgent, runtimeOptions, type RuntimeWorld } from "./kit.ts";

type Running = ReturnType<typeof runAgent>;

describe("agent: several runtimes in one process", function () {
  this.timeout(180_000);
  let at: RuntimeWorld;

  beforeEach(async () => (at = await createRuntimeWorld({ agents: 4 })));
  afterEach(() => at.close());

  /** One epoch on: the others beat unless told, and all that run are waited for. */
  async function epochOn(running: readonly Running[], othersBeat = true) {
    const epoch = (await at.world.epoch()) + 1;
    await at.world.warpTo(epoch, 1);
    if (othersBeat) for (const other of at.world.agents.slice(1)) await other.beat();
    for (const [i, { runtime, until }] of running.entries()) {
      await until(`agent ${i} has beaten in epoch ${epoch}`, () => runtime.status.lastBeat === epoch);
    }
    return epoch;
  }

  it("send from one wallet one after another, each with a journal of its own, and one rolls for all", async () => {
    const journals: OpenJournal[] = [at.journal()];
    for (let i = 0; i < 2; i++) await at.join((agentId) => (journals[i + 1] = at.journalOf(agentId)));
    await at.world.warpTo((await at.world.epoch()) + 2, 1);
    const wallet = new Wallet(at.key, at.provider);
    const chain = new SharedChain(at.assay, at.provider);
    const before = await at.provider.getTransactionCount(wallet.address);
    const running = journals.map((journal, i) =>
      runAgent({ ...runtimeOptions(at, journal, wallet, { chain }), agentId: BigInt(i === 0 ? 0 : i + 3) }),
    );
    for (const { runtime, until } of running) await until("started", () => runtime.status.epoch !== null);
    await at.ask("of all");
    for (let i = 0; i < 4; i++) await epochOn(running, false);
    await Promise.all(running.map(({ stop }) => stop()));
    const sum = (of: (counts: Running["runtime"]["status"]["counts"]) => number) =>
      running.reduce((total, { runtime }) => total + of(runtime.status.counts), 0);
    expect(sum(({ failures }) => failures)).to.equal(0);
    // One in the epoch in which they were started, or none if they had no question in it yet.
    expect(sum(({ rolls }) => rolls)).to.be.within(4, 5);
    expect(sum(({ reveals }) => reveals)).to.be.at.least(9);
    const mined = journals.map(({ transactions }) => transactions.mined(wallet.address, 99));
    const after = await at.provider.getTransactionCount(wallet.address);
    expect(new Set(mined.flat()).size).to.equal(after - before);
    for (const own of mined) expect(own.length).to.be.at.least(4);
    for (const journal of journals) {
      expect(journal.transactions.pending(wallet.address)).to.deep.equal([]);
      journal.close();
    }
  });

  it("let a node sign and send for them, with journals in memory", async () => {
    const journals: Journal[] = [];
    const ids: bigint[] = [];
    for (let i = 0; i < 2; i++) {
      ids.push(await at.join(() => (journals[i] = createMemoryJournal())));
    }
    await at.world.warpTo((await at.world.epoch()) + 2, 1);
    const [wallet] = at.world.owners;
    if (wallet === undefined) throw new Error("no account");
    const chain = new SharedChain(at.assay, at.world.connection.ethers.provider);
    const running = ids.map((agentId, i) =>
      runAgent({ ...runtimeOptions(at, journals[i] as Journal, wallet, { chain }), agentId }),
    );
    // Nothing is under way when the epoch ends: a node that signs sends once, and what it was estimated to take is of its epoch.
    for (const { runtime, until } of running) await until("at rest", () => runtime.status.phase === "done");
    for (let i = 0; i < 3; i++) await at.ask(`question ${i}`);
    for (let i = 0; i < 4; i++) await epochOn(running);
    await Promise.all(running.map(({ stop }) => stop()));
    for (const { runtime } of running) {
      const { reveals, failures } = runtime.status.counts;
      expect([reveals >= 3, failures]).to.deep.equal([true, 0]);
    }
    expect(running.some(({ runtime }) => runtime.status.counts.votes > 0)).to.equal(true);
  });
});
