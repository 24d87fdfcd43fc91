import { setTimeout as sleep } from "node:timers/promises";
import { fromRoot } from "../../lib/paths.ts";
import { kill, type Running, start } from "../../testing/processes.ts";
import { type Account, inspect, pendingIn } from "./inspect.ts";
import { randomOf } from "./random.ts";
import { createDurabilityWorld, type DurabilityWorld } from "./world.ts";

/** How often an agent is killed, and in which order. */
export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Told of progress. */
  readonly say?: (line: string) => void;
}

/** What a run did, and what it left. */
export interface RunResult extends Account {
  readonly kills: number;
  readonly seed: number;
  /** Steps from the start of a process to the end of its first beat, where nothing was killed before. */
  readonly steps: number;
  /** Different steps before which the process killed itself; the other kills came at any time. */
  readonly stepsKilled: number;
  readonly killedAtAnyTime: number;
  /** Epochs in which the base fee rose while a transaction was waiting. */
  readonly squeezes: number;
  /** Errors that the agent's processes have told of. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** Every so many kills come at any time, from outside. */
const ANY_TIME = 5;

/** Every so many epochs are squeezed. */
const SQUEEZED = 4;

/** Epochs after the last kill in which nothing is asked: until every ballot is settled. */
const LAST_EPOCHS = 5;

/** Seconds in which a process must have beaten, or be dead. */
const PATIENCE = 180;

/** Kills an agent that votes every epoch, so many times, starts it again each time, and looks at what is left. */
export async function runKills({ kills, seed, say = () => undefined }: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const random = randomOf(seed);
  const world = await createDurabilityWorld(2 * kills + 64);
  const stop = new AbortController();
  const mining = world.mine(stop.signal);
  const chain = driveEpochs(world);
  const errors = new Set<string>();
  let running: Running | null = null;
  const launch = (killAt: number) => {
    const errand = JSON.stringify(world.errand(killAt));
    running = start(process.execPath, [fromRoot("scripts/dev/durability/agent.ts"), errand]);
    return running;
  };
  const end = async (agent: Running) => {
    await kill(agent);
    for (const [, error] of agent.output().matchAll(/^error (.*)$/gm)) errors.add(String(error));
  };
  try {
    // Two epochs undisturbed: the second process's first beat reveals as well as commits.
    const first = launch(0);
    await chain.beaten();
    await end(first);
    await chain.next();
    const whole = launch(0);
    await whole.until(/^beat /m, PATIENCE);
    const steps = Number(/^beat \d+ (\d+)$/m.exec(whole.output())?.[1]);
    await end(whole);

    const atSteps = kills - Math.floor(kills / ANY_TIME);
    const order = shuffled(atSteps, random).map((i) => 1 + Math.floor((i * steps) / atSteps));
    const planned = new Set(order);
    for (let i = 0, at = 0; i < kills; i++) {
      const anyTime = i % ANY_TIME === ANY_TIME - 1;
      const agent = launch(anyTime ? 0 : (order[at++] ?? 1));
      const later = anyTime ? sleep(random() * 3_000).then(() => agent.child.kill("SIGKILL")) : null;
      await chain.driveUntil(agent);
      await later;
      await end(agent);
      if (agent.child.signalCode !== "SIGKILL") throw new Error(`the agent ended by itself:\n${agent.output()}`);
      if ((i + 1) % 10 === 0) say(`${i + 1} kills, ${chain.epochs()} epochs, ${errors.size} errors`);
    }

    const last = launch(0);
    for (let i = 0; i < LAST_EPOCHS; i++) {
      await chain.beaten();
      await chain.next(false);
    }
    await chain.beaten();
    // The chain knows of its last beat before the agent does.
    while (pendingIn(world.journal) > 0) await sleep(50);
    await end(last);
    const account = await inspect(world);
    return {
      ...{ kills, seed, steps, stepsKilled: planned.size, killedAtAnyTime: kills - atSteps },
      ...{ squeezes: chain.squeezes(), errors: [...errors], seconds: Math.round((Date.now() - started) / 1000) },
      ...account,
    };
  } finally {
    if (running !== null) await kill(running);
    stop.abort();
    await mining;
    await world.close();
  }
}

/** Begins an epoch when the agent has beaten in the last one, and asks a question in each. */
function driveEpochs(world: DurabilityWorld) {
  const { assay, agentId } = world;
  let epochs = 0;
  let squeezes = 0;
  const hasBeaten = async () => {
    const [epoch, state] = await Promise.all([assay.beats.epoch(), assay.agents.state(agentId)]);
    return state.ballotOpen && state.lastEpoch === epoch;
  };
  const next = async (asks = true) => {
    epochs++;
    await world.nextEpoch();
    if (asks) await world.ask(`question ${epochs}`);
    if (epochs % SQUEEZED !== 0) return;
    squeezes++;
    world.squeeze();
  };
  return {
    next,
    epochs: () => epochs,
    squeezes: () => squeezes,
    beaten: async () => {
      for (const deadline = Date.now() + PATIENCE * 1000; !(await hasBeaten()); await sleep(50)) {
        if (Date.now() > deadline) throw new Error(`the agent has not beaten in ${PATIENCE} s`);
      }
    },
    /** Goes on until a process has ended. */
    driveUntil: async (agent: Running) => {
      const { child } = agent;
      const deadline = Date.now() + PATIENCE * 1000;
      while (child.exitCode === null && child.signalCode === null) {
        if (Date.now() > deadline) throw new Error(`the agent was not killed in ${PATIENCE} s:\n${agent.output()}`);
        if (await hasBeaten()) await next();
        await sleep(50);
      }
    },
  };
}

/** 0 to n - 1 in an order of its own. */
function shuffled(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
