import { EPOCHS_PER_ROUND, FREEZE_DIVISOR, MIN_EPOCH_LENGTH } from "./constants.ts";
import { ProtocolError } from "./errors.ts";
import { requireInteger } from "./units.ts";

/** The clock of a deployment. */
export interface Clock {
  /** Unix seconds at which epoch 0 begins. */
  readonly genesis: number;
  /** Seconds, at least 30. */
  readonly epochLength: number;
}

/** Where a round voted in a given epoch stands. `pending` is before its vote. */
export type Phase = "pending" | "vote" | "reveal" | "appeal" | "final";

/** Epochs of the phases of one round. */
export interface RoundSchedule {
  readonly vote: number;
  readonly reveal: number;
  /** Appeals, budgeted rounds and canary openings; not in this epoch's freeze. */
  readonly appeal: number;
  /** First epoch in which the verdict is final, if no further round was started. */
  readonly final: number;
}

const MAX_EPOCH = 0xffff_ffff;

function elapsed(clock: Clock, timestamp: number): number {
  requireInteger("epochLength", clock.epochLength, MIN_EPOCH_LENGTH, Number.MAX_SAFE_INTEGER);
  requireInteger("timestamp", timestamp, 0, Number.MAX_SAFE_INTEGER);
  if (timestamp < clock.genesis) {
    throw new ProtocolError("TimeBeforeGenesis", `timestamp ${timestamp} is before genesis ${clock.genesis}`);
  }
  return timestamp - clock.genesis;
}

/**
 * Epoch of a point in time.
 * @param timestamp unix seconds
 * @throws ProtocolError `TimeBeforeGenesis`, `OutOfRange`
 * @example
 * epochAt({ genesis: 1_000, epochLength: 60 }, 1_125); // 2
 */
export function epochAt(clock: Clock, timestamp: number): number {
  const epoch = Math.floor(elapsed(clock, timestamp) / clock.epochLength);
  requireInteger("epoch", epoch, 0, MAX_EPOCH);
  return epoch;
}

/** True in the last sixteenth of an epoch: reveals feed no beacon and no round is started. @throws as {@link epochAt} */
export function isFreeze(clock: Clock, timestamp: number): boolean {
  return elapsed(clock, timestamp) % clock.epochLength >= clock.epochLength - freezeLength(clock);
}

/** First second of an epoch, unix time. */
export function epochStart(clock: Clock, epoch: number): number {
  requireInteger("epoch", epoch, 0, MAX_EPOCH);
  return clock.genesis + epoch * clock.epochLength;
}

/** First second of an epoch's freeze, unix time. */
export function freezeStart(clock: Clock, epoch: number): number {
  return epochStart(clock, epoch) + clock.epochLength - freezeLength(clock);
}

/** Epoch in which a question asked at `timestamp` counts as opened: the next one in the freeze. @throws as {@link epochAt} */
export function openingEpoch(clock: Clock, timestamp: number): number {
  return epochAt(clock, timestamp) + (isFreeze(clock, timestamp) ? 1 : 0);
}

/** Schedule of the first round of a question opened in epoch `opened`. */
export function firstRound(opened: number): RoundSchedule {
  return roundSchedule(opened + 1);
}

/** Schedule of a round voted in epoch `vote`. */
export function roundSchedule(vote: number): RoundSchedule {
  return { vote, reveal: vote + 1, appeal: vote + 2, final: vote + EPOCHS_PER_ROUND };
}

/** Schedule of the round that an appeal of this one starts: voted in the epoch this one would have been final. */
export function nextRound(schedule: RoundSchedule): RoundSchedule {
  return roundSchedule(schedule.final);
}

/**
 * Phase in `epoch` of a round voted in epoch `vote`.
 * @example
 * phaseAt(7, 8); // "reveal"
 */
export function phaseAt(vote: number, epoch: number): Phase {
  if (epoch < vote) return "pending";
  return (["vote", "reveal", "appeal"] as const)[epoch - vote] ?? "final";
}

function freezeLength(clock: Clock): number {
  return Math.floor(clock.epochLength / FREEZE_DIVISOR);
}
