import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../lib/paths.ts";

/** What a process left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process whose output is collected while it runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** All of both outputs so far. */
  output(): string;
  /** Waits until a pattern is in the output. Rejects if the process ends first, or after `seconds`. */
  until(pattern: RegExp, seconds?: number): Promise<void>;
}

/**
 * Starts a program in the repository's root.
 * @param env what its environment has beside ours
 * @param stdin whether it is written to, by `child.stdin`
 */
export function start(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdin: "ignore" | "pipe" = "ignore",
): Running {
  const options = { cwd: fromRoot(), env: { ...process.env, ...env } };
  const child = spawn(program, args, { ...options, stdio: [stdin, "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]): Ended => ({ code: code as number | null, stdout, stderr }));
  const output = () => stdout + stderr;
  return {
    child,
    ended,
    output,
    until: async (pattern, seconds = 60) => {
      const deadline = Date.now() + seconds * 1000;
      while (!pattern.test(output())) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`ended without ${pattern}:\n${output()}`);
        if (Date.now() > deadline) throw new Error(`no ${pattern} in ${seconds} s:\n${output()}`);
        await sleep(50);
      }
    },
  };
}

/** Starts a script as npm would. */
export function startScript(name: string, args: readonly string[]): Running {
  return start(process.execPath, [`scripts/${name}.ts`, ...args]);
}

/** Kills a process that no signal handler may delay, and waits for its end. */
export async function kill(running: Running): Promise<void> {
  running.child.kill("SIGKILL");
  await running.ended;
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
