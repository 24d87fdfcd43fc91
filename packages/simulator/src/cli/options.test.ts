import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { STRATEGIES } from "../strategies/strategies.ts";
import { SEAT_FEE } from "../engine/usual.ts";
import { parseOptions, type SimulateOptions } from "./options.ts";

const simulate = (...args: string[]) => parseOptions(args) as SimulateOptions;

function refusal(...args: string[]): string {
  try {
    parseOptions(args);
  } catch (error) {
    assert.equal((error as Error).name, "SimulatorError");
    const { message } = error as Error;
    assert.doesNotMatch(message, /\n/);
    return message;
  }
  throw new Error(`not refused: ${args.join(" ")}`);
}

describe("parseOptions", () => {
  it("has defaults for everything", () => {
    const { config, seeds, gasPrices } = simulate();
    assert.equal(config.source.kind, "synthetic");
    assert.deepEqual([config.agents, config.groups, config.engine, config.seed], [null, [], "sampled", 1]);
    assert.deepEqual([config.rules.seats, config.rules.maxRounds, config.rules.supermajorityBps], [9, 3, 6_667]);
    assert.deepEqual([seeds, gasPrices], [[1], [0.01, 1, 10]]);
  });

  it("reads groups with shares of stake and of identities, and settings of their strategies", () => {
    const { config } = simulate("--adversaries", "colluders:0.2,identities=0.4,lies=0.5;sleeper:0.1");
    const [colluders, sleeper] = config.groups;
    assert.deepEqual([colluders?.stake, colluders?.identities, colluders?.settings["lies"]], [0.2, 0.4, 0.5]);
    assert.deepEqual([sleeper?.stake, sleeper?.identities], [0.1, 0.1]);
  });

  it("reads a domain", () => {
    const text = "k=15,rounds=2,supermajority=7500,bond=32,burn=2000,without=trust+balance";
    const { rules } = simulate("--domain", text).config;
    assert.deepEqual([rules.seats, rules.maxRounds, rules.supermajorityBps, rules.burnBps], [15, 2, 7_500, 2_000]);
    assert.deepEqual([rules.seatBond, rules.without], [32n * SEAT_FEE, ["trust", "balance"]]);
    assert.equal(simulate("--domain", "k=auto").config.rules.seats, 0);
  });

  it("reads where the data come from", () => {
    const folder = mkdtempSync(join(tmpdir(), "assay-source-"));
    assert.deepEqual(simulate("--data", folder, "--open-as", "claims").config.source, {
      kind: "folder",
      path: folder,
      openAs: "claims",
    });
    assert.deepEqual(simulate("--data", "spam").config.source, { kind: "builtin", task: "spam" });
    const { source } = simulate("--data", "synthetic:accuracy=0.6,items=50").config;
    assert.ok(source.kind === "synthetic" && source.accuracy === 0.6 && source.items === 50);
  });

  it("takes several seeds from the first on", () => {
    assert.deepEqual(simulate("--seed", "7", "--seeds", "3").seeds, [7, 8, 9]);
  });

  it("reads what is wished of an advice", () => {
    const options = parseOptions(["--advise", "--error", "0.02", "--attacker", ".2", "--budget", "30.5"]);
    assert.ok(options.kind === "advise");
    assert.deepEqual(options.wish, {
      ...{ error: 0.02, attacker: 0.2, undecided: 0.1, accuracy: 0.85, correlation: 0, honestAgents: 100 },
      budget: 30.5,
    });
  });

  it("helps with every strategy and its settings", () => {
    const options = parseOptions(["--help"]);
    assert.ok(options.kind === "help");
    for (const { name, settings } of STRATEGIES.values()) {
      for (const word of [name, ...Object.keys(settings)]) assert.ok(options.text.includes(word), word);
    }
  });

  it("refuses strategies and settings that there are none of, and says what there is", () => {
    const unknown = refusal("--adversaries", "collders:0.2");
    for (const name of ["collders", ...STRATEGIES.keys()]) assert.ok(unknown.includes(name), name);
    assert.match(refusal("--adversaries", "colluders:0.2,speed=1"), /no setting "speed"; it has lies, popular/);
    assert.match(refusal("--adversaries", "colluders:0.2,lies=2"), /lies of colluders must be .* from 0 to 1, got 2/);
    assert.match(refusal("--domain", "size=3"), /no "size"; there are k, rounds, supermajority/);
    assert.match(refusal("--domain", "without=trust+luck"), /no part "luck"; there are trust, balance, rarity/);
    assert.match(refusal("--data", "synthetic:speed=1"), /no setting "speed"; it has items/);
    assert.match(refusal("--engine", "gpu"), /no engine "gpu"; there are sampled, exact, chain/);
  });

  it("refuses shares that exceed one, or are negative, or nothing", () => {
    assert.match(refusal("--adversaries", "colluders:0.6;lazy:0.5"), /shares of stake come to 1.1/);
    assert.match(refusal("--adversaries", "colluders:0.1,identities=0.5;lazy:0.5"), /shares of identities come to 1;/);
    assert.match(refusal("--adversaries", "colluders:-0.2"), /share of the stake of colluders .* got "-0.2"/);
    assert.match(refusal("--adversaries", "colluders:1"), /somebody honest has to be left/);
    assert.match(refusal("--adversaries", "colluders:0"), /colluders .* above 0/);
    assert.match(refusal("--adversaries", "colluders"), /not strategy:share/);
    assert.match(refusal("--adversaries", "lazy:0.1;lazy:0.2"), /lazy is given twice/);
  });

  it("names the option whose value is bad", () => {
    for (const [option, value] of [
      ["--seed", "x"],
      ["--seeds", "0"],
      ["--agents", "1"],
      ["--canaries", "2"],
      ["--canaries", "-0.1"],
      ["--epochs", "0"],
      ["--questions", "1.5"],
      ["--min-confidence", "yes"],
      ["--stake", "-5"],
      ["--budget", "3"],
      ["--gas-prices", "1,0"],
      ["--domain", "k=2"],
      ["--domain", "bond=100"],
      ["--domain", "k"],
      ["--data", "/there/is/no/such/folder"],
      ["--json", "/there/is/no/such/folder/a.json"],
      ["--report", "/"],
    ] as const) {
      assert.ok(refusal(option, value).includes(option), `${option} ${value}: ${refusal(option, value)}`);
    }
    assert.match(refusal("--frobnicate"), /unknown option '--frobnicate'/);
    assert.match(refusal("--advise", "--error", "0.02"), /--advise needs --error and --attacker/);
    assert.match(refusal("--advise", "--error", ".1", "--attacker", ".1", "--report", "a.html"), /--report/);
    assert.match(refusal("--advise", "--error", "0", "--attacker", "0.2"), /--error/);
  });
});
