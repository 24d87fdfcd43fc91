import { fromRoot } from "../../lib/paths.ts";
import { start } from "../../testing/processes.ts";
import { mebibytes, type Part, seconds } from "./part.ts";
import type { PopulationErrand, PopulationRun } from "./population.ts";

/** The engine in memory: one large population, and what grows with what. */
export interface MemoryMeasured {
  readonly large: PopulationRun;
  /** More questions, as many agents. */
  readonly byVotes: readonly PopulationRun[];
  /** More agents, as many questions. */
  readonly byAgents: readonly PopulationRun[];
}

const LARGE: PopulationErrand = { agents: 1_000_000, questions: 1_000, epochs: 10 };
const BY_VOTES = [1_000, 2_000, 4_000].map((questions) => ({ agents: 100_000, questions, epochs: 10 }));
const BY_AGENTS = [10_000, 100_000, 1_000_000].map((agents) => ({ agents, questions: 1_000, epochs: 10 }));

/** What must hold: of a hundred times the agents a vote may take a few times as long, for their memory is no longer at hand. */
const LIMITS = { wallMs: 15_000, bytes: 2 * 2 ** 30, byVotes: 1.5, byAgents: 3 };

export const memoryPart: Part<MemoryMeasured> = { measure, describe, faults };

async function measure(say: (line: string) => void): Promise<MemoryMeasured> {
  const runs = new Map<string, PopulationRun>();
  const run = async (errand: PopulationErrand): Promise<PopulationRun> => {
    const key = JSON.stringify(errand);
    const known = runs.get(key);
    if (known !== undefined) return known;
    say(`${number(errand.agents)} agents, ${number(errand.questions)} questions in each of ${errand.epochs} epochs`);
    const measured = await runAlone(errand);
    runs.set(key, measured);
    return measured;
  };
  const large = await run(LARGE);
  const all = async (errands: readonly PopulationErrand[]) => {
    const measured: PopulationRun[] = [];
    for (const errand of errands) measured.push(await run(errand));
    return measured;
  };
  return { large, byVotes: await all(BY_VOTES), byAgents: await all(BY_AGENTS) };
}

/** In a process of its own, so that its peak of memory is its own. */
async function runAlone(errand: PopulationErrand): Promise<PopulationRun> {
  const program = fromRoot("scripts", "dev", "simulator", "population.ts");
  const { code, stdout, stderr } = await start(process.execPath, [program, JSON.stringify(errand)]).ended;
  if (code !== 0) throw new Error(`a population ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout) as PopulationRun;
}

/** Of the last run against the first: how many times as long a vote takes. */
function growth(runs: readonly PopulationRun[]): number {
  const perVote = runs.map(({ run, votes }) => run.cpu / votes);
  return (perVote.at(-1) ?? 0) / (perVote[0] ?? 1);
}

function faults({ large, byVotes, byAgents }: MemoryMeasured): string[] {
  const wall = large.setUp.wall + large.run.wall;
  return [
    ...(wall < LIMITS.wallMs
      ? []
      : [`a million agents take ${seconds(wall)}, not less than ${seconds(LIMITS.wallMs)}`]),
    ...(large.memory < LIMITS.bytes ? [] : [`a million agents take ${mebibytes(large.memory)}`]),
    ...(growth(byVotes) <= LIMITS.byVotes ? [] : ["time grows faster than votes"]),
    ...(growth(byAgents) <= LIMITS.byAgents ? [] : ["time grows with agents"]),
  ];
}

function describe({ large, byVotes, byAgents }: MemoryMeasured): string {
  const runs = new Map([large, ...byAgents, ...byVotes].map((run) => [JSON.stringify(run), run]));
  const sorted = [...runs.values()].sort((a, b) => a.agents - b.agents || a.questions - b.questions);
  return [
    `The engine in memory, with seats sampled: ${number(large.agents)} agents, ${number(large.questions)} questions an epoch for ${large.epochs} epochs, ` +
      `to the last settlement, take **${seconds(large.setUp.wall + large.run.wall)}** (${seconds(large.setUp.cpu + large.run.cpu)} of a processor) ` +
      `and **${mebibytes(large.memory)}**, the start of the process included.`,
    "",
    "| Agents | Questions an epoch | Votes | Time of the epochs | Processor's | of a vote | to begin | Memory |",
    "| --: | --: | --: | --: | --: | --: | --: | --: |",
    ...sorted.map(({ agents, questions, votes, run, setUp, memory }) => {
      const cells = [number(agents), number(questions), number(votes), seconds(run.wall), seconds(run.cpu)];
      return `| ${[...cells, `${((1_000 * run.cpu) / votes).toFixed(1)} µs`, seconds(setUp.cpu), mebibytes(memory)].join(" | ")} |`;
    }),
    "",
    `With four times the questions a vote takes ${growth(byVotes).toFixed(2)} times as long, with a hundred times the agents ${growth(byAgents).toFixed(2)} times.`,
  ].join("\n");
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
