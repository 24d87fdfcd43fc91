/** Told what is being done, a line at a time. */
export type Progress = (line: string) => void;

/** Gas figures; keys of the JSON file. */
export interface GasFigures {
  beatFixed: number;
  perFurtherVote: number;
  finalizeInline: number;
  finalizeAlone: number;
  perVoteAllIn16: number;
  /** As that, relayed: 20 beats a transaction, of 100 agents in the domain. */
  perVoteRelayed16: number;
  /** As that, with no other agents in the domain than the 20 of the transaction. */
  perVoteRelayed16Full: number;
  /** That, the transactions declaring what they touch. */
  perVoteRelayed16FullListed: number;
  /** Of a domain of 20 agents, each sending its own beats. */
  perVoteOf20: number;
  /** The same, its transactions declaring what they touch. */
  perVoteOf20Listed: number;
  votesPerBeatOf20: number;
  ask: number;
  assertClaim: number;
  challenge: number;
  register: number;
  deposit: number;
  join: number;
  beatAt10Agents: number;
  beatAt2000Agents: number;
  askAt10Agents: number;
  askAt2000Agents: number;
  /** Mean votes of a beat in the measured epochs. */
  votesPerBeat: number;
  votesPerRelayedBeat: number;
  votesPerRelayedBeatFull: number;
}

/** A row of a growth curve: what varies first, then the gas of some transactions. */
export type Row = Readonly<Record<string, number>>;

/** Curves by what varies; `growth` in the JSON file. */
export type Growth = Record<string, readonly Row[]>;
