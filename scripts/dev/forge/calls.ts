import { existsSync, readFileSync } from "node:fs";

/** What the finished runs of a campaign have come to, by the lines that DeepTest leaves in its file. */
export interface Calls {
  runs: number;
  /** Calls of the handler, each of which makes several of the protocol's. */
  actions: number;
  /** Calls of the protocol's functions, refused ones included, views not. */
  calls: number;
  /** Of these, attempts that had to be refused. */
  hostile: number;
}

/**
 * Adds up a file of lines `actions calls hostile`, one for each run that ended well. Where the campaign is over, its last line is
 * left out if it says the same as the one before: forge ends the last run twice.
 */
export function readCalls(file: string, over = false): Calls {
  const lines = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
  if (over && lines.length > 1 && lines.at(-1) === lines.at(-2)) lines.pop();
  const sum: Calls = { runs: lines.length, actions: 0, calls: 0, hostile: 0 };
  for (const line of lines) {
    const [actions = 0, calls = 0, hostile = 0] = line.split(" ").map(Number);
    sum.actions += actions;
    sum.calls += calls;
    sum.hostile += hostile;
  }
  return sum;
}
