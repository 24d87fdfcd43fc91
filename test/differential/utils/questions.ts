import {
  type Canary,
  MAX_OUTCOMES,
  MAX_TALLY_SEATS,
  NO_OUTCOME_UINT8,
  type OpenQuestion,
  roundSeats,
  type Tally,
  WEIGHT_CAP,
} from "@assay/protocol";
import type { Random } from "./random.ts";

/** How a slot writes "no outcome". */
export const NO_OUTCOME = 31;

/** Numbers of outcomes about the ends of a slot's words. */
export function outcomes(random: Random): number {
  return random.pick([2, 3, 4, 8, 9, 13, 14, MAX_OUTCOMES, random.int(2, MAX_OUTCOMES)]);
}

/** A tally: a few seats with many ties, full to the brim, without weight, empty, or anything possible. */
export function tally(random: Random, count = outcomes(random)): Tally {
  const kind = random.int(0, 8);
  const few = random.array(3, () => random.pick([0, 1, 256, 512, WEIGHT_CAP, random.int(0, WEIGHT_CAP)]));
  const entry = (): [number, number] => {
    if (kind === 0) return [0, 0];
    if (kind === 1) return [random.edgy(0, 20), 0];
    if (kind === 2) {
      const seats = random.int(MAX_TALLY_SEATS - 2, MAX_TALLY_SEATS);
      return [seats, seats * WEIGHT_CAP];
    }
    const seats = kind <= 5 ? random.int(0, 6) : random.edgy(0, MAX_TALLY_SEATS);
    return [seats, kind <= 5 ? seats * random.pick(few) : random.edgy(0, seats * WEIGHT_CAP)];
  };
  const entries = random.array(count, entry);
  if (kind === 8) {
    // One has exactly as much as all the others.
    const leader = random.int(0, count - 1);
    entries.forEach((_, i) => (entries[i] = i === leader ? [count - 1, (count - 1) * 256] : [1, 256]));
  }
  return { seats: entries.map(([seats]) => seats), weights: entries.map(([, weight]) => weight) };
}

export function canary(random: Random, count: number): Canary {
  const kind = random.pick(["none", "entered", "empty", "answer"] as const);
  return kind === "answer" ? { kind, outcome: random.int(0, count - 1) } : { kind };
}

/** A canary as a slot writes it. */
export function canaryCode(c: Canary): number {
  return c.kind === "answer" ? 3 + c.outcome : ["none", "entered", "empty"].indexOf(c.kind);
}

export function openQuestion(random: Random, count = outcomes(random)): OpenQuestion {
  return {
    rounds: random.int(1, 4),
    canary: canary(random, count),
    budget: random.edgy(0, 4095),
    offered: random.edgy(0, 16_383),
    offeredNow: random.edgy(0, 4 * roundSeats(255, 4)),
    epoch: random.edgy(0, 2 ** 32 - 1),
    tally: tally(random, count),
  };
}

/** An outcome, or none, as interfaces write it in a byte. */
export function outcomeByte(outcome: number | null): number {
  return outcome ?? NO_OUTCOME_UINT8;
}
