import { contentOf } from "@assay/sdk";
import { claimIdOf } from "@assay/protocol";
import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type CliWorld, createCliWorld, type Ended } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";
import { bytes32, pay } from "../sdk/kit.ts";

/** Accounts of the node: some that own no agent. */
const [ASKER, OTHER] = [10, 11];

describe("cli: claims", function () {
  this.timeout(180_000);
  let cli: CliWorld;
  let claim: string;
  let ipfs: Server;
  let gateway: string;

  before(async () => {
    cli = await createCliWorld({ agents: 3 });
    const contents: Record<string, string> = { "/ipfs/right": "the sea is salty", "/ipfs/wrong": "the sea is sweet" };
    ipfs = createServer(({ url = "" }, response) => {
      response.statusCode = url in contents ? 200 : 404;
      const [, moved] = /^\/ipfs\/to-(.*)$/.exec(url) ?? [];
      if (moved !== undefined) response.writeHead(302, { location: decodeURIComponent(moved) });
      response.end(contents[url]);
    });
    await new Promise<void>((ready) => ipfs.listen(0, "127.0.0.1", ready));
    gateway = `http://127.0.0.1:${(ipfs.address() as AddressInfo).port}/ipfs/`;
  });
  after(async () => {
    ipfs.close();
    await cli.close();
  });

  const epochs = async (n: number) => {
    for (let i = 0; i < n; i++) await cli.world.nextEpoch();
  };

  it("ask says what it costs, asks whether to send, and asks the committee", async () => {
    const args = ["ask", "--domain", "1", "--text", "the sky is blue", "--from", `node:${ASKER}`];
    const declined = await cli.run(args, { answer: false });
    expect([declined.code, declined.stdout]).to.deep.equal([1, ""]);
    expect(declined.stderr).to.match(
      /^ask a committee of domain 1 about 0x\w{64}\n {2}pays {2}9 ASSAY of 10000 ASSAY\n {2}gas {3}at most [\d.]+ ETH \(\d+ gas\) of [\d.]+ ETH\n {2}from {2}node:10 0x\w{40} on localhost \(chain 31337\)\nerror: nothing was sent\n$/,
    );
    const { code, stdout, stderr } = await cli.run([...args, "--salt", bytes32("once")], { answer: true });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^claim 0x\w{64}\nabout 0x\w{64}; paid 9 ASSAY\nvoted in epoch \d+, .* final from \d+ \(\d{4}-/,
    );
    claim = /^claim (0x\w{64})$/m.exec(stdout)?.[1] ?? "";
    const again = await cli.run([...args, "--salt", bytes32("once")], { answer: true });
    expect([again.code, again.stderr.includes("QuestionExists")]).to.deep.equal([1, true]);
  });

  it("ask refuses what no committee could answer, before anything is sent", async () => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli.as(ASKER, "ask", ...args);
      expect([code, stdout]).to.deep.equal([1, ""]);
      return stderr;
    };
    writeFileSync(join(cli.folder, "large"), "x".repeat(8_193));
    expect(await refused("--domain", "1")).to.equal(
      "error: say what the claim is about: one of --text, --file and --content-hash\n",
    );
    expect(await refused("--domain", "1", "--file", "none")).to.match(/^error: cannot read the content: ENOENT/);
    const large = await refused("--domain", "1", "--file", join(cli.folder, "large"));
    expect(large).to.match(/^error: the content has 8193 bytes, more than the 8192 .*: publish it and give its URI/);
    expect(await refused("--domain", "7", "--text", "x")).to.match(/UnknownDomain\(domainId: 7\)/);
    expect(await refused("--domain", "1", "--text", "x", "--budget-rounds", "3")).to.match(
      /^error: domain 1 has 3 rounds: prepay/,
    );
    expect(await refused("--text", "x")).to.match(/^error: required option '--domain <n>' not specified/);
  });

  it("verdict --wait says how far it is until the verdict is final", async () => {
    expect((await cli.run(["verify", claim])).code).to.equal(4);
    let waiting: Promise<Ended> | undefined;
    await new Promise<void>((told) => {
      waiting = cli.start(["verdict", claim, "--wait"], () => told()).ended;
    });
    await epochs(3);
    expect((await cli.run(["verdict", claim])).stdout).to.match(
      /\nstatus {7}provisional\n.*\n.*\n.*\nepoch {8}\d+, final from/,
    );
    await epochs(1);
    const { code, stdout, stderr } = (await waiting) as Ended;
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/^epoch \d+: voting; final from epoch \d+, \d{4}-/);
    expect(stdout).to.match(
      /^claim 0x\w{64}\nstatus {7}resolved \(final\)\noutcome {6}1\nsupport {6}100\.00 % in 1 round\nat risk {6}\d+ ASSAY to make/,
    );
    const data = await cli.json(ASKER, "verdict", claim.slice(0, 50));
    expect(data).to.include({ claimId: claim, status: "resolved", outcome: 1, supportBps: 10_000, final: true });
  });

  it("verify tells by its exit status whether the verdict is the expected one, and of that content", async () => {
    const verified = await cli.run(["verify", claim]);
    expect([verified.code, verified.stdout.endsWith("\nexpected 1: true\n")]).to.deep.equal([0, true]);
    expect(verified.stdout).to.match(/\ncontent {6}is the one that was judged \(0x\w{64}\)\n/);
    expect((await cli.run(["verify", claim, "--outcome", "0"])).code).to.equal(2);
    expect((await cli.run(["verify", claim, "--text", "the sky is blue"])).code).to.equal(0);
    const other = await cli.run(["verify", claim, "--text", "the sky is red"]);
    expect([other.code, other.stdout]).to.deep.equal([1, ""]);
    expect(other.stderr).to.match(/^error: that is not the content that was judged: its SHA-256 is 0x/);
    const none = await cli.run(["verify", claimIdOf(`0x${"01".repeat(24)}`)]);
    expect([none.code, none.stderr.startsWith("error: there is no claim 0x0101")]).to.deep.equal([1, true]);
  });

  it("verify says that a content is missing, too large, not the one that was judged, or not to be fetched", async () => {
    const { contentHash } = contentOf("the sea is salty");
    const about = async (uri: string, ...args: string[]) => {
      const { claimId } = await pay(cli.assay.questions.ask, { domainId: 1, contentHash, uri });
      return cli.run(["verify", claimId, "--gateway", gateway, ...args]);
    };
    expect((await about("ipfs://right")).code).to.equal(4); // not final
    expect((await about("ipfs://to-right")).code).to.equal(4);
    const refused = async (code: number, uri: string, ...args: string[]) => {
      const ended = await about(uri, ...args);
      expect([ended.code, ended.stdout]).to.deep.equal([code, ""]);
      return ended.stderr;
    };
    expect(await refused(75, "ipfs://gone")).to.equal("error: cannot get ipfs://gone: HTTP 404\n");
    const inside = `ipfs://to-${encodeURIComponent(gateway.replace("127.0.0.1", "localhost"))}right`;
    expect(await refused(75, inside)).to.match(/^error: cannot get ipfs:\/\/.*: it is moved to http:\n$/);
    expect(await refused(1, "ipfs://right", "--max-size", "5")).to.match(
      /^error: the content .* has more than 5 bytes/,
    );
    expect(await refused(1, "ipfs://wrong")).to.match(/^error: the content behind ipfs:\/\/wrong is not the one/);
    expect(await refused(1, gateway)).to.match(/ is not followed: only https:, ipfs: and data: URIs are/);
    expect(await refused(1, "")).to.match(/^error: the claim does not say where its content is: give it with --file/);
    expect((await about("", "--no-content")).code).to.equal(4);
  });

  it("assert stands until it is disputed in time, and resolve ends it", async () => {
    const asserted = await cli.as(ASKER, "assert", "--domain", "1", "--outcome", "0", "--text", "grass is red");
    expect(asserted.stdout).to.match(
      /^claim 0x\w{64}\nbond 36 ASSAY; it can be disputed until the end of epoch \d+ \(/,
    );
    const id = /^claim (0x\w{64})$/m.exec(asserted.stdout)?.[1] ?? "";
    expect((await cli.as(ASKER, "appeal", id)).stderr).to.match(/^error: claim 0x\w+ is before no committee/);
    const early = await cli.as(ASKER, "resolve", id);
    expect([early.code, early.stderr.includes("WindowOpen")]).to.deep.equal([75, true]);
    const disputed = await cli.as(OTHER, "dispute", id);
    expect(disputed.stderr).to.match(
      /^dispute that it is outcome 0, before a committee of domain 1\n {2}pays {2}45 ASSAY/,
    );
    await epochs(4);
    const resolved = await cli.as(OTHER, "resolve", id);
    expect(resolved.stdout).to.match(
      /^claim 0x\w+ is closed; the asserter was not upheld\n0x\w+ has [\d.]+ ASSAY to collect\n/,
    );
    expect((await cli.as(OTHER, "stake", "withdraw", "--credits")).stdout).to.match(/^0x\w+ received [\d.]+ ASSAY\n/);
    const wrong = await cli.as(ASKER, "assert", "--domain", "1", "--outcome", "2", "--text", "x");
    expect(wrong.stderr).to.equal("error: domain 1 has outcomes 0 to 1, not 2\n");
    expect((await cli.as(ASKER, "resolve", claim)).stderr).to.match(/\(asked questions need no resolving\)/);
    expect((await cli.as(ASKER, "dispute", claim)).stderr).to.match(/^error: there is no assertion 0x/);
  });

  it("appeal starts a further round in the epoch after the reveals, and not after the last one", async () => {
    const { claimId } = await cli.json(ASKER, "ask", "--domain", "1", "--text", "tea is hot");
    await epochs(1);
    const early = await cli.as(OTHER, "appeal", String(claimId));
    expect([early.code, early.stderr.includes("NotAppealable")]).to.deep.equal([75, true]);
    await epochs(2);
    const appealed = await cli.as(OTHER, "appeal", String(claimId));
    expect(appealed.stdout).to.match(/^round 2 of claim 0x\w+\nvoted in epoch \d+/);
    expect(appealed.stderr).to.match(/\n {2}pays {2}19 ASSAY of /);
    await epochs(4);
    expect((await cli.as(OTHER, "appeal", String(claimId))).stderr).to.match(/^error: claim 0x\w+ is final\n/);
  });

  it("statement sign, check and challenge take a sentence of an agent from its pledge to a committee", async () => {
    const owner = 2;
    const said = ["--agent", "0", "--domain", "1", "--outcome", "0", "--text", "the sun is cold"];
    const unknown = await cli.as(12, "statement", "sign", ...said);
    expect(unknown.stderr).to.match(/^error: 0x\w+ is no statement signer of agent 0: its owner adds it with/);
    await cli.json(owner, "agent", "signer", "node:12", "--agent", "0");
    const warned = await cli.as(12, "statement", "sign", ...said);
    expect(warned.stderr).to.match(/^warning: only 0 ASSAY of the pledge is certain until then: pledge more/);
    const file = join(cli.folder, "statement.json");
    writeFileSync(file, warned.stdout);
    const unpledged = await cli.run(["statement", "check", file]);
    expect([unpledged.code, /worth nothing: no pledge/.test(unpledged.stdout)]).to.deep.equal([1, true]);
    expect((await cli.json(owner, "stake", "pledge", "50", "--agent", "0")).stake).to.include({
      pledged: String(50n * TOKEN),
    });
    const checked = await cli.run(["statement", "check", file]);
    expect(checked.code, checked.stderr).to.equal(0);
    expect(checked.stdout).to.match(/\n36 ASSAY of 36 ASSAY certainly answer for it\nchallenged 0 times\n$/);
    writeFileSync(file, warned.stdout.replace('"outcome": 0', '"outcome": 1'));
    expect((await cli.run(["statement", "check", file])).stderr).to.match(/^error: the statement was changed after 0x/);
    writeFileSync(file, "{}");
    expect((await cli.run(["statement", "check", file])).stderr).to.match(/holds no signed statement/);
    writeFileSync(file, warned.stdout);
    const challenged = await cli.as(OTHER, "statement", "challenge", file);
    expect(challenged.stdout).to.match(/^claim 0x\w+ against agent 0: 36 ASSAY of its pledge is locked\nvoted in/);
    await epochs(4);
    const id = /^claim (0x\w{64})/.exec(challenged.stdout)?.[1] ?? "";
    expect((await cli.as(OTHER, "resolve", id)).stdout).to.match(/is closed; the statement's author was not upheld/);
    expect((await cli.run(["statement", "check", file])).stdout).to.match(/worth nothing: it has fallen/);
    expect((await cli.as(owner, "agent", "signer", "node:12", "--agent", "0", "--retire")).stdout).to.match(
      /is retired; what it/,
    );
  });
});
