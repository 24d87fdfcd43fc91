import { AssayError, type AssayErrorOptions } from "@assay/sdk";

/** Reasons of an {@link AgentError}. */
export type AgentErrorCode =
  /** The contracts are not compiled. */
  | "MISSING_ARTIFACT"
  /** Another deployment stands where one is to be made. */
  | "OTHER_DEPLOYMENT"
  /** The agent has a ballot or a chain of secrets that its journal does not hold. */
  | "MISSING_BALLOT"
  /** The agent is enrolled with a chain of secrets that its journal does not hold. */
  | "OTHER_CHAIN"
  /** The epoch has no seed yet. */
  | "NOT_ROLLED"
  /** The journal cannot be read. */
  | "JOURNAL_CORRUPT"
  /** Another process runs the agent. */
  | "JOURNAL_LOCKED"
  /** The journal is of another agent, deployment or chain. */
  | "JOURNAL_OTHER"
  /** The journal is of a version that is not known yet. */
  | "JOURNAL_NEWER"
  /** The journal cannot be written: its disk is full, or not this user's to write. */
  | "JOURNAL_UNWRITABLE"
  /** The journal holds another ballot of the epoch. */
  | "JOURNAL_CONFLICT"
  /** A transaction would not be mined before it is worth nothing, or was not. */
  | "TOO_LATE"
  /** A relayer refused a beat, or does not answer. */
  | "RELAYER_FAILED"
  /** The content of a question cannot be had. */
  | "CONTENT_MISSING"
  | "CONTENT_TOO_LARGE"
  /** The content is not the one that was asked about. */
  | "CONTENT_MISMATCH"
  /** A verifier cannot be used as it is configured. */
  | "BAD_VERIFIER";

/** What keeps an agent from going on. */
export class AgentError extends AssayError {
  override readonly name = "AgentError";
  declare readonly code: AgentErrorCode;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: AgentErrorCode, message: string, options?: AssayErrorOptions) {
    super(code, message, options);
  }
}
