/** Stable machine-readable reasons of a {@link ProtocolError}. Tests and callers branch on these, never on the prose. */
export type ProtocolErrorCode =
  | "MalformedHex"
  | "OutOfRange"
  | "TimeBeforeGenesis"
  | "EpochNotInChain"
  | "TooManySkippedEpochs"
  | "CorruptChain"
  | "Truncated"
  | "EmptyGroup"
  | "DomainsNotAscending"
  | "QuestionsNotAscending"
  | "DuplicateQuestion"
  | "TooManyVotes"
  | "OutcomeOutOfRange"
  | "ZeroSeats"
  | "MalformedBeat"
  | "WrongStatus"
  | "InvalidTally"
  | "InvalidAppeals";

/** Input that breaks a rule of the protocol. Repeating the call with the same input fails again. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;
  /** The rules are pure: nothing about the world changes the answer. */
  readonly retryable = false;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
