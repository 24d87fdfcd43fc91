import { SimulatorError } from "../errors.ts";
import { summarize } from "../report/summary.ts";
import { simulate } from "../run.ts";
import { tasksFor } from "./tasks.ts";
import { Control, type Job, type JobResult } from "./job.ts";

/** Simulates in a thread of its own; stopped, it hands over what is known by then. */
export default async function work({ config, gasPrices, rows, control: buffer, slot }: Job): Promise<JobResult> {
  const control = new Control(buffer);
  if (control.stopped) return null;
  const aborter = new AbortController();
  try {
    const result = await simulate(config, {
      tasks: await tasksFor(config),
      signal: aborter.signal,
      // Timers do not fire while a simulation computes: it is asked as often as it says how far it is.
      onProgress: ({ part }) => {
        control.report(slot, part);
        if (control.stopped) aborter.abort();
      },
    });
    control.report(slot, 1);
    const { questions, agents } = result;
    return { summary: summarize(result, gasPrices), rows: rows ? { questions, agents } : null };
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
    return { failed: { code: error.code, message: error.message } };
  }
}
