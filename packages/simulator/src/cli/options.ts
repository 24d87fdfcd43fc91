import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { SimulatorError } from "../errors.ts";
import type { Config, EngineKind } from "../model/config.ts";
import { checkConfig } from "../run/check.ts";
import type { Wish } from "../advise/wish.ts";
import { readGroups } from "./adversaries.ts";
import { SEAT_FEE } from "../engine/usual.ts";
import { DOMAIN_HELP, readRules } from "./domain.ts";
import { bad, readName, readNumber } from "./settings.ts";
import { readSource } from "./source.ts";
import { strategiesHelp } from "./strategies-help.ts";

/** What is to be done. */
export type Options =
  | { readonly kind: "help"; readonly text: string }
  | ({ readonly kind: "simulate" } & SimulateOptions)
  | ({ readonly kind: "advise" } & AdviseOptions);

export interface SimulateOptions extends Outputs {
  /** Of the first seed; the others differ in nothing else. */
  readonly config: Config;
  readonly seeds: readonly number[];
  /** Gwei. */
  readonly gasPrices: readonly number[];
  /** Questions and agents one by one in the JSON. */
  readonly rows: boolean;
}

export interface AdviseOptions extends Outputs {
  readonly wish: Wish;
  readonly seed: number;
  readonly seeds: number;
}

interface Outputs {
  /** Absolute path, or "-" for standard output. */
  readonly json?: string;
  /** Absolute path of an HTML file. */
  readonly report?: string;
}

/** Gwei: a rollup, a quiet and a busy day of a base layer. */
const GAS_PRICES = "0.01,1,10";
const MOST_SEED = 2 ** 32 - 1;
const ENGINES: Readonly<Record<EngineKind, EngineKind>> = { sampled: "sampled", exact: "exact", chain: "chain" };
const OPEN_AS = { candidates: "candidates", claims: "claims" } as const;

/** Options of commander, all as they are given. */
interface Given {
  readonly data: string;
  readonly openAs: string;
  readonly agents?: number;
  readonly adversaries?: string;
  readonly domain?: string;
  readonly canaries: number;
  readonly minConfidence: number;
  readonly stake?: number;
  readonly epochs?: number;
  readonly questions?: number;
  readonly seed: number;
  readonly seeds?: number;
  readonly engine: string;
  readonly gasPrices: string;
  readonly json?: string;
  readonly rows?: boolean;
  readonly report?: string;
  readonly advise?: boolean;
  readonly error?: number;
  readonly attacker?: number;
  readonly undecided: number;
  readonly accuracy: number;
  readonly honestAgents: number;
  readonly budget?: string;
  readonly correlation: number;
}

/**
 * Reads the command line.
 * @throws SimulatorError naming the option and what is wrong with its value
 */
export function parseOptions(args: readonly string[]): Options {
  const command = createCommand();
  let help = "";
  command.exitOverride().configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "commander.helpDisplayed") return { kind: "help", text: help };
    throw new SimulatorError("BAD_CONFIG", message.replace(/^error: /, "").replaceAll("\n", " "));
  }
  const given = command.opts<Given>();
  return given.advise === true
    ? { kind: "advise", ...adviseOptions(given) }
    : { kind: "simulate", ...simulateOptions(given) };
}

function simulateOptions(given: Given): SimulateOptions {
  const rules = readRules(given.domain ?? "");
  const openAs = readName("--open-as", "way", given.openAs, OPEN_AS);
  const budgetRounds = readNumber("--budget", "rounds to prepay", given.budget ?? String(rules.maxRounds - 1), {
    ...{ min: 0, max: rules.maxRounds - 1, whole: true },
  });
  const config: Config = {
    source: readSource(given.data, openAs),
    agents: given.agents ?? null,
    groups: readGroups(given.adversaries ?? ""),
    rules,
    canaries: given.canaries,
    budgetRounds,
    minConfidence: given.minConfidence,
    stake: BigInt(given.stake ?? 0) * SEAT_FEE,
    epochs: given.epochs ?? null,
    questionsPerEpoch: given.questions ?? null,
    engine: readName("--engine", "engine", given.engine, ENGINES),
    seed: given.seed,
  };
  checkConfig(config);
  const seeds = Array.from({ length: given.seeds ?? 1 }, (_, i) => given.seed + i);
  return { config, seeds, gasPrices: readPrices(given.gasPrices), rows: given.rows ?? false, ...outputs(given) };
}

function adviseOptions(given: Given): AdviseOptions {
  const { error, attacker } = given;
  if (error === undefined || attacker === undefined) {
    throw new SimulatorError(
      "BAD_CONFIG",
      "--advise needs --error and --attacker, such as --error 0.02 --attacker 0.2",
    );
  }
  if (given.report !== undefined) throw bad("--report", "an advice is printed, or JSON; a report is of a simulation");
  return {
    wish: {
      error,
      attacker,
      undecided: given.undecided,
      accuracy: given.accuracy,
      correlation: given.correlation,
      honestAgents: given.honestAgents,
      budget:
        given.budget === undefined ? null : readNumber("--budget", "seat fees", given.budget, { min: 0, max: 1e9 }),
    },
    seed: given.seed,
    seeds: given.seeds ?? 5,
    ...outputs(given),
  };
}

