import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { pendingIn } from "../durability/inspect.ts";
import { randomOf } from "../durability/random.ts";
import { accountOf, closeQuestions, type WholeAccount } from "./account.ts";
import { drawFaults, type Fault } from "./plan.ts";
import { PROGRAM } from "./supervisor.ts";
import { createSoakWorld, SHAPES, type SoakAgent, type SoakWorld } from "./world.ts";

/** How long and how hard. */
export interface SoakOptions {
  readonly anvil: string;
  /** Epochs with faults. */
  readonly epochs: number;
  readonly seed: number;
  /** 2 to as many as there are shapes. */
  readonly agents: number;
  /** Whether each epoch waits until every agent has beaten, and blocks come quickly: for a machine of unknown speed. */
  readonly patient: boolean;
  /** Folder of the processes' logs. */
  readonly logs: string;
  /** Told of progress. */
  readonly say?: (line: string) => void;
}

/** What a soak did, and what it left. */
export interface SoakResult extends WholeAccount {
  readonly epochs: number;
  readonly seed: number;
  readonly patient: boolean;
  readonly seconds: number;
  /** Real seconds from one epoch to the next, in the middle. */
  readonly epochSeconds: number;
  /** What went wrong on purpose, by its kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly reorgs: { readonly done: number; readonly blocks: number; readonly dropped: number };
  /** What the agents' processes said, by the names of events and alerts. */
  readonly said: Readonly<Record<string, number>>;
  /** Transactions that were broadcast more than once, and how often in all beyond the first time. */
  readonly rebroadcast: { readonly transactions: number; readonly times: number };
  readonly processes: readonly ProcessAccount[];
  /** Memory of an agent that has nothing to do, bytes; null where the system does not tell. */
  readonly idleMemory: number | null;
  /** What the agents still had under way in the end, or could not be ended. */
  readonly leftovers: readonly string[];
}

interface ProcessAccount {
  readonly name: string;
  readonly starts: number;
  readonly kills: number;
  readonly temporary: number;
  readonly failures: readonly string[];
  readonly peak: number;
}

/** Milliseconds from one block to the next; of a patient soak at least. */
const BLOCK_MS = { strict: 900, patient: 200 };
/** A block of a patient soak lasts as long as this part of the start of a program. */
const PACE = 0.6;
/** Questions of an epoch. */
const QUESTIONS = 3;
/** Epochs without questions and faults, before and after the others; the last are as many as it takes to settle, at most. */
const CALM = { before: 2, after: 12 };
/** Part of an epoch at which a patient soak waits: outages are over, and a ballot may still be begun. */
const HOLD = 0.6;
/** Seconds that it waits at most. */
const PATIENCE = 120;
/** How old a process is whose memory counts as that of an idle agent, ms. */
const IDLE_AGE = 20_000;

