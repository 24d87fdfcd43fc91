import { Command } from "commander";
import { toJson } from "../../packages/cli/src/lib/io.ts";
import { explain } from "./explain.ts";
import { fromRoot } from "./paths.ts";
import {
  type CommonOptions,
  openReadSession,
  openSession,
  type ReadSession,
  type Say,
  type Session,
} from "./session.ts";

export { fail } from "../../packages/cli/src/lib/errors.ts";

/** What a script did or found. */
export interface Outcome {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** The same for machines; bigints become decimal strings. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Commands to run next, without `npm run`. */
  readonly next?: readonly string[];
  /** 0 unless told. */
  readonly exitCode?: number;
}

const DEPLOYMENTS = fromRoot("deployments");

interface Description {
  /** Name of the npm script. */
  readonly name: string;
  readonly summary: string;
  /** Arguments of a typical call. */
  readonly example: string;
  /** Further help, below the example. */
  readonly help?: string;
  /** Adds the script's own options. */
  readonly configure?: (program: Command) => void;
}

/** Runs a script whose command line is the process's: prints its outcome, or one line and exit status 1. */
async function start<Options extends CommonOptions>(
  description: Description,
  act: (options: Options, say: Say) => Promise<Outcome>,
): Promise<void> {
  const program = createProgram(description).parse();
  const options = program.opts<Options>();
  // Standard output carries nothing but the result where it is JSON.
  const say: Say = (line) => (options.json ? console.error(line) : console.log(line));
  try {
    const outcome = await act(options, say);
    process.exitCode = outcome.exitCode ?? 0;
    print(outcome, options);
  } catch (error) {
    console.error(`error: ${explain(error)}`);
    process.exitCode = 1;
  }
}

/** Starts a script that sends transactions of one account on a deployment. */
export async function runScript<Options extends CommonOptions>(
  description: Description,
  act: (session: Session, options: Options) => Promise<Outcome>,
): Promise<void> {
  await start<Options>(withAccount(description), async (options, say) =>
    finish(await openSession(options, say), (session) => act(session, options)),
  );
}

/** Starts a script that only reads a deployment. */
export async function runReader<Options extends CommonOptions>(
  description: Description,
  act: (session: ReadSession, options: Options) => Promise<Outcome>,
): Promise<void> {
  await start<Options>(description, async (options, say) =>
    finish(await openReadSession(options, say), (session) => act(session, options)),
  );
}

/** Starts a script that opens what it needs by itself. */
export async function runBare<Options extends CommonOptions>(
  description: Description,
  act: (options: Options, say: Say) => Promise<Outcome>,
): Promise<void> {
  await start<Options>(withAccount(description), act);
}

async function finish<S extends ReadSession>(session: S, act: (session: S) => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await act(session);
    const { sender } = session;
    const cost = sender.summary();
    return {
      ...outcome,
      lines: cost === null ? outcome.lines : [...outcome.lines, `cost: ${cost}`],
      data: { ...outcome.data, ...(cost === null ? {} : { transactions: sender.sent }) },
    };
  } finally {
    await session.connection.close();
  }
}

function createProgram({ name, summary, example, help, configure }: Description): Command {
  const program = new Command(`npm run ${name} --`)
    .description(summary)
    .requiredOption("--network <name>", "network of hardhat.config.ts, such as localhost or sepolia", "localhost")
    .option("--url <url>", "URL of the network's node, instead of the configured one")
    .option("--deployments <folder>", "folder of the deployment files", DEPLOYMENTS)
    .option("--json", "print the result as JSON", false)
    .addHelpText("after", `\nExample:\n  npm run ${name} -- ${example}${help === undefined ? "" : `\n\n${help}`}`);
  configure?.(program);
  return program.allowExcessArguments(false);
}

function withAccount(description: Description): Description {
  return {
    ...description,
    configure: (program) => {
      program.option("--account <index|address>", "the network's account that sends", "0");
      description.configure?.(program);
    },
  };
}

function print({ lines, data, next }: Outcome, options: CommonOptions): void {
  if (options.json) {
    console.log(toJson(data, 2));
    return;
  }
  for (const line of lines) console.log(line);
  if (next === undefined || next.length === 0) return;
  console.log("next:");
  for (const command of next) console.log(`  npm run ${withNetwork(command, options)}`);
}

/** A command for the same network, node and folder. */
function withNetwork(command: string, { network, url, deployments }: CommonOptions): string {
  const [name, ...rest] = command.split(" ");
  const where = [
    `--network ${network}`,
    ...(url === undefined ? [] : [`--url ${url}`]),
    ...(deployments === DEPLOYMENTS ? [] : [`--deployments ${deployments}`]),
  ];
  return `${name} -- ${[...where, ...rest].join(" ")}`;
}
