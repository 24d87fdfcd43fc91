import { Relayer, type RuntimePolicy } from "@assay/agent";
import { keccak } from "@assay/protocol";
import type { RelayableBeat } from "@assay/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EPOCH_LENGTH } from "../kit/world.ts";
import { createRuntimeWorld, runAgent, type RunningAgent, runtimeOptions, type RuntimeWorld } from "./kit.ts";

/** What a look takes by the agent's own clock, ms: longer than what it has seen is good for. */
const TICK = 26;
/** Looks that each take a tick, and what has to happen by then. */
const FEW = 20 * TICK;

const POLICY: RuntimePolicy = { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false };

describe("agent: the runtime's policy", function () {
  this.timeout(180_000);
  let at: RuntimeWorld;
  let journal: ReturnType<RuntimeWorld["journal"]>;
  let running: RunningAgent | null = null;
  /** Times that the agent has waited between two looks. */
  let looked = 0;
  /** The agent's own clock, which stands still between two looks. */
  let ms = 0;
  const monotonic = () => ms;

  beforeEach(async () => {
    at = await createRuntimeWorld({ agents: 2 });
    journal = at.journal();
  });
  afterEach(async () => {
    await running?.stop();
    journal.close();
    await at.close();
  });

  const wallet = () => new Wallet(at.key, at.provider);

  async function start(options: Parameters<typeof runtimeOptions>[3]): Promise<RunningAgent> {
    running = runAgent(runtimeOptions(at, journal, wallet(), { sleep: nap, ...options }));
    const { status } = running.runtime;
    await running.until("started", () => status.epoch !== null);
    return running;
  }

  function nap(time: number): Promise<unknown> {
    looked++;
    ms += TICK;
    return new Promise((done) => setTimeout(done, time));
  }

  /** To the next epoch; the agent is waited for. */
  async function epochOn(agent: RunningAgent): Promise<number> {
    const epoch = (await at.world.epoch()) + 1;
    await at.world.warpTo(epoch, 1);
    await agent.until(`through with epoch ${epoch}`, () => {
      const { status } = agent.runtime;
      return status.epoch === epoch && status.phase === "done";
    });
    return epoch;
  }

  /** Until it has looked at the chain so often again. */
  async function looks(agent: RunningAgent, count: number): Promise<void> {
    const from = looked;
    await agent.until("looked", () => looked >= from + count + 1);
  }

  it("puts no more at risk than its limits allow, in a ballot and in all", async () => {
    const { seatBond } = await at.assay.domains.get(1);
    const risked: bigint[] = [];
    const locked: bigint[] = [];
    const limits = { perEpoch: 8n * seatBond, total: 12n * seatBond };
    const agent = await start({ policy: { ...POLICY, limits } });
    for (let i = 0; i < 4; i++) {
      for (const n of [1, 2, 3]) await at.ask(`question ${i} ${n}`);
      const epoch = await epochOn(agent);
      const [committed] = await at.assay.events([{ name: "consensus.BallotCommitted", args: { agentId: 0n, epoch } }]);
      if (committed?.name === "consensus.BallotCommitted") risked.push(committed.args.exposure);
      locked.push((await at.assay.stake.account(0n)).locked);
    }
    expect(risked.length).to.be.greaterThan(1);
    for (const exposure of risked) expect(exposure <= limits.perEpoch, String(exposure)).to.equal(true);
    for (const amount of locked) expect(amount <= limits.total, String(amount)).to.equal(true);
    // Both are reached: the questions would take more.
    expect([risked.includes(limits.perEpoch), locked.some((amount) => amount > limits.perEpoch)]).to.deep.equal([
      true,
      true,
    ]);
  });

  it("is silent for as long as it may where it has nothing to do", async () => {
    const agent = await start({ policy: { ...POLICY, keepAliveEpochs: 3 } });
    for (let i = 0; i < 10; i++) await epochOn(agent);
    const own = { args: { agentId: 0n } };
    const events = await at.assay.events([
      { name: "consensus.BallotCommitted", ...own },
      { name: "consensus.BallotRevealed", ...own },
    ]);
    const committed = events.flatMap(({ name, args }) => (name === "consensus.BallotCommitted" ? [args.epoch] : []));
    expect(committed.length).to.be.greaterThan(1);
    expect(committed).to.deep.equal(committed.map((_, i) => committed[0]! + 3 * i));
    expect(events.length - committed.length).to.be.within(committed.length - 1, committed.length);
    expect(agent.runtime.status.counts.beats).to.equal(events.length);
  });

  it("leaves the roll to others for a time of its own", async () => {
    const agent = await start({ monotonic });
    await at.ask("who rolls?");
    const epoch = (await at.world.epoch()) + 1;
    await at.world.warpTo(epoch, 1);
    const share = Number(BigInt(keccak(new TextEncoder().encode(`0 ${epoch}`))) % 1000n) / 1000;
    const own = Math.min(120, EPOCH_LENGTH / 20) * 1000 * share;
    expect(own).to.be.greaterThan(FEW);
    await agent.until("seen the epoch", () => agent.runtime.status.epoch === epoch);
    ms += own - FEW;
    const { counts } = agent.runtime.status;
    await looks(agent, 2);
    expect([counts.rolls, await at.assay.beats.seed(epoch)]).to.deep.equal([0, null]);
    ms += FEW;
    await agent.until("rolled", () => agent.runtime.status.counts.rolls === 1);
  });

  it("begins an epoch where blocks are made on demand only, and not while there are blocks", async () => {
    const agent = await start({ monotonic });
    const epoch = await epochOn(agent);
    const { rolls } = agent.runtime.status.counts;
    const { timestamp } = (await at.provider.getBlock("latest"))!;
    await at.provider.send("evm_setNextBlockTimestamp", [timestamp + EPOCH_LENGTH]);
    await looks(agent, 2);
    ms += EPOCH_LENGTH * 125 - 2 * FEW;
    await looks(agent, 2);
    expect(agent.runtime.status.epoch).to.equal(epoch);
    ms += 2 * FEW;
    await agent.until("begun", () => agent.runtime.status.epoch === epoch + 1);
    expect(agent.runtime.status.counts.rolls).to.equal(rolls + 1);
  });

  it("leaves an endpoint that has no new blocks, and says so", async () => {
    let left = 0;
    const agent = await start({ monotonic, leaveEndpoint: () => left++ });
    await epochOn(agent);
    const limit = 1000 * Math.max(60, EPOCH_LENGTH / 4);
    await looks(agent, 2);
    ms += limit - 2 * FEW;
    await looks(agent, 2);
    expect([left, agent.runtime.status.alerts.has("chain_unreachable")]).to.deep.equal([0, false]);
    ms += 2 * FEW;
    await agent.until("left it", () => left > 0);
    expect(agent.runtime.status.alerts.get("chain_unreachable")).to.match(/no new block/);
    await at.world.warpTo(await at.world.epoch(), 100);
    await agent.until("over", () => !agent.runtime.status.alerts.has("chain_unreachable"));
  });

  it("asks a relayer that has failed again where its wallet has no ether", async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      void (async () => {
        let body = "";
        for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
        const answer = (status: number, value: object) => response.writeHead(status).end(JSON.stringify(value));
        if (request.method === "GET") return answer(200, { id: request.url!.slice("/beats/".length), state: "sent" });
        if (asked++ === 0) return answer(503, { error: { message: "too many beats wait" } });
        const beat = JSON.parse(body) as RelayableBeat;
        await (await at.assay.beats.relay({ beats: [beat] })).wait();
        return answer(202, { id: keccak(beat.beat), state: "sent" });
      })();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const relayer = new Relayer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 10n ** 15n);
    await at.provider.send("hardhat_setBalance", [wallet().address, "0x0"]);
    const agent = await start({ relayer });
    const epoch = (await at.world.epoch()) + 1;
    await at.world.warpTo(epoch, 1);
    await (await at.assay.beats.roll()).wait();
    await agent.until("relayed", async () => (await at.assay.agents.state(0n)).lastEpoch === epoch);
    await agent.until("told", () => agent.runtime.status.counts.relayed === 1);
    expect(agent.happenings.map(({ message }) => message)).to.satisfy((messages: string[]) =>
      messages.some((message) => /the relayer .* refused: too many beats wait/.test(message)),
    );
    expect(asked).to.equal(2);
    expect(await at.provider.getTransactionCount(wallet().address)).to.equal(
      await at.provider.getTransactionCount(wallet().address, "pending"),
    );
    server.close();
    server.closeAllConnections();
  });
});
