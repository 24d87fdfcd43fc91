/** What a designer of a domain wants, and what is supposed of those who answer. */
export interface Wish {
  /** Wrong verdicts that are borne, share of all questions. */
  readonly error: number;
  /** Undecided questions that are borne, share of all questions. */
  readonly undecided: number;
  /** Share of the stake that one attacker holds, who votes wrong with all of it. */
  readonly attacker: number;
  /** Of honest agents, one by one. */
  readonly accuracy: number;
  /** Part of their errors that they have in common, 0 to 1. */
  readonly correlation: number;
  /** Of equal stake. */
  readonly honestAgents: number;
  /** Seat fees a question may cost in the mean; `null`: whatever it takes. */
  readonly budget: number | null;
}
