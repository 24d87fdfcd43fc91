import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { SimulatorError } from "../errors.ts";
import type { Config } from "../model/config.ts";
import { Control, type Done, type Job, type JobResult } from "./job.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
/** Milliseconds between two looks at how far the threads are. */
const LOOK_EVERY = 200;

export interface PoolOptions {
  /** At most; the processors' number unless told. */
  readonly threads?: number;
  /** Gwei. */
  readonly gasPrices?: readonly number[];
  readonly rows?: boolean;
  /** Aborted: what runs hands over what it knows, and nothing more is begun. */
  readonly signal?: AbortSignal;
  /** @param part of all that is done, 0 to 1 */
  readonly onProgress?: (part: number, finished: number) => void;
}

/**
 * Simulates every configuration, in threads.
 * @param onDone called as soon as one is finished or stopped midway, in whatever order; `index` is into the configurations
 * @throws SimulatorError of the first that fails; the others are stopped
 */
export async function runAll(
  configs: readonly Config[],
  onDone: (done: Done, index: number) => void,
  options: PoolOptions = {},
): Promise<void> {
  const { signal, gasPrices = [], rows = false, onProgress } = options;
  const control = Control.of(configs.length);
  const stop = () => control.stop();
  if (configs.length === 0) return;
  if (signal?.aborted === true) control.stop();
  signal?.addEventListener("abort", stop, { once: true });
  const maxThreads = Math.max(1, Math.min(options.threads ?? availableParallelism(), configs.length));
  const pool = new Piscina<Job, JobResult>({ filename: WORKER, minThreads: 1, maxThreads });
  let finished = 0;
  const looking = setInterval(() => onProgress?.(control.part, finished), LOOK_EVERY);
  const runOne = async (config: Config, index: number): Promise<void> => {
    const result = await pool.run({ config, gasPrices, rows, control: control.buffer, slot: index });
    if (result === null) return;
    if ("failed" in result) throw new SimulatorError(result.failed.code, result.failed.message);
    finished++;
    onDone(result, index);
  };
  try {
    await Promise.all(configs.map(runOne));
  } catch (error) {
    control.stop();
    throw error;
  } finally {
    clearInterval(looking);
    signal?.removeEventListener("abort", stop);
    await pool.destroy();
  }
}
