import { AssayError, type AssayErrorOptions } from "@assay/sdk";

/** Reasons of a {@link SimulatorError}. */
export type SimulatorErrorCode =
  /** A setting is missing, out of its range or of the wrong kind. */
  | "BAD_CONFIG"
  /** No strategy has this name, or a strategy has no such setting. */
  | "UNKNOWN_STRATEGY"
  /** A file of the data cannot be read. */
  | "DATA_UNREADABLE"
  /** A file of the data is not what it should be. */
  | "DATA_MALFORMED"
  /** The data are sound, but nothing can be simulated with them. */
  | "DATA_UNUSABLE"
  /** An engine was asked for what the protocol refuses. */
  | "REFUSED"
  /** The books do not add up: a mistake of the program. */
  | "NOT_CONSERVED"
  /** Two engines that must be equal are not: a mistake of the program. */
  | "ENGINES_DIFFER";

/** What keeps a simulation from going on. */
export class SimulatorError extends AssayError {
  override readonly name = "SimulatorError";
  declare readonly code: SimulatorErrorCode;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: SimulatorErrorCode, message: string, options?: AssayErrorOptions) {
    super(code, message, options);
  }
}
