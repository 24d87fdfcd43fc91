import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";

/** Everything a run depends on. */
export interface Options {
  /** Agents in both domains together, adversaries included. */
  readonly agents: number;
  /** Epochs in which questions are asked; the run goes on until everything is settled. */
  readonly epochs: number;
  /** Questions put to committees, in both domains together. */
  readonly claims: number;
  /** Share of each domain's stake that adversaries hold, 0 to 0.5. */
  readonly adversaries: number;
  readonly seed: number;
  readonly quick: boolean;
  /** Leaves out the models that were built from the text they are asked about. */
  readonly withoutContaminated: boolean;
  /** Gas prices to express costs at, gwei. */
  readonly gasPrices: readonly number[];
  /** Absolute path of the JSON to write, if any. */
  readonly json?: string;
  /** Absolute path of the report to write. */
  readonly report: string;
}

/** Two models of most kinds; enough questions for a standard error below 1%. */
const DEFAULTS = { agents: 40, epochs: 30, claims: 600 };
/** Gwei: a rollup, a quiet and a busy day of a base layer. */
const GAS_PRICES = [0.01, 1, 10];
const QUICK = { agents: 30, epochs: 6, claims: 60 };

const BOUNDS = {
  agents: [12, 200],
  epochs: [6, 400],
  claims: [12, 1_800],
  seed: [0, 2 ** 32 - 1],
} as const;

/** Bad input: one line for the user. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/**
 * Reads the command line.
 * @returns the options, or the text to print and nothing else to do (`--help`)
 * @throws OptionsError naming the option and what is wrong with its value
 */
export function parseOptions(args: readonly string[]): Options | { readonly help: string } {
  const command = createCommand();
  let help = "";
  command.exitOverride().configureOutput({
    writeOut: (text) => (help += text),
    writeErr: () => undefined,
  });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "commander.helpDisplayed") return { help };
    throw new OptionsError(message.replace(/^error: /, ""));
  }
  return withDefaults(command.opts<Given>());
}

interface Given {
  readonly agents?: number;
  readonly epochs?: number;
  readonly claims?: number;
  readonly adversaries: number;
  readonly seed: number;
  readonly quick?: boolean;
  readonly withoutContaminated?: boolean;
  readonly gasPrices?: number[];
  readonly json?: string;
  readonly report: string;
}

function withDefaults(given: Given): Options {
  const { quick = false, withoutContaminated = false, adversaries, seed, gasPrices = GAS_PRICES } = given;
  const { agents, epochs, claims } = { ...(quick ? QUICK : DEFAULTS), ...given };
  if (claims < epochs) {
    throw new OptionsError(`--claims ${claims} leaves some of the ${epochs} epochs without a question: raise it`);
  }
  const report = writableFile("--report", given.report);
  const common = { agents, epochs, claims, adversaries, seed, quick, withoutContaminated, gasPrices, report };
  return given.json === undefined ? common : { ...common, json: writableFile("--json", given.json) };
}

function createCommand(): Command {
  const describe = (key: "agents" | "epochs" | "claims") => `${DEFAULTS[key]}, with --quick ${QUICK[key]}`;
  return new Command("npm start --")
    .usage("[options]")
    .description(
      "Runs Assay end to end on a local chain: AI models with stake answer real claims in secret committees, " +
        "some agents cheat, and every verdict is settled. Prints what came of it and writes a report.",
    )
    .option("--agents <n>", `agents in both domains together (default: ${describe("agents")})`, integer("agents"))
    .option("--epochs <n>", `epochs in which questions are asked (default: ${describe("epochs")})`, integer("epochs"))
    .option("--claims <n>", `questions asked (default: ${describe("claims")})`, integer("claims"))
    .option("--adversaries <share>", "share of the stake that lazy, random and colluding agents hold", share, 0.2)
    .option("--seed <n>", "the same seed gives the same run", integer("seed"), 1)
    .option("--quick", "a small run, under half a minute")
    .option("--without-contaminated", "leave out franc and tinyld, built from the text that they are asked about")
    .option("--gas-prices <list>", "gas prices in gwei to express costs at (default: 0.01,1,10)", prices)
    .option("--json <file>", "write the results as JSON")
    .option("--report <file>", "write the report, a single HTML file", "report.html")
    .allowExcessArguments(false)
    .helpOption("--help", "show this");
}

function integer(name: keyof typeof BOUNDS): (text: string) => number {
  const [min, max] = BOUNDS[name];
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 0.5) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 0.5.");
}

function prices(text: string): number[] {
  const values = text.split(",").map((part) => (/^\d*\.?\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (values.every((value) => value > 0)) return values;
  throw new InvalidArgumentError("It must be positive numbers with commas between them.");
}

function writableFile(option: string, file: string): string {
  const path = resolve(file);
  if (file === "") throw new OptionsError(`${option} needs the name of a file`);
  if (!existsSync(dirname(path)))
    throw new OptionsError(`${option} ${file}: the folder ${dirname(path)} does not exist`);
  if (existsSync(path) && statSync(path).isDirectory()) throw new OptionsError(`${option} ${file}: that is a folder`);
  return path;
}
