import { type Evidence, NEWCOMER_VERDICTS, NEWCOMER_WEIGHT, ONE, seatWeight, WEIGHT_CAP } from "@assay/protocol";

/** What an agent has seen of another one itself. Q8: 256 is one answer of today. */
export interface LocalEvidence {
  /** Of answers that held. */
  readonly held: number;
  /** Of answers that fell. */
  readonly fell: number;
}

/** Of somebody never dealt with. */
export const NO_EVIDENCE: LocalEvidence = { held: 0, fell: 0 };

/** Evidence that everybody starts with on either side, Q8: eight answers, as the chain's prior has against an agent. */
const LOCAL_PRIOR = 8 * ONE;

/** Evidence of one side that counts at most, Q8. */
export const LOCAL_CAP = 64 * ONE;

/** Most that one's own experience multiplies a weight by. */
export const MOST_GAIN = 2;

/** Most that it divides a weight by. */
export const MOST_LOSS = 4;

/**
 * Weight of an agent's answer to the one who asks: its weight on chain, times what the asker has seen of it.
 *
 * ```
 * w = seatWeight(evidence on chain)
 * f = ((LOCAL_PRIOR + held) / (LOCAL_PRIOR + fell))^2, between 1 / MOST_LOSS and MOST_GAIN
 * weight = min(floor(w * f), WEIGHT_CAP), and at most NEWCOMER_WEIGHT for an agent with fewer than NEWCOMER_VERDICTS verdicts
 * ```
 *
 * Where it is from. The Beta reputation system (Jøsang and Ismail, "The Beta Reputation System", 15th Bled Electronic Commerce
 * Conference, 2002) counts outcomes for and against, lets them fade with time, and starts with a prior: so do `held`, `fell`, their decay
 * (see {@link Ledger}) and `LOCAL_PRIOR`. The chain's own rule squares the ratio of the two, and so does `f`, so that both speak of odds.
 * EigenTrust (Kamvar, Schlosser and Garcia-Molina, "The EigenTrust Algorithm for Reputation Management in P2P Networks", WWW 2003) starts
 * from local trust values, and mixes them with peers that all trust beforehand, without whom a clique can raise itself: here those are
 * the agents with a record on chain, which nobody's opinion made.
 *
 * How it differs. (1) Nothing is transitive: EigenTrust multiplies the local values of everybody, here others' reports never enter, so
 * there is nothing to lie about and no iteration. What takes the place of others' opinions is the verdicts on chain, which all share.
 * (2) Local values are not normalised to a sum of 1: the asker's experience with one agent does not change what another one weighs.
 * (3) The mix is a product within bounds instead of a sum, so that without local evidence the weight is that of the chain to the digit.
 *
 * Why these bounds. Standing with one asker is cheap to make: right answers to easy questions cost nothing. So it doubles a weight and no
 * more, it lifts nobody above `WEIGHT_CAP`, and nobody without a record on chain above a newcomer. Losses are not to be made by others,
 * because only what the asker has seen itself counts, and they cost the asker much if it ignores them: they may take three quarters.
 * They take no more, since an answer may fall that was right, and the weight on chain falls as well if it was wrong.
 * @returns Q8, 0 to 4096
 * @throws ProtocolError `OutOfRange`
 * @example
 * combineWeight({ alpha: 8192, beta: 4096, verdicts: 10 }, { held: 0, fell: 512 }); // 655 instead of 1024
 */
export function combineWeight(evidence: Evidence, { held, fell }: LocalEvidence): number {
  const weight = seatWeight(evidence);
  const gain = square(LOCAL_PRIOR + Math.min(held, LOCAL_CAP));
  const loss = square(LOCAL_PRIOR + Math.min(fell, LOCAL_CAP));
  // Plain numbers: 4096 times (72 * 256)^2 stays below 2^41.
  const seen = Math.floor((weight * gain) / loss);
  const within = Math.min(Math.max(seen, Math.floor(weight / MOST_LOSS)), weight * MOST_GAIN);
  return Math.min(within, evidence.verdicts < NEWCOMER_VERDICTS ? NEWCOMER_WEIGHT : WEIGHT_CAP);
}

function square(value: number): number {
  return value * value;
}
