import { measureCrowd } from "./crowd.ts";
import { measureOutcomes, measureRounds, measureSeats, measureSkippedEpochs, measureVotes } from "./curves.ts";
import { measureDesk } from "./desk.ts";
import { measureLists } from "./listed.ts";
import { measureRelayed } from "./relayed.ts";
import type { GasFigures, Growth, Progress, Row } from "./types.ts";
import { measureWorkload } from "./workload.ts";

/** What a part has measured. */
export interface Measured {
  readonly figures: Partial<GasFigures>;
  readonly growth: Growth;
}

type Measure = (artifacts: string, progress: Progress) => Promise<Partial<Measured>>;

const curve =
  (name: string, measure: (artifacts: string, progress: Progress) => Promise<Row[]>): Measure =>
  async (artifacts, progress) => ({ growth: { [name]: await measure(artifacts, progress) } });

/** Parts that can be measured by themselves, each on a chain of its own. */
export const PARTS: Record<string, Measure> = {
  workload: async (artifacts, progress) => ({ figures: await measureWorkload(artifacts, progress) }),
  relayed: async (artifacts, progress) => ({ figures: await measureRelayed(artifacts, progress) }),
  lists: async (artifacts, progress) => ({ figures: await measureLists(artifacts, progress) }),
  desk: async (artifacts) => ({ figures: await measureDesk(artifacts) }),
  agents: async (artifacts, progress) => {
    const rows = await measureCrowd(artifacts, progress);
    const at = (count: number) => rows.find(({ agents }) => agents === count);
    const [few, many] = [at(10), at(2_000)];
    return {
      growth: { agents: rows },
      figures: {
        beatAt10Agents: few?.["beat"],
        beatAt2000Agents: many?.["beat"],
        askAt10Agents: few?.["ask"],
        askAt2000Agents: many?.["ask"],
      },
    };
  },
  votes: curve("votes", measureVotes),
  seats: curve("seats", measureSeats),
  rounds: curve("rounds", measureRounds),
  skipped: curve("skipped", measureSkippedEpochs),
  outcomes: curve("outcomes", measureOutcomes),
};

/** Measures the parts named, one after the other. */
export async function measureParts(names: readonly string[], artifacts: string, progress: Progress): Promise<Measured> {
  let figures: Partial<GasFigures> = {};
  let growth: Growth = {};
  for (const name of names) {
    progress(`measuring ${name}`);
    const measured = await PARTS[name]?.(artifacts, (line) => progress(`${name}: ${line}`));
    figures = { ...figures, ...measured?.figures };
    growth = { ...growth, ...measured?.growth };
  }
  return { figures: rounded(figures), growth };
}

function rounded(figures: Partial<GasFigures>): Partial<GasFigures> {
  const round = (name: string, value: number) =>
    name.startsWith("votesPer") ? Math.round(value * 100) / 100 : Math.round(value);
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(name, value)]));
}
