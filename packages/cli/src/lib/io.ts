import { isUnreachable } from "@assay/sdk";
import pc from "picocolors";
import { CliError, messageOf } from "./errors.ts";

export const { createColors } = pc;

type Colors = ReturnType<typeof createColors>;

/** Where a command reads and writes. The result goes to standard output, everything else to standard error. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Whether somebody can be asked. */
  readonly interactive: boolean;
  /** Whether standard error is a terminal, on which a line can be written over. */
  readonly live: boolean;
  /** Colours of the result; none where it is no terminal. */
  readonly colors: Colors;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted once the user wants a command that goes on for ever to end. */
  interruption(): AbortSignal;
  /** @returns false if the answer is no */
  confirm(question: string): Promise<boolean>;
  /** Asks without showing the answer. */
  secret(question: string): Promise<string>;
}

/** The process's own streams. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  const ask = { output: stderr };
  return {
    stdout,
    stderr,
    interactive: isTerminal(stdin) && isTerminal(stderr),
    live: isTerminal(stderr),
    colors: createColors(wantsColors(isTerminal(stdout), env)),
    env,
    interruption: () => {
      // ethers asks in the background too, where nobody catches what an endpoint does then: its next attempt is what counts.
      process.on("unhandledRejection", (error) => {
        if (!isUnreachable(error)) throw error;
        stderr.write(`warning: ${messageOf(error)}\n`);
      });
      const controller = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
      return controller.signal;
    },
    confirm: async (message) => orDeclined((await prompts()).confirm({ message, default: false }, ask)),
    secret: async (message) => orDeclined((await prompts()).password({ message }, ask)),
  };
}

/** A stream that is no terminal has no `isTTY` at all, whatever its type says. */
export const isTerminal = (stream: { isTTY?: boolean }): boolean => stream.isTTY ?? false;

/** Loaded once somebody is asked: few commands do, and it takes a while. */
const prompts = () => import("@inquirer/prompts");

/** Whether to write colours: on a terminal that has them, unless the user wants none (no-color.org). */
export function wantsColors(isTty: boolean, env: NodeJS.ProcessEnv): boolean {
  return isTty && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

/** Ctrl-C at a prompt is a no. */
async function orDeclined<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new CliError("NOT_CONFIRMED", "interrupted: nothing was done", { cause });
  }
}

/** One line that says what is being waited for: written over on a terminal, else a line for each change. */
export class Progress {
  readonly #io: Io;
  #shown = "";

  constructor(io: Io) {
    this.#io = io;
  }

  show(text: string): void {
    if (text === this.#shown) return;
    const { live, stderr } = this.#io;
    stderr.write(live ? `\r\u001b[2K${text}` : `${text}\n`);
    this.#shown = text;
  }

  /** Removes the line from a terminal. */
  done(): void {
    if (this.#shown !== "" && this.#io.live) this.#io.stderr.write("\r\u001b[2K");
    this.#shown = "";
  }
}

/** A value as JSON; bigints become decimal strings. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), indent);
}

/** Rows as lines with aligned columns; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A stranger's words on one line, with nothing in them that a terminal would obey. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}
