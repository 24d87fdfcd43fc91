import { combine } from "../report/combine.ts";
import type { Estimate } from "../report/estimate.ts";
import type { Summary } from "../report/summary.ts";
import { atRiskOf, type Candidate, minStakeOf } from "./candidates.ts";
import { meets } from "./law.ts";
import type { Wish } from "./wish.ts";

/** A candidate with what its simulations came to. */
export interface Advised extends Candidate {
  /** Share of all questions resolved wrongly, simulated. */
  readonly wrong: Estimate;
  readonly undecided: number;
  /** A question that is not a canary costs, in seat fees, its part of the canaries included. */
  readonly fees: number;
  readonly attackersNet: number;
  readonly minStake: number;
  readonly atRisk: number;
  readonly meetsWish: boolean;
}

/** What to choose. */
export interface Advice {
  readonly wish: Wish;
  /** Those that meet the wish, cheapest first; then the others, nearest first. */
  readonly candidates: readonly Advised[];
  /** Simulations a candidate. */
  readonly seeds: number;
  readonly complete: boolean;
}

/** A candidate and its simulations, of which there must be one. */
export function advised(candidate: Candidate, summaries: readonly Summary[], wish: Wish): Advised {
  const summary = combine(summaries);
  const wrong = summary.wrong ?? { mean: 1, low: 0, high: 1 };
  const undecided = 1 - (summary.decided?.mean ?? 0);
  const fees = (summary.cost.fees?.mean ?? 0) / (1 - candidate.canaries);
  return {
    ...candidate,
    wrong,
    undecided,
    fees,
    attackersNet: summary.attackersNet ?? 0,
    minStake: minStakeOf(candidate, wish),
    atRisk: atRiskOf(candidate),
    // With all but 5 % certainty, as far as so many runs tell.
    meetsWish: meets(wish, { wrong: wrong.high, undecided, fees }),
  };
}

/** Sorts candidates into an advice. */
export function adviceOf(wish: Wish, candidates: readonly Advised[], seeds: number, complete: boolean): Advice {
  const miss = (one: Advised) =>
    Math.max(
      one.wrong.mean / wish.error,
      one.undecided / Math.max(wish.undecided, wish.error),
      one.fees / (wish.budget ?? Infinity),
    );
  const sorted = [...candidates].sort((a, b) => {
    if (a.meetsWish !== b.meetsWish) return a.meetsWish ? -1 : 1;
    return a.meetsWish ? a.fees - b.fees : miss(a) - miss(b);
  });
  return { wish, candidates: sorted, seeds, complete };
}
