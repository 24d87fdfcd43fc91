import { spawn } from "node:child_process";
import { MAX_ANSWER, parseFinding } from "./answers.ts";
import { payloadOf } from "./http.ts";
import type { Verifier } from "./verifier.ts";

/** A program that answers. */
export interface CommandOptions {
  /** The program and its arguments, run without a shell. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
  /** Folder to run it in. */
  readonly folder?: string;
  /** Its whole environment, besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program for each question, with `{"question", "content"}` on its standard input, which prints `{"outcome", "confidence"}` or
 * `{"abstain"}`. Past its time it is killed, with whatever it has started.
 */
export function commandVerifier({ command, timeoutMs, folder, env = {} }: CommandOptions): Verifier {
  return (question, content, signal) =>
    new Promise((done, fail) => {
      const [program, ...args] = command;
      // No more than this: the passphrase of a key may be in this process's own.
      const { PATH = "", HOME = "" } = process.env;
      // A group of its own, which can be killed as one.
      const child = spawn(program, args, {
        ...{ cwd: folder, env: { PATH, HOME, ...env }, detached: true, shell: false },
        stdio: ["pipe", "pipe", "ignore"],
      });
      let output = "";
      let ended = false;
      const end = (settle: () => void) => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        killGroup(child.pid);
        settle();
      };
      const abort = () => end(() => fail(new Error("aborted")));
      const timer = setTimeout(() => {
        end(() => fail(new Error(`${program} has not answered in ${timeoutMs / 1000} s`)));
      }, timeoutMs);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
      child.on("error", (error) => end(() => fail(new Error(`${program} cannot be run: ${error.message}`))));
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        output += part;
        if (output.length > MAX_ANSWER) end(() => fail(new Error(`${program} prints more than ${MAX_ANSWER} bytes`)));
      });
      child.on("close", (code, killedBy) =>
        end(() => {
          if (code === 0) done(parseFinding(output, question.outcomes));
          else fail(new Error(`${program} ended with ${killedBy ?? `status ${code}`}`));
        }),
      );
      child.stdin.on("error", () => undefined); // it need not read what it is asked
      child.stdin.end(JSON.stringify(payloadOf(question, content)));
    });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended, and so has all that it started.
  }
}
