import type { Argument, Command, Option } from "commander";
import { EXIT, explain } from "./errors.ts";
import { type Io, toJson } from "./io.ts";
import { type CommonOptions, openReadSession, openSession, type ReadSession, type Session } from "./session.ts";

/** What a command did or found. */
export interface Outcome<Data = unknown> {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** The same for machines; bigints become decimal strings. Nothing where it has been written already. */
  readonly data?: Data;
  /** Commands to run next, without `assay`. */
  readonly next?: readonly string[];
  /** 0 unless told. */
  readonly exitCode?: number;
}

/** A command's name, and what its help says. */
export interface Description {
  readonly name: string;
  readonly summary: string;
  /** Arguments of a typical call. */
  readonly example: string;
  /** Further help, below the example. */
  readonly help?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
}

/** A command whose act is given the positional arguments first, then the options. */
type Act<Given extends readonly unknown[]> = (...given: Given) => Promise<Outcome>;

/** Adds commands to a program or to one of its groups. */
export class Commands {
  readonly #parent: Command;
  readonly #io: Io;
  readonly #ended: (exitCode: number) => void;
  /** What comes before a command's name, in examples. */
  readonly #prefix: string;

  /** @param ended told of the exit status of the command that was run */
  constructor(parent: Command, io: Io, ended: (exitCode: number) => void, prefix = "assay") {
    this.#parent = parent;
    this.#io = io;
    this.#ended = ended;
    this.#prefix = prefix;
  }

  /** A group of commands, such as `stake`. */
  group(name: string, summary: string): Commands {
    const group = this.#parent.command(name).description(summary).helpCommand(false);
    return new Commands(group, this.#io, this.#ended, `${this.#prefix} ${name}`);
  }

  /** A command that talks to no chain by itself. */
  plain<O extends CommonOptions, A extends readonly unknown[]>(
    description: Description,
    act: (io: Io, options: O, ...args: A) => Promise<Outcome>,
  ): void {
    this.#add<O, A>(description, (options, ...args) => act(this.#io, options, ...args));
  }

  /** A command that only reads a deployment. */
  reader<O extends CommonOptions, A extends readonly unknown[]>(
    description: Description,
    act: (session: ReadSession, options: O, ...args: A) => Promise<Outcome>,
  ): void {
    this.#add<O, A>(description, async (options, ...args) => {
      const session = await openReadSession(this.#io, options);
      try {
        return await act(session, options, ...args);
      } finally {
        session.endpoint.provider.destroy();
      }
    });
  }

  /** A command that sends transactions, or signs. */
  sender<O extends CommonOptions, A extends readonly unknown[]>(
    description: Description,
    act: (session: Session, options: O, ...args: A) => Promise<Outcome>,
  ): void {
    this.#add<O, A>(description, async (options, ...args) => {
      const session = await openSession(this.#io, options);
      try {
        return withCost(await act(session, options, ...args), session);
      } finally {
        session.endpoint.provider.destroy();
      }
    });
  }

  #add<O extends CommonOptions, A extends readonly unknown[]>(
    { name, summary, example, help, arguments: args = [], options: own = [] }: Description,
    act: Act<[O, ...A]>,
  ): void {
    const command = this.#parent.command(name).description(summary).allowExcessArguments(false);
    for (const argument of args) command.addArgument(argument);
    for (const option of own) command.addOption(option);
    addCommonOptions(command);
    const more = help === undefined ? "" : `\n\n${help}`;
    command.addHelpText("after", `\nExample:\n  ${this.#prefix} ${name} ${example}`.trimEnd() + more);
    command.action(async () => {
      const options = command.opts<O>();
      const exitCode = await run(this.#io, options, () => act(options, ...(command.processedArgs as unknown as A)));
      this.#ended(exitCode);
    });
  }
}

/** Runs what a command does: prints its outcome, or one line. @returns the exit status */
async function run(io: Io, options: CommonOptions, act: () => Promise<Outcome>): Promise<number> {
  try {
    const outcome = await act();
    print(io, outcome, options);
    return outcome.exitCode ?? 0;
  } catch (error) {
    const { code, message, exitCode } = explain(error);
    const line = options.json
      ? toJson({ error: { code, message, retryable: exitCode === EXIT.tryAgain } })
      : `error: ${message}`;
    io.stderr.write(`${line}\n`);
    if (io.env.ASSAY_DEBUG !== undefined && error instanceof Error) io.stderr.write(`${error.stack ?? ""}\n`);
    return exitCode;
  }
}

function addCommonOptions(command: Command): void {
  command
    .optionsGroup("Common options:")
    .option("-n, --network <name>", "network of the configuration ($ASSAY_NETWORK)")
    .option("--from <key>", "key that sends: its name, its address, or node:0 of a local node ($ASSAY_FROM)")
    .option("-y, --yes", "agree to what it costs without being asked")
    .option("--json", "print the result as JSON, and errors too")
    .option("--passphrase-file <path>", "file with the key's passphrase ($ASSAY_PASSPHRASE: the passphrase itself)")
    .option("--rpc <url>", "endpoint, instead of the network's ($ASSAY_RPC_URL)")
    .option("--config <path>", "configuration, instead of the next assay.json ($ASSAY_CONFIG)");
}

function withCost(outcome: Outcome, { sender }: Session): Outcome {
  const cost = sender.summary();
  if (cost === null) return outcome;
  const data = { ...(outcome.data as object), transactions: sender.sent };
  return { ...outcome, lines: [...outcome.lines, `cost: ${cost}`], data };
}

function print(io: Io, { lines, data, next = [] }: Outcome, { json, network }: CommonOptions): void {
  if (json) {
    if (data !== undefined) io.stdout.write(`${toJson(data, 2)}\n`);
    return;
  }
  const where = network === undefined ? "" : ` --network ${network}`;
  const hints = next.length === 0 ? [] : ["next:", ...next.map((command) => `  assay ${command}${where}`)];
  const all = [...lines, ...hints];
  if (all.length > 0) io.stdout.write(`${all.join("\n")}\n`);
}
