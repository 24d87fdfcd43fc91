import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { chooseNetwork, type Config, loadConfig, parseConfig, withNetwork } from "./config.ts";
import { CliError } from "./errors.ts";

const CLAIMS = `0x${"11".repeat(20)}`;

/** What is wrong with a configuration. */
function problemOf(text: string): string {
  try {
    parseConfig(text, "assay.json");
  } catch (error) {
    assert.ok(error instanceof CliError);
    assert.equal(error.code, "BAD_CONFIG");
    return error.message;
  }
  throw new Error("nothing is wrong with it");
}

describe("parseConfig", () => {
  it("names the line, the setting, and what was expected there", () => {
    const network = (lines: string) => `{\n  "networks": {\n    "x": {\n${lines}\n    }\n  }\n}`;
    const rpc = '      "rpc": ["https://example.org"],\n';
    assert.equal(problemOf("{"), "assay.json:1: not JSON: expected a close brace");
    assert.equal(problemOf('{\n  "network": "x"\n  "networks": {}\n}'), "assay.json:3: not JSON: expected a comma");
    assert.equal(problemOf("{ // mine\n}"), "assay.json:1: not JSON: invalid comment token");
    assert.equal(problemOf("[]"), "assay.json:1: networks: is missing");
    assert.equal(problemOf('{\n  "network": "x"\n}'), "assay.json:1: networks: is missing");
    assert.equal(problemOf('{ "networks": {},\n  "netwrok": "x" }'), "assay.json:2: netwrok: there is no such setting");
    assert.equal(problemOf(network("")), "assay.json:3: networks.x.rpc: is missing");
    assert.equal(problemOf(network('      "rpc": []')), "assay.json:4: networks.x.rpc: expected at least one URL");
    assert.equal(
      problemOf(network('      "rpc": [\n        "https://example.org",\n        "ws://example.org"\n      ]')),
      "assay.json:6: networks.x.rpc[1]: expected a URL that begins with http:// or https://",
    );
    assert.match(problemOf(network(rpc.slice(0, -2))), /^assay\.json:3: networks\.x: expected either "deployment" \(/);
    assert.equal(
      problemOf(network(`${rpc}      "claims": "0x12"`)),
      "assay.json:5: networks.x.claims: expected an address",
    );
    assert.equal(
      problemOf(network(`${rpc}      "deployment": "d.json",\n      "agent": 7`)),
      "assay.json:6: networks.x.agent: expected a decimal number as text",
    );
  });
});

describe("loadConfig", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-config-"));
  after(() => rmSync(root, { recursive: true }));

  it("takes the next file above, the one that is named, or none; paths count from the file's folder", () => {
    const inner = join(root, "a", "b");
    mkdirSync(inner, { recursive: true });
    const network = { rpc: ["https://example.org"], deployment: "d.json" };
    writeFileSync(join(root, "assay.json"), JSON.stringify({ networks: { x: network }, keys: "k" }));
    writeFileSync(join(root, "other.json"), JSON.stringify({ networks: {} }));
    const found = loadConfig({}, {}, inner);
    assert.deepEqual([found.path, found.keys], [join(root, "assay.json"), join(root, "k")]);
    assert.equal(found.networks.x?.deployment, join(root, "d.json"));
    assert.equal(loadConfig({}, { ASSAY_KEYS: "/k" }, inner).keys, "/k");
    assert.deepEqual(loadConfig({ config: "../../other.json" }, {}, inner).networks, {});
    assert.deepEqual(loadConfig({}, { ASSAY_CONFIG: join(root, "other.json") }, inner).networks, {});
    assert.equal(loadConfig({}, {}, "/").path, null);
    assert.throws(() => loadConfig({ config: "none.json" }, {}, inner), { code: "NO_CONFIG" });
  });
});

describe("chooseNetwork", () => {
  const x = { rpc: ["https://x.org"], deployment: "x.json" };
  const y = { rpc: ["https://y.org"], claims: CLAIMS, from: "owner" };
  const config = (part: Partial<Config> = {}): Config => {
    return { path: "assay.json", network: undefined, networks: { x, y }, keys: "", data: "", ...part };
  };

  it("prefers the option to the environment, and both to the file", () => {
    assert.equal(chooseNetwork(config({ network: "x" }), { network: "y" }, { ASSAY_NETWORK: "x" }).name, "y");
    assert.equal(chooseNetwork(config({ network: "x" }), {}, { ASSAY_NETWORK: "y" }).name, "y");
    assert.equal(chooseNetwork(config({ network: "x" }), {}, {}).name, "x");
    assert.deepEqual(chooseNetwork(config({ networks: { y } }), {}, {}), { name: "y", ...y, deployment: undefined });
    const env = { ASSAY_RPC_URL: "https://e.org", ASSAY_CLAIMS: CLAIMS };
    assert.deepEqual(chooseNetwork(config(), { network: "x", rpc: "https://o.org" }, env).rpc, ["https://o.org"]);
    assert.equal(chooseNetwork(config(), { network: "x" }, env).deployment, undefined);
    const nothing = config({ path: null, networks: {} });
    assert.deepEqual(chooseNetwork(nothing, {}, env), { name: "environment", rpc: ["https://e.org"], claims: CLAIMS });
  });

  it("says which networks there are, or that there is no configuration", () => {
    const refuses = (part: Partial<Config>, env: NodeJS.ProcessEnv, message: RegExp, network?: string) => {
      assert.throws(() => chooseNetwork(config(part), network === undefined ? {} : { network }, env), { message });
    };
    refuses({}, {}, /^say which network: --network in assay\.json \(it has x, y\)$/);
    refuses({}, {}, /^no network "z" in assay\.json \(it has x, y\)$/, "z");
    refuses({ path: null, networks: {} }, {}, /^there is no assay\.json here or in a folder above: "assay init"/);
    refuses({}, { ASSAY_CLAIMS: "0x1" }, /^\$ASSAY_CLAIMS is no address: 0x1$/, "x");
    refuses({}, { ASSAY_RPC_URL: "here" }, /^the endpoint is no URL that begins with/, "x");
  });
});

describe("withNetwork", () => {
  it("adds to a file what it did not say, and keeps the rest", () => {
    const network = { rpc: ["https://x.org"], claims: CLAIMS };
    const first = withNetwork(null, "x", network);
    assert.deepEqual(JSON.parse(first), { network: "x", networks: { x: network } });
    const second = withNetwork(first, "y", network, "keys");
    assert.deepEqual(JSON.parse(second), { network: "x", networks: { x: network, y: network }, keys: "keys" });
    assert.ok(second.startsWith('{\n  "network": "x",\n  "networks": {\n    "x": {\n'));
  });
});
