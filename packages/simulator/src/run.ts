import { loadTasks } from "./data/load.ts";
import type { Engine } from "./engine/engine.ts";
import { MemoryEngine } from "./engine/memory/engine.ts";
import type { CompleteConfig, Config } from "./model/config.ts";
import type { SimulationResult } from "./model/result.ts";
import type { Tasks } from "./model/tasks.ts";
import { checkConfig } from "./run/check.ts";
import { choosePace, chooseSeats, chooseStake } from "./run/choices.ts";
import { populationOf } from "./run/population.ts";
import { Simulation } from "./run/simulation.ts";

export interface SimulateOptions {
  /** Makes the engine of a configuration; that of `config.engine` unless told. It is closed in the end. */
  readonly engine?: (config: Config) => Promise<Engine>;
  /** Items and answers; those of `config.source` unless they are there already. */
  readonly tasks?: Tasks;
  /** Called after every epoch. @param progress how much of the run is over, 0 to 1 */
  readonly onProgress?: (progress: { readonly part: number; readonly epoch: number }) => void;
  /** Stops the run between two epochs: what is known by then is the result. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a simulation: enrols everybody, has the items asked, each once, in an order that follows from the seed, lets everybody play until
 * all is final and settled, and checks that no money came or went.
 * @throws SimulatorError `BAD_CONFIG`, `UNKNOWN_STRATEGY`, `REFUSED`, of the data as `loadTasks`; `NOT_CONSERVED` is a mistake of ours
 * @example
 * const { questions } = await simulate(config, { onProgress: ({ part }) => console.log(part) });
 */
export async function simulate(config: Config, options: SimulateOptions = {}): Promise<SimulationResult> {
  checkConfig(config);
  const tasks = options.tasks ?? (await loadTasks(config.source, config.seed, config.agents));
  const complete = completed(config, tasks);
  const people = populationOf(complete, tasks);
  const engine = await (options.engine ?? engineOf)(complete);
  try {
    return await new Simulation(complete, tasks, people, engine, options).play();
  } finally {
    await engine.close();
  }
}

/** With what the data say, and what is to be chosen by them. */
function completed(config: Config, tasks: Tasks): CompleteConfig {
  const { agents } = config;
  const seats = config.rules.seats === 0 ? chooseSeats(tasks, agents) : config.rules.seats;
  const rules = { ...config.rules, outcomes: tasks.outcomes, openAnswers: tasks.openAnswers, seats };
  const { epochs, questionsPerEpoch } = choosePace(config, tasks.items.length);
  const stake = config.stake === 0n ? chooseStake(tasks, rules, questionsPerEpoch, agents) : config.stake;
  return { ...config, rules, stake, epochs, questionsPerEpoch };
}

async function engineOf({ engine, rules, seed }: Config): Promise<Engine> {
  if (engine !== "chain") return new MemoryEngine({ rules, seed, mode: engine });
  // The contracts and their chain take a while to load.
  const { ChainEngine } = await import("./engine/chain/chain-engine.ts");
  return ChainEngine.create({ rules, seed });
}
