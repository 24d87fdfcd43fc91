import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Workspace } from "./workspace.ts";
import { type FileResult, MEMORY_EXIT, type Progress, type Request } from "./protocol.ts";

/** How a request came out. */
export interface Outcome {
  readonly results: readonly FileResult[];
  /** The test in which the worker hung and was ended, or that it died in. */
  readonly stuck: { readonly test: string; readonly how: "timeout" | "memory" | "crash" } | null;
}

/** Bytes of memory from which on a worker is replaced: modules that were loaded anew are never freed. */
const MEMORY_LIMIT = 2_500_000_000;

/** Milliseconds that a worker may be silent beyond what a test may take. */
const SILENCE = 60_000;

/** Keeps one worker going in a workspace. */
export class Runner {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;

  constructor(folder: string, env: Record<string, string> = {}) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Runs the files of a request one after the other. */
  async run(request: Request, onResult?: (result: FileResult) => void): Promise<Outcome> {
    const worker = (this.#child ??= await this.#start());
    const limits = Object.assign({}, ...request.files.map((file) => file.limits ?? {})) as Record<string, number>;
    const results: FileResult[] = [];
    let running = "(loading)";
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout;
      const end = (stuck: Outcome["stuck"]) => {
        clearTimeout(timer);
        worker.removeAllListeners();
        if (stuck !== null) this.stop();
        resolve({ results, stuck });
      };
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end({ test: running, how: "timeout" }), (limits[running] ?? 120_000) + SILENCE);
      };
      worker.on("message", (message: Progress) => {
        if (message.running !== undefined) running = message.running;
        if (message.result !== undefined) {
          running = "(loading)";
          results.push(message.result);
          onResult?.(message.result);
        }
        if (message.done) {
          end(null);
          if ((message.memory ?? 0) > MEMORY_LIMIT) this.stop();
        } else watch();
      });
      worker.once("exit", (code) => end({ test: running, how: code === MEMORY_EXIT ? "memory" : "crash" }));
      watch();
      worker.send(request);
    });
  }

  /** Ends the worker; the next request starts another. */
  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    const started = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let complaints = "";
    started.stderr?.setEncoding("utf8").on("data", (text: string) => (complaints = (complaints + text).slice(-2_000)));
    await new Promise<void>((resolve, reject) => {
      started.once("message", () => resolve());
      started.once("exit", () => reject(new Error(`the test process did not start: ${complaints}`)));
    });
    started.removeAllListeners("exit");
    return started;
  }
}

/** A workspace with its worker. */
export interface Bench {
  readonly workspace: Workspace;
  readonly runner: Runner;
}

/** Does one thing after the other, on as many benches at once as there are. */
export async function share<T>(
  benches: readonly Bench[],
  items: Iterable<T>,
  work: (item: T, bench: Bench) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  await Promise.all(
    benches.map(async (bench) => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value, bench);
    }),
  );
}
