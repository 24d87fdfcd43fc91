import {
  COUNT_START,
  EVIDENCE_CAP,
  EVIDENCE_FLOOR,
  LAST_GENERATION,
  MAX_VERDICTS,
  MULTIPLIER_CANARY,
  MULTIPLIER_ROUNDS,
  NEWCOMER_VERDICTS,
  NEWCOMER_WEIGHT,
  ONE,
  PRIOR_AGAINST,
  PRIOR_FOR,
  RARITY_MAX,
  RARITY_MIN,
  WEIGHT_CAP,
} from "./constants.ts";
import { requireInteger } from "./units.ts";

/** Evidence about an agent in a domain. Counters are Q8, 16 to 65,535. */
export interface Evidence {
  /** For. */
  readonly alpha: number;
  /** Against. */
  readonly beta: number;
  /** Verdicts scored so far; saturates at 4095. */
  readonly verdicts: number;
}

/** Evidence and the owner's generation under which it was earned. */
export interface Standing extends Evidence {
  /** 0 to 4095; 4095 is never trusted. */
  readonly generation: number;
}

/** Evidence of an agent nobody knows: right twice as often as wrong. */
export const PRIOR: Evidence = { alpha: PRIOR_FOR, beta: PRIOR_AGAINST, verdicts: 0 };

/**
 * Weight of one seat, Q8: `(alpha / beta)^2`, at most 16, at most 1 for a newcomer.
 * @throws ProtocolError `OutOfRange`
 * @example
 * seatWeight({ alpha: 8192, beta: 4096, verdicts: 10 }); // 1024: four votes of a newcomer
 */
export function seatWeight(evidence: Evidence): number {
  requireEvidence(evidence);
  // Plain numbers: alpha * 256 stays below 2^25 and ratio squared at or below 2^28.
  const ratio = Math.min(Math.floor((evidence.alpha * ONE) / evidence.beta), 1 << 14);
  const weight = Math.min(WEIGHT_CAP, Math.floor((ratio * ratio) / ONE));
  return evidence.verdicts < NEWCOMER_VERDICTS ? Math.min(weight, NEWCOMER_WEIGHT) : weight;
}

/**
 * Evidence that counts for an agent in its present generation: the prior unless the standing was earned in it.
 * @param standing `null` for an agent never scored in the domain
 */
export function evidenceUnder(standing: Standing | null, generation: number): Evidence {
  if (standing === null || standing.generation !== generation || generation >= LAST_GENERATION) return PRIOR;
  return { alpha: standing.alpha, beta: standing.beta, verdicts: standing.verdicts };
}

/**
 * Adds the evidence of one final question; above the cap a sixteenth of both counters is forgotten.
 * @param agree whether the agent voted with the final outcome
 * @param quantity multiplier x rarity, Q8, 1 to 8192: `evidence` of the terms of settlement
 * @throws ProtocolError `OutOfRange`
 * @example
 * updateEvidence(PRIOR, true, 512); // { alpha: 4608, beta: 2048, verdicts: 1 }
 */
export function updateEvidence(evidence: Evidence, agree: boolean, quantity: number): Evidence {
  requireEvidence(evidence);
  requireInteger("quantity", quantity, 1, MULTIPLIER_CANARY * RARITY_MAX);
  let alpha = evidence.alpha + (agree ? quantity : 0);
  let beta = evidence.beta + (agree ? 0 : quantity);
  while (alpha + beta > EVIDENCE_CAP) {
    alpha = forget(alpha);
    beta = forget(beta);
  }
  return {
    alpha: Math.max(alpha, EVIDENCE_FLOOR),
    beta: Math.max(beta, EVIDENCE_FLOOR),
    verdicts: Math.min(evidence.verdicts + 1, MAX_VERDICTS),
  };
}

/** Counts of a new domain, Q8. @param outcomes K */
export function initialCounts(outcomes: number): number[] {
  return Array<number>(outcomes).fill(COUNT_START);
}

/**
 * Rarity `g(o) = 1 / (K R(o))`, Q8, 64 to 1024.
 * @param counts running counts of the domain's outcomes, Q8; `null` in a domain with open answers, where it is 1
 * @throws ProtocolError `OutOfRange`
 */
export function rarity(counts: readonly number[] | null, outcome: number): number {
  if (counts === null) return ONE;
  requireInteger("outcome", outcome, 0, counts.length - 1);
  const g = Math.floor((sum(counts) * ONE) / (counts.length * (counts[outcome] as number)));
  return Math.min(RARITY_MAX, Math.max(RARITY_MIN, g));
}

/**
 * Counts a final outcome, once a resolved question; not in domains with open answers.
 * @throws ProtocolError `OutOfRange`
 */
export function countOutcome(counts: readonly number[], outcome: number): number[] {
  requireInteger("outcome", outcome, 0, counts.length - 1);
  const counted = counts.map((c, o) => (o === outcome ? c + ONE : c));
  if (sum(counted) <= EVIDENCE_CAP) return counted;
  return counted.map((c) => Math.max(EVIDENCE_FLOOR, forget(c)));
}

/** Evidence multiplier of a question: 8 if a canary was confirmed, else 2 after more than one round, else 1. */
export function evidenceMultiplier(rounds: number, canaryConfirmed: boolean): number {
  if (canaryConfirmed) return MULTIPLIER_CANARY;
  return rounds > 1 ? MULTIPLIER_ROUNDS : 1;
}

function forget(counter: number): number {
  return counter - (counter >> 4);
}

function requireEvidence({ alpha, beta, verdicts }: Evidence): void {
  requireInteger("alpha", alpha, EVIDENCE_FLOOR, EVIDENCE_CAP - 1);
  requireInteger("beta", beta, EVIDENCE_FLOOR, EVIDENCE_CAP - 1);
  requireInteger("verdicts", verdicts, 0, MAX_VERDICTS);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
