import { BPS, MAX_RISK_SEATS, WEIGHT_CAP } from "./constants.ts";
import { requireTally, type Tally } from "./question.ts";

/** Rules of a domain that decide a verdict. */
export interface VerdictRules {
  /** k of the first round, 3 to 255; half of it, rounded up, is the quorum. */
  readonly firstRoundSeats: number;
  /** Share of the weight that decides before the last round, bps. */
  readonly supermajorityBps: number;
  /** True once `rounds == maxRounds`: then more than half decides. */
  readonly lastRound: boolean;
}

/** The verdict so far. Weights in Q8, below 2^32. */
export interface Verdict {
  readonly decisive: boolean;
  /** Leading outcome, decided if `decisive`; `null` if nobody voted. */
  readonly outcome: number | null;
  /** Revealed seats of all outcomes. */
  readonly seats: number;
  readonly weight: number;
  readonly leadingSeats: number;
  readonly leadingWeight: number;
  /** Share of the weight on the leading outcome, rounded down; 0 without weight. */
  readonly supportBps: number;
  /** Seats of full weight that another outcome lacks to more than half of the weight; saturates at 8191. */
  readonly riskSeats: number;
}

/**
 * The verdict as a pure function of the tally.
 * The leading outcome has most weight among outcomes with a seat; ties: more seats, then the lowest number.
 * @throws ProtocolError `InvalidTally`
 * @example
 * verdictOf({ seats: [7, 2], weights: [1792, 512] }, { firstRoundSeats: 9, supermajorityBps: 6_667, lastRound: false });
 * // decisive, outcome 0, supportBps 7777
 */
export function verdictOf(tally: Tally, rules: VerdictRules): Verdict {
  requireTally(tally);
  const { seats, weights } = tally;
  let outcome: number | null = null;
  for (let o = 0; o < seats.length; o++) {
    if (seats[o] !== 0 && (outcome === null || leads(tally, o, outcome))) outcome = o;
  }
  const totalSeats = sum(seats);
  const weight = sum(weights);
  const leadingSeats = outcome === null ? 0 : (seats[outcome] as number);
  const leadingWeight = outcome === null ? 0 : (weights[outcome] as number);
  const second = Math.max(...weights.filter((_, o) => o !== outcome));
  const majority = rules.lastRound
    ? 2 * leadingWeight > weight
    : leadingWeight * BPS >= rules.supermajorityBps * weight;
  return {
    decisive: totalSeats >= Math.ceil(rules.firstRoundSeats / 2) && majority && leadingWeight > second,
    outcome,
    seats: totalSeats,
    weight,
    leadingSeats,
    leadingWeight,
    supportBps: weight === 0 ? 0 : Math.floor((leadingWeight * BPS) / weight),
    riskSeats: Math.min(MAX_RISK_SEATS, Math.ceil((weight - 2 * second + 1) / WEIGHT_CAP)),
  };
}

/** Stake an attacker must put at risk to make another outcome decisive, wei. */
export function stakeAtRisk(riskSeats: number, seatBond: bigint): bigint {
  return BigInt(riskSeats) * seatBond;
}

function leads({ seats, weights }: Tally, a: number, b: number): boolean {
  const [wa, wb] = [weights[a] as number, weights[b] as number];
  return wa > wb || (wa === wb && (seats[a] as number) > (seats[b] as number));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
