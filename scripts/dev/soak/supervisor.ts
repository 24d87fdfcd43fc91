import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../../lib/paths.ts";
import type { Interval } from "./proxy.ts";

/** The command line as it is installed: in few files, with no types to strip. */
export const PROGRAM = fromRoot("packages/cli/dist/cli.js");

/** Status with which a program says that the same call may succeed later. */
const TEMPORARY = 75;

/** How long to wait before a program that ended by itself is started again, ms. */
const RESTART_MS = 500;

/** A line that a program wrote with `--json`. */
export type Line = { readonly event?: string; readonly [key: string]: unknown };

/** Memory of a process, bytes; null where the system does not tell. */
interface Memory {
  readonly now: number;
  readonly peak: number;
}

/** How a program is run. */
export interface SupervisorOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** File that all of its output is added to. */
  readonly log: string;
  /** Told of each line. */
  readonly heard: (line: Line) => void;
}

/** Keeps a program of the command line running, as a system's service manager does, and kills it when it is told to. */
export class Supervisor {
  /** When it did not run, because it had been killed. */
  readonly down: Interval[] = [];
  kills = 0;
  starts = 0;
  /** Ends by itself that may be passing. */
  temporary = 0;
  /** Other ends by itself, with what it said last. */
  readonly failures: string[] = [];
  /** Most memory of any of its processes, bytes. */
  peak = 0;
  readonly #options: SupervisorOptions;
  #child: ChildProcess | null = null;
  #startedAt = 0;
  #ended: Promise<unknown> = Promise.resolve();
  #wanted = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** How long its present process has run, ms. */
  get age(): number {
    return this.#child === null ? 0 : Date.now() - this.#startedAt;
  }

  start(): void {
    const { args, env, log, heard } = this.#options;
    this.#wanted = true;
    this.starts++;
    this.#startedAt = Date.now();
    const down = this.down.at(-1);
    if (down?.to === Infinity) down.to = Date.now();
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let last = "";
    let rest = "";
    const take = (text: string) => {
      appendFileSync(log, text);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        last = line;
        heard(parse(line));
      }
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    this.#child = child;
    this.#ended = once(child, "close").then(async ([code, signal]) => {
      appendFileSync(log, `ended: ${String(code ?? signal)}\n`);
      if (this.#child === child) this.#child = null;
      if (!this.#wanted) return;
      if (code === TEMPORARY) this.temporary++;
      else this.failures.push(`${this.name} ended with ${String(code ?? signal)}: ${last.slice(0, 500)}`);
      await sleep(RESTART_MS);
      if (this.#wanted) this.start();
    });
  }

  /** Kills it, and starts it again after a while. */
  async kill(downMs: number): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.measure();
    this.#wanted = false;
    this.kills++;
    this.down.push({ from: Date.now(), to: Infinity });
    child.kill("SIGKILL");
    await this.#ended;
    await sleep(downMs);
    this.start();
  }

  /** Ends it for good. @returns its exit status; null if a signal ended it, or it was not running */
  async stop(signal: "SIGINT" | "SIGKILL"): Promise<number | null> {
    this.#wanted = false;
    const child = this.#child;
    if (child === null) return null;
    this.measure();
    child.kill(signal);
    await this.#ended;
    return child.exitCode;
  }

  /** Takes in how much memory it has. @returns what it has now, bytes; null where the system does not tell */
  measure(): number | null {
    const memory = this.#child?.pid === undefined ? null : memoryOf(this.#child.pid);
    if (memory === null) return null;
    this.peak = Math.max(this.peak, memory.peak);
    return memory.now;
  }
}

function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { event: "text", message: line };
  }
}

function memoryOf(pid: number): Memory | null {
  const path = `/proc/${pid}/status`;
  try {
    if (!existsSync(path)) return null;
    const status = readFileSync(path, "utf8");
    const kib = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
    return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
  } catch {
    return null; // it has just ended
  }
}
