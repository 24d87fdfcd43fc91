import { AssayError, type AssayErrorOptions } from "@assay/sdk";

/** Reasons of a {@link NetworkError}. */
export type NetworkErrorCode =
  /** Bytes that are no message of the kind that was expected. */
  | "MALFORMED"
  /** More bytes than a message or a content may have. */
  | "TOO_LARGE"
  /** A binding, statement or receipt that is not signed by whom it names. */
  | "BAD_SIGNATURE"
  /** Of another chain or deployment. */
  | "OTHER_NETWORK"
  /** The agent has no binding, or one that its wallet or owner has voided. */
  | "UNBOUND"
  /** The agent has too little stake, or none. */
  | "UNSTAKED"
  /** The chain cannot be read, or has not been for too long to trust what is known of an agent. */
  | "CHAIN_UNREACHABLE"
  /** Past its time, or too far ahead of it. */
  | "EXPIRED"
  /** Seen before. */
  | "REPLAYED"
  /** More than the agent's stake or pledge answers for. */
  | "OVERCOMMITTED"
  /** Too many requests. */
  | "RATE_LIMITED"
  /** The peer cannot be reached, or went away. */
  | "PEER_UNREACHABLE"
  /** The peer refused. */
  | "REFUSED"
  /** No answer in time. */
  | "TIMEOUT"
  /** No peer has the content. */
  | "CONTENT_MISSING"
  /** The bytes are not of the content's hash. */
  | "CONTENT_MISMATCH"
  /** The port is taken, or an address cannot be listened at. */
  | "CANNOT_LISTEN"
  /** A store cannot be read: corrupt, or of another agent or deployment. */
  | "STORE_UNREADABLE"
  /** A store cannot be written: its disk is full, or not this user's to write. */
  | "STORE_UNWRITABLE";

/** What goes wrong between peers. */
export class NetworkError extends AssayError {
  override readonly name = "NetworkError";
  declare readonly code: NetworkErrorCode;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: NetworkErrorCode, message: string, options?: AssayErrorOptions) {
    super(code, message, options);
  }
}
