import type { RelayableBeat } from "@assay/sdk";
import { expect } from "chai";
import { type CliWorld, createCliWorld, type Ended } from "./kit.ts";

/** Account that relays. */
const RELAYER = 10;
const FEE = 10n ** 16n;

describe("cli: relay", function () {
  this.timeout(180_000);
  let cli: CliWorld;
  let url: string;
  let ended: Promise<Ended>;
  let stop: () => void;

  before(async () => {
    cli = await createCliWorld({ agents: 3 });
    const args = ["relay", "--port", "0", "--min-fee", "0.01", "--max-beats", "2", "--max-wait", "3", "--yes"];
    await new Promise<void>((ready, fail) => {
      const running = cli.start([...args, "--from", `node:${RELAYER}`], (text) => {
        const found = /relaying on (http:\S+)/.exec(text)?.[1];
        if (found === undefined) return;
        url = found;
        ready();
      });
      ended = running.ended;
      stop = running.interrupt;
      ended.then(({ stderr }) => fail(new Error(stderr)), fail);
    });
  });
  after(async () => {
    stop();
    await ended;
    await cli.close();
  });

  /** The agents' beats of the next epoch, or of the present one. */
  async function signed({ fee = FEE, next = true } = {}): Promise<RelayableBeat[]> {
    if (next) {
      await cli.world.warpTo((await cli.world.epoch()) + 1, 1);
      await (await cli.assay.beats.roll()).wait();
    }
    const deadline = (await cli.assay.runner.provider!.getBlock("latest"))!.timestamp + 600;
    const beats: RelayableBeat[] = [];
    for (const agent of cli.world.agents) beats.push((await agent.prepareBeat({ maxRelayFee: fee, deadline }))!);
    return beats;
  }
  async function call(method: string, path: string, body?: string): Promise<[number, Record<string, unknown>]> {
    const response = await fetch(`${url}${path}`, { method, ...(body !== undefined && { body }) });
    return [response.status, (await response.json()) as Record<string, unknown>];
  }
  const post = ({ beat, signature }: RelayableBeat) => call("POST", "/beats", JSON.stringify({ beat, signature }));
  const refusal = ([status, { error }]: [number, Record<string, unknown>]) => [
    status,
    (error as { code: string }).code,
  ];
  async function until(id: unknown, state: string): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 200; tries++) {
      const [, found] = await call("GET", `/beats/${String(id)}`);
      if (found.state === state) return found;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`never ${state}`);
  }

  /** Of the first epoch: one that comes too late, and one that pays too little. */
  let stale: RelayableBeat;
  let cheap: RelayableBeat;
  /** Of the third epoch. */
  let good: RelayableBeat;

  it("takes beats that would take effect, and sends them together for their fees", async () => {
    const beats = await signed();
    [stale] = (await signed({ fee: FEE + 1n, next: false })) as [RelayableBeat];
    [cheap] = (await signed({ fee: FEE - 1n, next: false })) as [RelayableBeat];
    const answers = await Promise.all(beats.map(post));
    expect(answers.map(([status]) => status)).to.deep.equal([202, 202, 202]);
    expect(answers[0]![1]).to.include({ agentId: "0", state: "queued" });
    for (const [, { id }] of answers) expect(await until(id, "relayed")).to.have.property("transaction");
    const [again, known] = await post(beats[0]!);
    expect([again, known.state]).to.deep.equal([202, "relayed"]);
    for (const agentId of [0n, 1n, 2n]) expect((await cli.assay.agents.state(agentId)).ballotOpen).to.equal(true);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).to.match(/^assay_relay_beats_total\{result="relayed"\} 3$/m);
    expect(metrics).to.match(/^assay_relay_transactions_total 2$/m);
    expect(metrics).to.match(new RegExp(`^assay_relay_fees_wei_total ${3n * FEE}$`, "m"));
    expect(await call("GET", "/health")).to.deep.include.members([200]);
  });

  it("refuses what is no beat, forged, stale, too cheap or too large, with the reason", async () => {
    const [first, other] = (await signed()) as [RelayableBeat, RelayableBeat];
    expect(refusal(await call("POST", "/beats", "{"))).to.deep.equal([400, "BAD_INPUT"]);
    expect(refusal(await call("POST", "/beats", '{"beat":"0x12"}'))).to.deep.equal([400, "BAD_INPUT"]);
    expect(refusal(await post({ ...first, beat: "0x1234" }))).to.deep.equal([400, "MALFORMED_BEAT"]);
    expect(refusal(await post({ ...first, signature: other.signature }))).to.deep.equal([
      422,
      "INVALID_BEAT_SIGNATURE",
    ]);
    expect(refusal(await post(stale))).to.deep.equal([422, "COMMIT_OUT_OF_EPOCH"]);
    expect(refusal(await call("POST", "/beats", "x".repeat(70_000)))).to.deep.equal([413, "TOO_LARGE"]);
    expect(refusal(await call("GET", "/none"))).to.deep.equal([404, "NOT_FOUND"]);
    expect(refusal(await post(cheap))).to.deep.equal([402, "FEE_TOO_LOW"]);
    expect(await (await fetch(`${url}/metrics`)).text()).to.match(/result="refused"\} 5$/m);
  });

  it("begins an epoch that nobody else has begun, so that agents without ether know their seats", async () => {
    const epoch = (await cli.world.epoch()) + 1;
    await cli.world.warpTo(epoch, 1);
    for (let tries = 0; (await cli.assay.beats.seed(epoch)) === null; tries++) {
      expect(tries, "never rolled").to.be.below(600);
      await new Promise((done) => setTimeout(done, 100));
    }
    [good] = (await signed({ next: false })) as [RelayableBeat];
  });

  it("sends what waits before it ends", async () => {
    expect((await post(good))[0]).to.equal(202);
    stop();
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^relayed 4 beats in 3 transactions, \d+ gas; earned 0\.04 ASSAY\n/);
    expect(stdout).to.match(/^rolled \d+ epochs that nobody else had$/m);
    expect((await cli.assay.agents.state(0n)).ballotOpen).to.equal(true);
    expect((await cli.as(RELAYER, "stake", "withdraw", "--credits")).stdout).to.match(/ received 0\.04 ASSAY\n/);
  });
});
