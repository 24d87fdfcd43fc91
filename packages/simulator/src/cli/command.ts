import { Refusal } from "../engine/refusal.ts";
import { SimulatorError } from "../errors.ts";
import { createProgress, type Progress } from "./progress.ts";

/** Exit statuses beside 0: of what went wrong here, of bad input, of Ctrl-C. */
const STATUS = { failed: 1, badInput: 2, interrupted: 130 };

/** What a command has to do with the outside. */
export interface CommandIo {
  out(text: string): void;
  readonly progress: Progress;
  /** Aborted by Ctrl-C, or when whoever started the command ends it. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command: one line on standard error for bad input, a partial result after Ctrl-C, and the exit status of either. A second Ctrl-C
 * ends the process at once.
 */
export async function runCommand(command: (io: CommandIo) => Promise<void>): Promise<void> {
  const aborter = new AbortController();
  const interrupt = () => {
    if (aborter.signal.aborted) process.exit(STATUS.interrupted);
    aborter.abort();
  };
  process.on("SIGINT", interrupt);
  // Whoever reads has seen enough, as `head` does.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit();
  });
  process.on("SIGTERM", interrupt);
  const io: CommandIo = {
    out: (text) => process.stdout.write(text),
    progress: createProgress(process.stderr, Date.now),
    signal: aborter.signal,
  };
  try {
    await command(io);
    if (aborter.signal.aborted) process.exitCode = STATUS.interrupted;
  } catch (error) {
    const isInput = error instanceof SimulatorError || error instanceof Refusal;
    const hint = isInput ? " (--help lists the options)" : "";
    const text = error instanceof Error ? (isInput ? error.message : (error.stack ?? error.message)) : String(error);
    io.progress.clear();
    process.stderr.write(`assay: ${text}${hint}\n`);
    process.exitCode = isInput ? STATUS.badInput : STATUS.failed;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
