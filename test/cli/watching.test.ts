import { claimIdOf } from "@assay/protocol";
import { contentOf } from "@assay/sdk";
import { expect } from "chai";
import { type CliWorld, createCliWorld } from "./kit.ts";
import { pay } from "../sdk/kit.ts";

describe("cli: watching", function () {
  this.timeout(180_000);
  let cli: CliWorld;

  before(async () => {
    cli = await createCliWorld({ agents: 3, domains: [{ supermajorityBps: 5_001 }] });
  });
  after(() => cli.close());

  it("watch shows epochs, an agent's ballots and money, and verdicts that nobody has sent", async () => {
    let output = "";
    const watching = cli.start(["watch", "--agent", "0"], (text) => (output = text));
    const until = async (expected: RegExp) => {
      while (!expected.test(output)) await new Promise((done) => setTimeout(done, 50));
    };
    const { questionId } = await pay(cli.assay.questions.ask, { domainId: 1, ...contentOf("x") });
    const claim = claimIdOf(questionId);
    for (let i = 0; i < 5; i++) {
      await cli.world.nextEpoch();
      // It shows what is, not what has been in between.
      await until(new RegExp(`^epoch ${await cli.world.epoch()} `, "m"));
    }
    await until(/settled epoch \d+: won [1-9][^]*\nclaim \S+ is resolved/);
    watching.interrupt();
    const { code, stdout } = await watching.ended;
    expect(code, stdout).to.equal(0);
    expect(stdout).to.match(/^epoch \d+ \(until \d{4}-\d\d-/);
    expect(stdout).to.match(/\nblock \d+: agent 0 committed its ballot of epoch \d+, \d+ ASSAY locked\n/);
    expect(stdout).to.match(/\nblock \d+: agent 0 revealed epoch \d+: \d+ seats on 1 questions\n/);
    expect(stdout).to.include(`\nclaim ${claim} is provisional: outcome 1, 100.00 %\n`);
    expect(stdout).to.include(`\nclaim ${claim} is resolved: outcome 1, 100.00 %\n`);
    expect(stdout).not.to.match(/agent [12] /);
  });

  it("watch --json writes a line of JSON for each, of one domain if told, and of the past", async () => {
    const past = ["watch", "--json", "--from-block", "0"];
    const all = await cli.run(past, { until: /"type":"epoch"/ });
    const items = all.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; name?: string });
    expect(new Set(items.map(({ type }) => type))).to.include.all.keys("event", "epoch");
    expect(items.some(({ name }) => name === "consensus.QuestionFinalized")).to.equal(true);
    const none = await cli.run([...past, "--domain", "2"], { until: /"type":"epoch"/ });
    expect(none.stdout).not.to.include("consensus.Question");
  });

  it("domain show --agreement shows how each two agents err together", async () => {
    // Agents 0 and 1 have the majority, so that 2 is the one that errs.
    for (const [i, text] of ["a", "b", "c"].entries()) {
      cli.world.opinions.set(2n, () => (i === 0 ? 0 : 1));
      await pay(cli.assay.questions.ask, { domainId: 1, ...contentOf(text) });
      for (let epoch = 0; epoch < 5; epoch++) await cli.world.nextEpoch();
    }
    const { stdout } = await cli.run(["domain", "show", "1", "--agreement"]);
    expect(stdout).to.match(/^AGENTS {2}BOTH ANSWERED {2}WRONG {2}BOTH WRONG {2}IF INDEPENDENT {2}CORRELATION\n/);
    expect(stdout).to.match(/\n0, 1 +[34] +0, 0 +0 +0\.00 +-\n/);
    expect(stdout).to.match(/\n0, 2 +[34] +0, 1 +0 +0\.00 +-\n/);
    const { pairs } = await cli.json(2, "domain", "show", "1", "--agreement");
    expect((pairs as object[])[0]).to.deep.include({
      agents: ["0", "1"],
      wrong: [0, 0],
      bothWrong: 0,
      correlation: null,
    });
    await cli.json(2, "domain", "create");
    const empty = await cli.run(["domain", "show", "2", "--agreement"]);
    expect(empty.stdout).to.equal("no two agents have answered the same decided question yet\n");
  });
});
