import { addVote, emptyTally, verdictOf } from "@assay/protocol";
import { PARAMETERS } from "./domains.ts";
import type { CastVote, QuestionRecord } from "./ledger.ts";

/** A verdict by the protocol's rule. */
export interface Retally {
  readonly resolved: boolean;
  /** Null if nobody voted. */
  readonly outcome: number | null;
  readonly supportBps: number;
}

/** The verdict that the votes revealed on a question give by the protocol's rule, off chain: of all of them, or of some. */
export function retally(question: QuestionRecord, votes: readonly CastVote[]): Retally {
  let tally = emptyTally(PARAMETERS.outcomes);
  for (const { outcome, seats, weight } of votes) tally = addVote(tally, outcome, seats, weight) ?? tally;
  const { decisive, outcome, supportBps } = verdictOf(tally, {
    firstRoundSeats: PARAMETERS.seats,
    supermajorityBps: PARAMETERS.supermajorityBps,
    lastRound: question.rounds === PARAMETERS.maxRounds,
  });
  return { resolved: decisive, outcome, supportBps };
}