function outputs({ json, report }: Given): Outputs {
  return {
    ...(json !== undefined && { json: json === "-" ? json : writableFile("--json", json) }),
    ...(report !== undefined && { report: writableFile("--report", report) }),
  };
}

function createCommand(): Command {
  return new Command("npm run simulate --")
    .usage("[options]")
    .description(
      "Simulates a domain of Assay: agents with stake answer questions in secret committees, some of them cheat, and every verdict is " +
        "settled. Prints how right the swarm was beside the majority, Dawid-Skene and its best member, who earned, and what it cost.",
    )
    .optionsGroup("What is asked, and who answers:")
    .option("--data <source>", DATA_HELP, "synthetic")
    .option("--open-as <way>", "more than 16 labels become a list of candidates, or true/false claims", "candidates")
    .option("--agents <n>", "agents in all (default: as many as the data have workers)", whole(2, 10_000_000))
    .option("--adversaries <groups>", "strategy:share[,identities=share][,setting=value];... (below; default: none)")
    .option("--min-confidence <p>", "honest agents abstain with less", fraction, 0)
    .optionsGroup("The domain:")
    .option("--domain <settings>", DOMAIN_HELP)
    .option("--canaries <share>", "questions whose answer the asker knows and proves", fraction, 0)
    .option(
      "--budget <rounds>",
      "further rounds that askers prepay (default: all; with --advise: seat fees a question may cost)",
    )
    .option(
      "--stake <fees>",
      "stake of an honest agent, in seat fees (default: covers the seats it gets)",
      whole(1, 1e9),
    )
    .optionsGroup("The run:")
    .option(
      "--epochs <n>",
      "epochs in which questions are asked (default: so many that every item is asked once)",
      whole(1, 100_000),
    )
    .option("--questions <n>", "questions an epoch (default: three, or what --epochs leaves)", whole(1, 1_000_000))
    .option("--seed <n>", "the same seed gives the same run", whole(0, MOST_SEED), 1)
    .option("--seeds <n>", "so many seeds from --seed on, and their mean with intervals (default: 1)", whole(1, 1_000))
    .option("--engine <name>", "sampled: seats by their law; exact: the real draw; chain: the contracts", "sampled")
    .optionsGroup("What comes of it:")
    .option("--gas-prices <list>", "gas prices in gwei to express costs at", GAS_PRICES)
    .option("--json <file>", "write the results as JSON; - for standard output, and nothing else there")
    .option("--rows", "with every question and every agent in the JSON")
    .option("--report <file>", "write a report, a single HTML file")
    .optionsGroup("Which parameters to choose (--advise):")
    .option("--advise", "say which domain has less error than wished for, and what it costs")
    .option("--error <share>", "wrong verdicts that are borne, of all questions", share)
    .option("--attacker <share>", "of the stake, in one hand", share)
    .option("--undecided <share>", "undecided questions that are borne", fraction, 0.1)
    .option("--accuracy <p>", "of honest agents, one by one", fraction, 0.85)
    .option("--correlation <c>", "part of their errors that they have in common", fraction, 0)
    .option("--honest-agents <n>", "so many, of equal stake", whole(1, 10_000), 100)
    .allowExcessArguments(false)
    .helpOption("--help", "show this")
    .addHelpText("after", `\n${strategiesHelp()}${EXAMPLES}`);
}

const DATA_HELP =
  "folder with answers.csv (item,worker,label[,confidence]) and gold.csv (item,label); spam or language, with real models; or " +
  "synthetic[:accuracy=0.75,spread=0.08,correlation=0.1,items=600,outcomes=2,prevalence=0.5,density=1]";

const EXAMPLES = `
Examples:
  npm run simulate -- --data spam --adversaries colluders:0.2 --canaries 0.05 --report report.html
  npm run simulate -- --data my/folder --adversaries "sybils:0.1,identities=0.4;lazy:0.1" --seeds 20
  npm run simulate -- --advise --error 0.02 --attacker 0.2
`;

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function fraction(text: string): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 1.");
}

function share(text: string): number {
  const value = fraction(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("It must be above 0 and below 1.");
}

function readPrices(text: string): number[] {
  return text.split(",").map((part) => {
    const value = readNumber("--gas-prices", "a price", part.trim(), { min: 0, max: 1_000_000 });
    if (value > 0) return value;
    throw bad("--gas-prices", "a price must be above 0");
  });
}

function writableFile(option: string, file: string): string {
  const path = resolve(file);
  if (file === "") throw bad(option, "needs the name of a file");
  if (!existsSync(dirname(path))) throw bad(option, `${file}: the folder ${dirname(path)} does not exist`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw bad(option, `${file}: that is a folder`);
  return path;
}
