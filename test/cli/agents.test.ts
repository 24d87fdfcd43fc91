import { openJournal } from "@assay/agent";
import { expect } from "chai";
import { Wallet } from "ethers";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliWorld, createCliWorld, lightKeystore, PASSPHRASE } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";

describe("cli: agents", function () {
  this.timeout(180_000);
  let cli: CliWorld;
  const hot = Wallet.createRandom();

  before(async () => {
    cli = await createCliWorld({ agents: 1 });
    mkdirSync(join(cli.folder, "keys"));
    writeFileSync(join(cli.folder, "keys", "hot.json"), lightKeystore(hot));
    writeFileSync(join(cli.folder, "passphrase"), `${PASSPHRASE}\n`);
  });
  after(() => cli.close());

  it("agent register registers, sets the hot key with its consent, and stakes", async () => {
    const hotKey = ["--wallet", "hot", "--passphrase-file", join(cli.folder, "passphrase")];
    const { code, stdout, stderr } = await cli.as(
      5,
      "agent",
      "register",
      "--uri",
      "ipfs://x",
      ...hotKey,
      "--stake",
      "2500",
    );
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^agent 1: owner 0x\w+, wallet 0x\w+, stake 2500 ASSAY\ncost: 3 transactions, .* ETH\nnext:/,
    );
    expect(stderr).to.match(
      /^register an agent\n {2}pays {2}2500 ASSAY of 10000 ASSAY\n {2}note {2}hot 0x\w+ will vote for it/,
    );
    expect(await cli.assay.agents.wallet(1n)).to.equal(hot.address);
    expect(await cli.assay.agents.uri(1n)).to.equal("ipfs://x");
  });

  it("agent card makes a registration file, agent publish sets it, and agent card shows it", async () => {
    const about = ["--name", "Judge", "--service", "A2A=https://example.org/a2a"];
    await cli.json(2, "agent", "card", "--agent", "1", ...about, "--out", join(cli.folder, "card.json"));
    const card = JSON.parse(readFileSync(join(cli.folder, "card.json"), "utf8")) as object;
    expect(card).to.deep.equal({
      type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
      ...{ name: "Judge", description: "", active: true },
      services: [{ name: "A2A", endpoint: "https://example.org/a2a" }],
      registrations: [{ agentId: 1, agentRegistry: `eip155:31337:${cli.assay.addresses.registry}` }],
      supportedTrust: ["crypto-economic"],
    });
    await cli.json(5, "agent", "publish", "--agent", "1", ...about);
    const shown = await cli.json(5, "agent", "card", "--agent", "1");
    expect(JSON.parse(String(shown.card))).to.deep.equal(card);
    const stranger = await cli.as(6, "agent", "publish", "--agent", "1", "--uri", "https://x.org");
    expect([stranger.code, stranger.stderr.includes("ERC721InsufficientApproval")]).to.deep.equal([1, true]);
    const bad = await cli.as(5, "agent", "card", "--agent", "1", "--name", "x", "--service", "A2A");
    expect(bad.stderr).to.equal("error: --service A2A: expected NAME=URL, such as A2A=https://example.org/a2a\n");
  });

  it("agent card --check holds a file, a URI or the agent's own to the standard", async () => {
    const path = join(cli.folder, "checked.json");
    const check = async (card: unknown, ...args: string[]) => {
      writeFileSync(path, typeof card === "string" ? card : JSON.stringify(card));
      const { code, stdout } = await cli.run(["agent", "card", "--check", path, ...args]);
      return [code, ...stdout.trimEnd().split("\n")];
    };
    const good = JSON.parse(readFileSync(join(cli.folder, "card.json"), "utf8")) as Record<string, unknown>;
    const image = "note: image: is missing; applications that show tokens want one";
    const well = "the registration file is what ERC-8004 says";
    expect(await check(good, "--agent", "1")).to.deep.equal([0, `${well}, and about agent 1`, image]);
    const registry = cli.assay.addresses.registry.toLowerCase();
    expect(await check({ ...good, image: "https://x.org/i.png" })).to.deep.equal([0, well]);
    expect(await check(good, "--agent", "0")).to.deep.equal([
      ...[
        1,
        `problem: registrations: agent 0 of eip155:31337:${cli.assay.addresses.registry} is not among them`,
        image,
      ],
    ]);
    const { services, ...older } = good;
    expect((await check({ ...older, endpoints: services })).slice(0, 3)).to.deep.equal([
      ...[0, well, "note: endpoints: are called services since January 2026"],
    ]);
    const registrations = [{ agentId: -1, agentRegistry: `eip155:1:${registry}0` }];
    expect(await check({ ...good, name: 7, type: "x", services: [{ name: "A2A" }], registrations })).to.deep.equal([
      1,
      'problem: type: expected "https://eips.ethereum.org/EIPS/eip-8004#registration-v1"',
      "problem: name: expected a text",
      "problem: services.0.endpoint: is missing",
      "problem: registrations.0.agentId: expected an agent's id, a whole number",
      "problem: registrations.0.agentRegistry: expected a registry such as eip155:1:0x8004...",
    ]);
    expect(await check("7")).to.deep.equal([1, "problem: expected an object"]);
    expect(await check("{")).to.deep.equal([1, "problem: the registration file is no JSON"]);
    const own = await cli.run(["agent", "card", "--check", "--agent", "1"]);
    expect([own.code, own.stdout.startsWith(`${well}, and about agent 1\n`)]).to.deep.equal([0, true]);
    const { uri } = await cli.json(5, "agent", "card", "--agent", "1");
    expect((await cli.run(["agent", "card", "--check", String(uri)])).code).to.equal(0);
    const nameless = await cli.as(5, "agent", "publish", "--agent", "1", "--name", "");
    expect(nameless.stderr).to.equal("error: the registration file: name: expected a text that is not empty\n");
  });

  it("agent serve-card serves what the options, a file or the chain say, with what the chain knows of the agent", async () => {
    const serve = async (args: readonly string[], work: (url: string) => Promise<void>) => {
      await new Promise<void>((done, fail) => {
        let begun = false;
        const running = cli.start(["agent", "serve-card", "--port", "0", ...args], (text) => {
          const url = /listening on (http:\S+),/.exec(text)?.[1];
          if (url === undefined || begun) return;
          begun = true;
          work(url).then(() => running.interrupt(), fail);
        });
        running.ended.then(({ code, stderr }) => (code === 0 ? done() : fail(new Error(stderr))), fail);
      });
    };
    await serve(["--agent", "1"], async (url) => {
      const response = await fetch(`${url}/.well-known/agent-registration.json`);
      const { headers } = response;
      expect([response.status, headers.get("content-type")]).to.deep.equal([200, "application/json"]);
      expect(headers.get("cache-control")).to.equal("public, max-age=60");
      const made = (await response.json()) as object;
      // Not enrolled, whatever its file says.
      expect(made).to.include({ name: "Judge", active: false });
      const etag = headers.get("etag") ?? "";
      expect(etag).to.match(/^"[\w-]{43}"$/);
      const same = await fetch(`${url}/agent.json`, { headers: { "if-none-match": `W/"x", ${etag}` } });
      expect([same.status, await same.text()]).to.deep.equal([304, ""]);
      const head = await fetch(`${url}/agent.json`, { method: "HEAD" });
      expect([head.status, head.headers.get("etag"), await head.text()]).to.deep.equal([200, etag, ""]);
      expect((await fetch(`${url}/agent.json`, { method: "POST" })).status).to.equal(405);
      expect((await fetch(`${url}/other`)).status).to.equal(404);
    });
    const service = ["--service", "A2A@0.3.0=https://x.org/a2a", "--service", "ENS=judge.eth"];
    await serve(["--agent", "0", "--name", "First", ...service], async (url) => {
      const made = (await (await fetch(`${url}/agent.json`)).json()) as Record<string, unknown>;
      expect(made).to.include({ name: "First", active: true });
      expect(made.services).to.deep.equal([
        { name: "A2A", endpoint: "https://x.org/a2a", version: "0.3.0" },
        { name: "ENS", endpoint: "judge.eth" },
      ]);
    });
    const path = join(cli.folder, "elsewhere.json");
    const registrations = [{ agentId: 7, agentRegistry: `eip155:1:${cli.assay.addresses.registry}` }];
    const card = {
      ...JSON.parse(readFileSync(join(cli.folder, "card.json"), "utf8")),
      registrations,
      custom: 1,
    } as object;
    writeFileSync(path, JSON.stringify(card));
    await serve(["--agent", "0", "--file", path], async (url) => {
      const made = (await (await fetch(`${url}/agent.json`)).json()) as Record<string, unknown>;
      const own = { agentId: 0, agentRegistry: `eip155:31337:${cli.assay.addresses.registry}` };
      expect([made.custom, made.registrations]).to.deep.equal([1, [...registrations, own]]);
    });
    const nothing = await cli.run(["agent", "serve-card", "--port", "0", "--agent", "0"]);
    expect(nothing.stderr).to.match(
      /^error: say what to serve, by --name or --file: agent 0 has no registration file\n/,
    );
    writeFileSync(path, "{}");
    const broken = await cli.run(["agent", "serve-card", "--port", "0", "--agent", "0", "--file", path]);
    expect(broken.stderr).to.match(/^error: the registration file: type: is missing; name: is missing;/);
  });

  it("stake add, remove and withdraw move stake as the vault allows", async () => {
    const added = await cli.json(6, "stake", "add", "100.5", "--agent", "1");
    expect(added.stake).to.include({ balance: String(2600n * TOKEN + TOKEN / 2n) });
    const { stdout } = await cli.as(5, "stake", "remove", "100", "--agent", "1");
    expect(stdout).to.match(
      /^stake 2600\.5 ASSAY: .* withdrawing 100 ASSAY, free 2500\.5 ASSAY\n100 ASSAY can be had from epoch \d+ \(/,
    );
    const early = await cli.as(5, "stake", "withdraw", "--agent", "1");
    expect([early.code, early.stderr.includes("StillUnbonding")]).to.deep.equal([75, true]);
    await cli.json(5, "stake", "remove", "--cancel", "--agent", "1");
    await cli.json(5, "stake", "remove", "600.5", "--agent", "1");
    await cli.world.warpTo((await cli.world.epoch()) + 19, 1);
    const paid = await cli.json(5, "stake", "withdraw", "--agent", "1");
    expect(paid.amount).to.equal(String(600n * TOKEN + TOKEN / 2n));
    const nothing = await cli.as(5, "stake", "withdraw", "--credits");
    expect([nothing.code, nothing.stderr.includes("NothingToCollect")]).to.deep.equal([1, true]);
    const both = await cli.as(5, "stake", "remove", "5", "--cancel", "--agent", "1");
    expect(both.stderr).to.equal("error: give either an amount or --cancel\n");
  });

  it("domain create, list and show a domain, and refuse parameters out of bounds", async () => {
    const made = await cli.json(5, "domain", "create", "--seats", "3", "--seat-fee", "0.5", "--uri", "ipfs://about");
    expect(made.domainId).to.equal(2);
    const { stdout } = await cli.run(["domain", "list"]);
    expect(stdout).to.match(
      /^DOMAIN {2}OUTCOMES.*\n1 {7}2 .* open\n2 {7}2 {9}3 {6}0\.5 ASSAY .* too little stake {2}ipfs:\/\/about\n$/,
    );
    const shown = await cli.run(["domain", "show", "2"]);
    expect(shown.stdout).to.match(
      /^domain 2: ipfs:\/\/about\n2 outcomes, 3 seats of 0\.5 ASSAY, 12 ASSAY at risk a seat\n/,
    );
    const unknown = await cli.run(["domain", "show", "9"]);
    expect([unknown.code, unknown.stderr.includes("UnknownDomain")]).to.deep.equal([1, true]);
    const refused = await cli.as(5, "domain", "create", "--seats", "2");
    expect(refused.stderr).to.equal("error: seats must be from 3 to 255, not 2\n");
    const cheap = await cli.as(5, "domain", "create", "--seat-bond", "1");
    expect(cheap.stderr).to.equal("error: a seat's bond must be 8 to 64 of its fees: 1 ASSAY is not\n");
  });

  it("domain join enrolls with secrets that are kept first, and domain leave takes the stake out", async () => {
    const place = ["--agent", "1", "--domain", "2"];
    const joined = await cli.json(5, "domain", "join", ...place, "--amount", "2000", "--chain-length", "300");
    expect(joined).to.include({ agentId: "1", domainId: 2, fromEpoch: (await cli.world.epoch()) + 2 });
    const { chainId } = await cli.assay.terms();
    const { consensus } = cli.assay.addresses;
    const journal = openJournal(String(joined.journal), { chainId, consensus, agentId: 1n });
    const kept = journal.load();
    expect([kept?.tipEpoch, kept?.chain.length]).to.deep.equal([Number(joined.fromEpoch) - 1, 300]);
    const running = await cli.run(["doctor", "--from", "node:5", "--agent", "1"]);
    expect(running.stdout).to.match(/\nok {4}agent 1: enrolled; another process runs it now\n$/);
    journal.close();
    const more = await cli.as(5, "domain", "join", ...place, "--amount", "2001");
    expect(more.stderr).to.match(/^error: agent 1 can allocate at most 2000 ASSAY: stake more/);
    expect((await cli.as(5, "domain", "leave", ...place)).stdout).to.match(
      /^agent 1 leaves domain 2 with epoch \d+\ncost: 1 tr/,
    );
    const elsewhere = await cli.run(["domain", "join", ...place, "--amount", "1", "-y", "--from", "node:5"], {
      env: { ASSAY_DATA: "elsewhere" },
    });
    expect(elsewhere.stderr).to.match(/^error: agent 1 is enrolled, but its secrets are not in .*elsewhere/);
  });

  it("agent status and doctor show where the agent stands", async () => {
    const { stdout } = await cli.run(["agent", "status", "--agent", "1"]);
    expect(stdout).to.match(
      /^agent 1: owner 0x\w+, wallet 0x\w+; epoch \d+\nstake 2000 ASSAY: .*\nenrolled; .* 0 revealed and unsettled\ndomain 2: 0 ASSAY of 0 ASSAY, 0 verdicts, weight \d\.\d\d\n$/,
    );
    const checked = await cli.run(["doctor", "--from", "node:5", "--agent", "1"]);
    expect(checked.stdout).to.match(/\nok {4}agent 1: enrolled; secrets for 30\d epochs left\n$/);
  });

  it("agent rotate replaces the hot key, or the secrets", async () => {
    const turned = await cli.json(5, "agent", "rotate", "--agent", "1", "--wallet", "node:7");
    expect(await cli.assay.agents.wallet(1n)).to.equal(turned.wallet);
    const renewed = await cli.json(5, "agent", "rotate", "--agent", "1", "--secrets", "--chain-length", "64");
    expect(renewed.firstEpoch).to.equal((await cli.world.epoch()) + 2);
    const checked = await cli.run(["doctor", "--from", "node:5", "--agent", "1"]);
    expect(checked.stdout).to.match(
      /\nwarn {2}agent 1: enrolled; secrets for \d\d epochs left\n {6}make new ones in time/,
    );
    const stranger = await cli.as(6, "agent", "rotate", "--agent", "1", "--secrets");
    expect([stranger.code, /NotAgent(Owner|Wallet)/.test(stranger.stderr)]).to.deep.equal([1, true]);
    const nothing = await cli.as(5, "agent", "rotate", "--agent", "1");
    expect(nothing.stderr).to.equal("error: say what to replace: --wallet KEY or --secrets\n");
  });
});
