import type { Ledger } from "./ledger.ts";

/** Tells the user what is going on. */
export interface Progress {
  /** A stage of the run begins. */
  step(text: string): void;
  /** An epoch is over. */
  epoch(state: { turn: number; of: number; epoch: number; ledger: Ledger }): void;
}

/** Says nothing. */
export const silent: Progress = { step: () => undefined, epoch: () => undefined };

/**
 * Prints a line for each stage and epoch; on a terminal the epochs share one line.
 * @param now milliseconds, for the seconds in front of each line
 */
export function createProgress(output: NodeJS.WriteStream, now: () => number): Progress {
  const started = now();
  const live = output.isTTY;
  let drawn = false;
  const stamp = () => `${((now() - started) / 1000).toFixed(0).padStart(4)} s  `;
  return {
    step: (text) => {
      output.write(`${drawn ? "\n" : ""}${stamp()}${text}\n`);
      drawn = false;
    },
    epoch: ({ turn, of, epoch, ledger }) => {
      const questions = [...ledger.questions.values()];
      const final = questions.filter((question) => question.final !== null);
      const undecided = final.filter((question) => question.final?.resolved === false).length;
      const phase = turn < of ? `${turn + 1}/${of}` : "settling";
      const line =
        `epoch ${epoch} (${phase}): ${questions.length} asked, ${ledger.votes.length} votes, ` +
        `${final.length} final${undecided > 0 ? `, ${undecided} unresolved` : ""}`;
      output.write(live ? `\r\x1b[K${stamp()}${line}` : `${stamp()}${line}\n`);
      drawn = live;
    },
  };
}