/** Lets agents run by themselves for so many epochs, while what is around them fails, and looks at what is left. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { epochs, seed, patient, say = () => undefined } = options;
  const started = Date.now();
  const random = randomOf(seed);
  let waits = { epoch: -1, since: 0 };
  const mayPass = async (world: SoakWorld, epoch: number, part: number) => {
    if (!patient || part < HOLD) return true;
    if (epoch !== waits.epoch) waits = { epoch, since: Date.now() };
    const waiting = await unbeaten(world, epoch);
    if (waiting.length > 0 && Date.now() - waits.since > PATIENCE * 1000)
      throw new Error(`agent ${waiting.join(", ")} has not beaten in epoch ${epoch} within ${PATIENCE} s`);
    return waiting.length === 0;
  };
  const world = await createSoakWorld({
    ...{ anvil: options.anvil, agents: options.agents, secrets: epochs + 256, random: randomOf(seed + 1) },
    ...{ blockMs: patient ? patientPace() : BLOCK_MS.strict, logs: options.logs, mayPass },
  });
  const stop = new AbortController();
  const { agents, chain, relay } = world;
  let trouble: unknown = null;
  const mining = chain.run(stop.signal).catch((error: unknown) => {
    trouble = error;
    stop.abort();
  });
  const check = () => {
    if (trouble !== null) throw trouble as Error;
  };
  const counts: Record<string, number> = {};
  const watching = watchMemory(world, stop.signal);
  try {
    for (const { process } of [relay, ...agents]) process.start();
    let epoch = await firstEpoch(world);
    const idle: number[] = [];
    for (const last = epoch + (patient ? 1 : CALM.before); epoch < last; epoch++) {
      await chain.until(epoch + 1, 0, stop.signal);
      check();
      for (const { process } of agents) if (process.age > IDLE_AGE) idle.push(process.measure() ?? 0);
    }
    const first = epoch;
    for (; epoch < first + epochs; epoch++) {
      const faults = drawFaults(random, agents.length);
      const asking = askAll(world, epoch, stop.signal);
      await Promise.all([asking, ...faults.map((fault) => cause(world, epoch, fault, stop.signal))]);
      for (const name of faults.map(nameOf)) counts[name] = (counts[name] ?? 0) + 1;
      await chain.until(epoch + 1, 0, stop.signal);
      check();
      say(`epoch ${epoch - first + 1} of ${epochs}: ${faults.map(nameOf).join(", ") || "no fault"}`);
    }
    for (let calm = 0; calm < CALM.after && !(await settled(world)); calm++) {
      await chain.until(++epoch, 0, stop.signal);
      check();
    }
    const leftovers = await endAll(world);
    stop.abort();
    await mining;
    await world.rpc("evm_setAutomine", true);
    await closeQuestions(world);
    const account = await accountOf(world);
    const began = [...chain.began.values()];
    const resent = [...world.sent.all.values()].filter(({ times }) => times > 1);
    return {
      ...account,
      ...{ epochs, seed, patient, leftovers, faults: { ...counts, "spike that met a transaction": chain.spikes } },
      seconds: Math.round((Date.now() - started) / 1000),
      epochSeconds: median(began.slice(1).map((at, i) => (at - (began[i] ?? at)) / 1000)),
      reorgs: { ...chain.reorgs },
      said: saidBy(agents),
      rebroadcast: {
        transactions: resent.length,
        times: resent.reduce((sum, { times }) => sum + times - 1, 0),
      },
      processes: [relay, ...agents].map(({ process: { name, starts, kills, temporary, failures, peak } }) => ({
        ...{ name, starts, kills, temporary, failures, peak },
      })),
      idleMemory: idle.length === 0 ? null : Math.max(...idle),
    };
  } finally {
    stop.abort();
    await mining;
    await watching;
    await world.close();
  }
}

/** Milliseconds from one block to the next that suit this machine, as busy as it is now. */
function patientPace(): number {
  const before = performance.now();
  spawnSync(process.execPath, [PROGRAM, "--version"]);
  const pace = (performance.now() - before) * PACE;
  return Math.min(BLOCK_MS.strict, Math.max(BLOCK_MS.patient, pace));
}

/** The shapes that there are. */
export const MOST_AGENTS = SHAPES.length;

/** Name of a fault in counts and lines. */
function nameOf(fault: Fault): string {
  if (fault.kind === "outage") {
    const which = fault.whom === "relay" ? " of the relay" : fault.endpoint === null ? " of all endpoints" : "";
    return `${fault.how}${which}`;
  }
  return fault.kind === "kill" && fault.whom === "relay" ? "kill of the relay" : fault.kind;
}

/** Lets a fault happen at its time, and makes it whole again. */
async function cause(world: SoakWorld, epoch: number, fault: Fault, signal: AbortSignal): Promise<void> {
  const { agents, chain, relay } = world;
  await chain.until(epoch, fault.at, signal);
  if (signal.aborted) return;
  if (fault.kind === "reorg") return chain.reorganise(fault.depth, fault.keeps);
  if (fault.kind === "spike") return chain.spike();
  const hit = fault.whom === "relay" ? relay : agents[fault.whom];
  if (fault.kind === "kill") return hit?.process.kill(fault.downMs);
  const all = fault.whom === "relay" ? [relay.proxy] : (agents[fault.whom]?.proxies ?? []);
  const failing =
    fault.endpoint === null ? all : [all[fault.endpoint % all.length]].filter((proxy) => proxy !== undefined);
  for (const proxy of failing) await proxy.fail(fault.how);
  await chain.until(epoch, fault.until, signal);
  for (const proxy of failing) await proxy.heal();
}

