/** Told what is being done, a line at a time. */
export type Progress = (line: string) => void;

/** Gas figures; keys of the JSON file. */
export interface GasFigures {
  beatFixed: number;
  perFurtherVote: number;
  finalizeInline: number;
  finalizeAlone: number;
  perVoteAllIn16: number;
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
}

/** A row of a growth curve: what varies first, then the gas of some transactions. */
export type Row = Readonly<Record<string, number>>;

/** Curves by what varies; `growth` in the JSON file. */
export type Growth = Record<string, readonly Row[]>;
