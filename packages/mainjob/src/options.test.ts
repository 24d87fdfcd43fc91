import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Options, OptionsError, parseOptions } from "./options.ts";

function options(...args: string[]): Options {
  const parsed = parseOptions(args);
  assert.ok(!("help" in parsed));
  return parsed;
}

test("has defaults, smaller ones with --quick, and lets every one be set", () => {
  const { agents, epochs, claims, adversaries, seed, quick, json } = options();
  assert.deepEqual(
    { agents, epochs, claims, adversaries, seed, quick, json },
    { agents: 40, epochs: 30, claims: 600, adversaries: 0.2, seed: 1, quick: false, json: undefined },
  );
  const small = options("--quick", "--claims", "90");
  assert.deepEqual([small.agents, small.epochs, small.claims], [30, 6, 90]);
  const all = options("--agents", "12", "--epochs", "6", "--claims", "12", "--adversaries", ".5", "--seed", "0");
  assert.deepEqual([all.agents, all.epochs, all.claims, all.adversaries, all.seed], [12, 6, 12, 0.5, 0]);
  assert.deepEqual(options("--gas-prices", "0.5,20").gasPrices, [0.5, 20]);
});

test("makes the paths of files absolute", () => {
  const file = join(tmpdir(), "run.json");
  assert.equal(options("--json", file).json, file);
  assert.equal(options("--report", "r.html").report, join(process.cwd(), "r.html"));
});

test("prints help that names every option", () => {
  const parsed = parseOptions(["--help"]);
  assert.ok("help" in parsed);
  const names = ["agents", "epochs", "claims", "adversaries", "seed", "quick", "json", "report", "gas-prices"];
  for (const name of names) assert.match(parsed.help, new RegExp(`--${name}\\b`));
});

test("refuses bad input in one line that names it", () => {
  const cases: [string[], RegExp][] = [
    [["--agents", "11"], /--agents.*'11' is invalid.*from 12 to 200/],
    [["--agents", "1e2"], /'1e2' is invalid/],
    [["--agents", "-40"], /-40/],
    [["--agents"], /--agents.*argument missing/],
    [["--epochs", "401"], /--epochs.*from 6 to 400/],
    [["--epochs", "7.5"], /'7.5' is invalid/],
    [["--claims", "0"], /--claims.*from 12 to 1800/],
    [["--claims", "20"], /--claims 20 leaves some of the 30 epochs without a question/],
    [["--adversaries", "0.51"], /--adversaries.*from 0 to 0.5/],
    [["--adversaries", "many"], /'many' is invalid/],
    [["--seed", "4294967296"], /--seed.*from 0 to 4294967295/],
    [["--gas-prices", "1,,2"], /--gas-prices.*positive numbers/],
    [["--gas-prices", "0"], /--gas-prices.*positive numbers/],
    [["--json", "/no/such/folder/x.json"], /--json.*the folder \/no\/such\/folder does not exist/],
    [["--json", tmpdir()], /that is a folder/],
    [["--report", ""], /--report needs the name of a file/],
    [["--unknown"], /unknown option '--unknown'/],
    [["extra"], /too many arguments/],
  ];
  for (const [args, message] of cases) {
    assert.throws(
      () => parseOptions(args),
      (error: unknown) => {
        assert.ok(error instanceof OptionsError, args.join(" "));
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"), "one line");
        return true;
      },
    );
  }
});
