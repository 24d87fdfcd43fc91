import { FailoverProvider, Relayer } from "@assay/agent";
import { expect } from "chai";
import { Wallet } from "ethers";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TOKEN } from "../kit/world.ts";
import { createRuntimeWorld, runAgent, runtimeOptions, type RuntimeWorld } from "./kit.ts";

describe("agent: the runtime", function () {
  this.timeout(180_000);
  let at: RuntimeWorld;

  beforeEach(async () => (at = await createRuntimeWorld({ agents: 6 })));
  afterEach(() => at.close());

  /** One epoch on: the others beat, and the agent is waited for. */
  async function epochOn(agent: ReturnType<typeof runAgent>, beats = true) {
    const { world } = at;
    const epoch = (await world.epoch()) + 1;
    await world.warpTo(epoch, 1);
    for (const other of world.agents.slice(1)) await other.beat();
    if (beats) await agent.until(`beaten in epoch ${epoch}`, () => agent.runtime.status.lastBeat === epoch);
  }

  it("votes, reveals, settles and is paid, epoch after epoch", async () => {
    const journal = at.journal();
    const options = runtimeOptions(at, journal, new Wallet(at.key, at.provider));
    const agent = runAgent(options);
    await agent.until("started", () => agent.runtime.status.epoch !== null);
    for (let i = 0; i < 3; i++) await at.ask(`question ${i}`);
    for (let i = 0; i < 5; i++) await epochOn(agent);
    const { counts } = agent.runtime.status;
    expect(counts.votes).to.be.greaterThan(0);
    expect([counts.reveals >= 4, counts.settlements >= 1, counts.failures]).to.deep.equal([true, true, 0]);
    const { balance } = await at.assay.stake.account(0n);
    expect(balance).to.be.greaterThan(3_000n * TOKEN);
    const end = await agent.stop();
    expect(end.openBallot).to.deep.equal(agent.runtime.status.openBallot);
    expect(end.openBallot?.epoch).to.equal(await at.world.epoch());
    journal.close();
  });

  it("goes on where it was stopped", async () => {
    const wallet = new Wallet(at.key, at.provider);
    let journal = at.journal();
    let agent = runAgent(runtimeOptions(at, journal, wallet));
    await at.ask("before the stop");
    await agent.until("started", () => agent.runtime.status.epoch !== null);
    await epochOn(agent);
    const { openBallot } = await agent.stop();
    expect(openBallot?.epoch).to.equal(await at.world.epoch());
    journal.close();
    journal = at.journal();
    agent = runAgent(runtimeOptions(at, journal, wallet));
    await epochOn(agent);
    expect(agent.runtime.status.counts.reveals).to.equal(1);
    await agent.stop();
    journal.close();
  });

  it("commits and reveals again what a reorganisation has dropped, and takes back what it had learned", async () => {
    const journal = at.journal();
    const { provider } = at.world.connection.ethers;
    const agent = runAgent(runtimeOptions(at, journal, new Wallet(at.key, at.provider)));
    await agent.until("started", () => agent.runtime.status.epoch !== null);
    await at.ask("reorganised");
    await epochOn(agent);
    const epoch = await at.world.epoch();
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    await epochOn(agent);
    await provider.send("evm_revert", [snapshot]);
    expect((await at.assay.agents.state(0n)).lastEpoch).to.equal(epoch);
    await at.world.warpTo(epoch + 1, 1);
    await agent.until("told", () => agent.happenings.some(({ event }) => event === "reorganised"));
    await agent.until("beaten again", async () => (await at.assay.agents.state(0n)).lastEpoch === epoch + 1);
    for (let i = 0; i < 4; i++) await epochOn(agent);
    const events = await at.assay.events([
      { name: "consensus.BallotForfeited", args: { agentId: 0n } },
      { name: "consensus.BallotSettled", args: { agentId: 0n } },
    ]);
    expect(events.filter(({ name }) => name === "consensus.BallotForfeited")).to.have.length(0);
    expect(events.length).to.be.greaterThan(0);
    expect(agent.runtime.status.counts.reveals).to.be.greaterThan(4);
    await agent.stop();
    journal.close();
  });

  it("goes through another endpoint while one is dead, and says so when all are", async () => {
    const journal = at.journal();
    const dead = createServer((_, response) => response.writeHead(503).end());
    dead.listen(0, "127.0.0.1");
    await once(dead, "listening");
    const urls = [`http://127.0.0.1:${(dead.address() as AddressInfo).port}`, at.url] satisfies [string, string];
    const provider = new FailoverProvider(urls, 31_337n, { pollingInterval: 50 });
    const agent = runAgent(runtimeOptions(at, journal, new Wallet(at.key, provider)));
    await agent.until("started", () => agent.runtime.status.epoch !== null);
    await epochOn(agent);
    expect(provider.endpoint).to.equal(at.url);
    expect(agent.runtime.status.trouble).to.equal(null);
    await agent.stop();
    provider.destroy();
    dead.close();
    const alone = new FailoverProvider([urls[0]], 31_337n, { pollingInterval: 50 });
    const lost = runAgent(runtimeOptions(at, journal, new Wallet(at.key, alone)));
    await lost.until("alarmed", () => lost.runtime.status.alerts.has("chain_unreachable"));
    await lost.stop();
    alone.destroy();
    journal.close();
  });

  it("sends the beat itself where the relayer is down", async () => {
    const journal = at.journal();
    const relayer = new Relayer("http://127.0.0.1:1", 10n ** 15n);
    const agent = runAgent(runtimeOptions(at, journal, new Wallet(at.key, at.provider), { relayer }));
    await agent.until("started", () => agent.runtime.status.epoch !== null);
    await epochOn(agent);
    await epochOn(agent);
    const { counts, alerts } = agent.runtime.status;
    expect([counts.beats >= 2, counts.relayed, alerts.has("relayer_down")]).to.deep.equal([true, 0, true]);
    expect(counts.reveals).to.be.greaterThan(0);
    await agent.stop();
    journal.close();
  });

  it("sends nothing in a dry run, and nothing but reveals beyond the day's limit", async () => {
    const journal = at.journal();
    const wallet = new Wallet(at.key, at.provider);
    const policy = { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: true };
    const dry = runAgent(runtimeOptions(at, journal, wallet, { policy }));
    await dry.until("started", () => dry.runtime.status.epoch !== null);
    await at.ask("dry");
    await epochOn(dry, false);
    await dry.until("done", () => dry.happenings.some(({ message }) => /dry run/.test(message)));
    expect((await at.assay.agents.state(0n)).ballotOpen).to.equal(false);
    await dry.stop();
    const wet = runAgent(runtimeOptions(at, journal, wallet));
    await epochOn(wet);
    await wet.stop();
    expect((await at.assay.agents.state(0n)).ballotOpen).to.equal(true);
    const limited = runAgent(
      runtimeOptions(at, journal, wallet, { policy: { ...policy, dryRun: false, maxEtherPerDay: 1n } }),
    );
    await epochOn(limited);
    expect((await at.assay.agents.state(0n)).ballotOpen).to.equal(false);
    expect(limited.runtime.status.counts.reveals).to.equal(1);
    expect(limited.runtime.status.alerts.has("spending_limit")).to.equal(true);
    await limited.stop();
    journal.close();
  });
});