async function askAll(world: SoakWorld, epoch: number, signal: AbortSignal): Promise<void> {
  for (let i = 0; i < QUESTIONS && !signal.aborted; i++) {
    await world.chain.until(epoch, (i + 1) / (QUESTIONS + 2), signal);
    await world.ask();
  }
}

/** The epoch in which all agents have begun. */
async function firstEpoch({ agents, chain }: SoakWorld): Promise<number> {
  const deadline = Date.now() + PATIENCE * 1000;
  while (agents.some(({ lines }) => lines.every(({ event }) => event !== "epoch"))) {
    if (Date.now() > deadline) throw new Error("the agents do not start");
    await sleep(200);
  }
  return chain.epoch;
}

/** Agents with an open ballot that have not beaten in an epoch. */
async function unbeaten({ agents, assay }: SoakWorld, epoch: number): Promise<bigint[]> {
  const states = await Promise.all(agents.map(({ agentId }) => assay.agents.state(agentId)));
  return agents
    .map(({ agentId }) => agentId)
    .filter((_, i) => states[i]?.ballotOpen === true && states[i].lastEpoch < epoch);
}

/** Whether nothing is locked, no question open, and nothing under way. */
async function settled({ agents, assay }: SoakWorld): Promise<boolean> {
  for (const { agentId, journal } of agents) {
    if ((await assay.stake.account(agentId)).locked !== 0n || pendingIn(journal) > 0) return false;
    if ((await assay.agents.state(agentId)).ring !== 0) return false;
  }
  return true;
}

/** Interrupts every process, as a service manager would, once it has done its part of an epoch. @returns what was not as it should be */
async function endAll({ agents, assay, relay }: SoakWorld): Promise<string[]> {
  const leftovers: string[] = [];
  const deadline = Date.now() + PATIENCE * 1000;
  for (const { agentId, journal, process } of agents) {
    const idle = async () => (await assay.agents.state(agentId)).lastEpoch === (await assay.beats.epoch());
    while (Date.now() < deadline && !((await idle()) && pendingIn(journal) === 0)) await sleep(100);
    const status = await process.stop("SIGINT");
    if (status !== 0) leftovers.push(`${process.name} ended with ${String(status)} when it was interrupted`);
    if (pendingIn(journal) > 0) leftovers.push(`${process.name} has left ${pendingIn(journal)} transactions pending`);
  }
  const status = await relay.process.stop("SIGINT");
  if (status !== 0) leftovers.push(`the relay ended with ${String(status)} when it was interrupted`);
  return leftovers;
}

/** Counts what the agents have told. */
function saidBy(agents: readonly SoakAgent[]): Record<string, number> {
  const said: Record<string, number> = {};
  const add = (name: string) => (said[name] = (said[name] ?? 0) + 1);
  for (const { event, alert, raised, reason, relayed, settledEpoch, revealedEpoch } of agents.flatMap((a) => a.lines)) {
    if (event === undefined || event === "text") continue;
    if (event === "alert" && raised !== true) continue;
    add(event === "alert" ? `alert ${String(alert)}` : event === "abstain" ? `abstain ${String(reason)}` : event);
    if (event !== "beat") continue;
    if (relayed === true) add("relayed beat");
    if (settledEpoch !== null) add("settlement");
    if (revealedEpoch !== null) add("reveal");
  }
  return said;
}

/** Takes in the memory of every process, again and again. */
async function watchMemory({ agents, relay }: SoakWorld, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { process } of [relay, ...agents]) process.measure();
    await sleep(1_000);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
