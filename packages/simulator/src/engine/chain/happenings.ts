import type { Receipt } from "@assay/protocol";
import type { AgentIndex, Events, QuestionIndex, Settled } from "../engine.ts";

/** A ballot as it was revealed. */
interface RevealedBallot {
  readonly agent: AgentIndex;
  readonly votes: readonly (Pick<Receipt, "outcome" | "seats"> & { readonly question: QuestionIndex })[];
}

/** Gathers what a phase of an epoch tells. */
export class Happenings {
  readonly finalized: QuestionIndex[] = [];
  readonly settled: Settled[] = [];
  readonly forfeited: { readonly agent: AgentIndex; readonly exposure: bigint }[] = [];
  readonly ballots: RevealedBallot[] = [];
  dropped = 0;

  /** @param weightOf of a seat of an agent at its reveal, Q8 */
  events(weightOf: (agent: AgentIndex) => number = () => 0): Events {
    const { finalized, settled, forfeited, dropped } = this;
    const revealed = this.ballots.flatMap(({ agent, votes }) => {
      const weight = weightOf(agent);
      return votes.map((vote) => ({ ...vote, agent, weight }));
    });
    return { finalized, settled, forfeited, revealed, dropped };
  }
}
