import { type Agent, type BeatReport } from "@assay/agent";
import { type Clock, epochAt, epochStart } from "@assay/protocol";
import { setTimeout as sleep } from "node:timers/promises";
import { explain } from "./explain.ts";
import type { ReadSession } from "./session.ts";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

/** An agent that beats, and the account that sends for it. */
export interface Beating {
  readonly agent: Agent;
  readonly account: HardhatEthersSigner;
}

/** What happens while agents beat. */
interface HeartbeatEvents {
  readonly epoch: (epoch: number, secondsLeft: number) => void;
  readonly beat: (report: BeatReport) => void;
  /** @param agentId null where the chain could not be read or rolled */
  readonly failed: (agentId: bigint | null, reason: string) => void;
}

export interface HeartbeatOptions {
  readonly session: ReadSession;
  readonly agents: readonly Beating[];
  readonly clock: Clock;
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number;
  /** Epochs to beat in; without it until the signal. */
  readonly epochs?: number;
  /** Ends the run after the transactions under way. */
  readonly signal: AbortSignal;
  readonly events: HeartbeatEvents;
}

/** No new ballot is begun in this part of an epoch, its last sixth. */
const LAST_PART = 6;

/** Attempts in one epoch before an agent is left alone until the next. */
const MAX_ATTEMPTS = 4;

/**
 * Beats once an epoch with every agent, as soon as the epoch has a seed, which it rolls itself where nobody has. Agents of one
 * account send one after another, accounts beside each other.
 * @returns epochs in which it beat
 */
export async function runHeartbeat(options: HeartbeatOptions): Promise<number> {
  const { agents, clock, events, signal } = options;
  let epochsDone = 0;
  let present = -1;
  let left: Beating[] = [];
  const attempts = new Map<bigint, number>();
  while (!signal.aborted && epochsDone < (options.epochs ?? Infinity)) {
    try {
      const { epoch, timestamp } = await startEpoch(options);
      if (epoch > present) {
        const secondsLeft = epochStart(clock, epoch + 1) - timestamp;
        // A run that begins as an epoch ends would commit too late: all it can do is reveal.
        const tooLate = present === -1 && secondsLeft * LAST_PART < clock.epochLength;
        const urgent = tooLate ? await openBallots(options.session, agents, clock) : [];
        left = tooLate
          ? agents.filter(({ agent }) => urgent.some(({ agentId }) => agentId === agent.agentId))
          : [...agents];
        present = epoch;
        attempts.clear();
        events.epoch(epoch, secondsLeft);
      }
      if (left.length > 0 && epoch === present) {
        left = await beatAll(left, attempts, options);
        if (left.length === 0) epochsDone++;
      }
    } catch (error) {
      events.failed(null, explain(error));
    }
    if (epochsDone < (options.epochs ?? Infinity)) {
      await sleep(options.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return epochsDone;
}

/** The chain's epoch, with a seed: a chain that nobody uses has no block of it until somebody rolls. */
async function startEpoch({ session, agents, clock }: HeartbeatOptions): Promise<{ epoch: number; timestamp: number }> {
  const { provider } = session.connection;
  const { assay } = session;
  const timestamp = await chainTime(session);
  const epoch = epochAt(clock, timestamp);
  const latest = await provider.getBlock("latest");
  const [first] = agents;
  const rolled =
    latest !== null && epochAt(clock, latest.timestamp) === epoch && (await assay.beats.seed(epoch)) !== null;
  if (!rolled && first !== undefined) await (await assay.connect(first.account).beats.roll()).wait();
  const mined = await provider.getBlock("latest");
  return { epoch: mined === null ? epoch : epochAt(clock, mined.timestamp), timestamp };
}

/** Unix seconds of the block that would be mined now, as far as the node tells. */
async function chainTime(session: ReadSession): Promise<number> {
  const { provider } = session.connection;
  const [latest, pending] = await Promise.all([
    provider.getBlock("latest"),
    provider.getBlock("pending").catch(() => null), // not every provider has it
  ]);
  return Math.max(latest?.timestamp ?? 0, pending?.timestamp ?? 0);
}

/** Beats with each of `left`; returns those to try again in this epoch. */
async function beatAll(
  left: readonly Beating[],
  attempts: Map<bigint, number>,
  { events, signal }: HeartbeatOptions,
): Promise<Beating[]> {
  const again: Beating[] = [];
  const byAccount = Map.groupBy(left, ({ account }) => account.address);
  await Promise.all(
    [...byAccount.values()].map(async (group) => {
      for (const beating of group) {
        const { agent } = beating;
        if (signal.aborted) {
          again.push(beating);
          continue;
        }
        try {
          const report = await agent.beat();
          if (report !== null) events.beat(report);
        } catch (error) {
          events.failed(agent.agentId, explain(error));
          const count = (attempts.get(agent.agentId) ?? 0) + 1;
          attempts.set(agent.agentId, count);
          if (count < MAX_ATTEMPTS) again.push(beating);
        }
      }
    }),
  );
  return again;
}

/** Agents whose ballots must still be revealed, with the unix second at which each is forfeited. */
export async function openBallots(
  { assay }: ReadSession,
  agents: readonly Beating[],
  clock: Clock,
): Promise<{ agentId: bigint; revealBefore: number }[]> {
  const open: { agentId: bigint; revealBefore: number }[] = [];
  for (const { agent } of agents) {
    const { ballotOpen, lastEpoch } = await assay.agents.state(agent.agentId);
    if (ballotOpen) open.push({ agentId: agent.agentId, revealBefore: epochStart(clock, lastEpoch + 2) });
  }
  return open;
}
