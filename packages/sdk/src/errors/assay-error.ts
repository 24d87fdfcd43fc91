/** What an {@link AssayError} may carry besides its message. */
export interface AssayErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later; false unless told. */
  readonly retryable?: boolean;
}

/** Something a user can act on: a stable code, and one line that names what is wrong. */
export class AssayError extends Error {
  override readonly name: string = "AssayError";
  /** Stable reason. Branch on it, never on the message. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: string, message: string, options: AssayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Reasons of a {@link ClientError}. */
export type ClientErrorCode =
  /** An argument breaks a rule that is checked before the chain is asked. */
  | "BAD_INPUT"
  /** Nothing is deployed there, or a deployment has broken off. */
  | "MISSING_DEPLOYMENT"
  /** Not a deployment file. */
  | "MALFORMED_DEPLOYMENT"
  /** The node is of another chain, or there is none. */
  | "WRONG_CHAIN"
  /** No code at an address of the deployment. */
  | "NO_CODE"
  /** The contracts at the addresses do not belong together. */
  | "WRONG_WIRING"
  /** The action needs a signer, the client has a provider. */
  | "NO_SIGNER"
  /** Too few tokens. */
  | "INSUFFICIENT_TOKENS"
  /** Too little ether for gas. */
  | "INSUFFICIENT_ETHER"
  /** More than fits into one transaction. */
  | "TOO_MUCH_GAS"
  /** The node cannot be reached. */
  | "NODE_UNREACHABLE"
  /** A contract refused with an error of no contract of the protocol. */
  | "UNKNOWN_REVERT"
  /** Mined, and failed. */
  | "TRANSACTION_REVERTED"
  /** Sent, and gone: another transaction took its nonce. */
  | "TRANSACTION_DROPPED"
  /** A transaction lacks the event that the action ends with. */
  | "MISSING_EVENT";

/** What went wrong outside of the contracts. */
export class ClientError extends AssayError {
  override readonly name = "ClientError";
  declare readonly code: ClientErrorCode;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: ClientErrorCode, message: string, options?: AssayErrorOptions) {
    super(code, message, options);
  }
}
