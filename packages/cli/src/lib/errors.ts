import { AssayError, type AssayErrorOptions, toAssayError } from "@assay/sdk";

/** Exit statuses, besides 0. */
export const EXIT = {
  /** Bad input, a refusal of the contracts, a check of `doctor` that failed. */
  failed: 1,
  /** `verify`: final, with another outcome. */
  otherOutcome: 2,
  /** `verify`: final, and unresolved. */
  unresolved: 3,
  /** `verify`: not final yet. */
  notFinal: 4,
  /** The same call may succeed later: no endpoint answers, or it is too early. As sysexits.h has it. */
  tryAgain: 75,
} as const;

/** Reasons of a {@link CliError}. */
export type CliErrorCode =
  | "BAD_INPUT"
  | "BAD_CONFIG"
  | "NO_CONFIG"
  | "NO_KEY"
  | "NO_PASSPHRASE"
  | "WRONG_PASSPHRASE"
  | "NOT_CONFIRMED"
  | "OVER_LIMIT"
  | "CONTENT_MISSING"
  | "CONTENT_TOO_LARGE"
  | "CONTENT_MISMATCH";

/** What a user of the command line can act on. */
export class CliError extends AssayError {
  override readonly name = "CliError";
  declare readonly code: CliErrorCode;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: CliErrorCode, message: string, options?: AssayErrorOptions) {
    super(code, message, options);
  }
}

/** @throws CliError `BAD_INPUT` */
export function fail(message: string): never {
  throw new CliError("BAD_INPUT", message);
}

/** An error as the command line shows it: without a stack trace. */
export interface Explained {
  readonly code: string;
  /** One line. */
  readonly message: string;
  readonly exitCode: number;
}

/** What to say of any error. */
export function explain(thrown: unknown): Explained {
  const error = toAssayError(thrown);
  if (error instanceof AssayError) {
    const exitCode = error.retryable ? EXIT.tryAgain : EXIT.failed;
    return { code: error.code, message: firstLine(error.message), exitCode };
  }
  const { code, shortMessage } = Object(error) as { code?: unknown; shortMessage?: unknown };
  const text = typeof shortMessage === "string" ? shortMessage : messageOf(error);
  return { code: typeof code === "string" ? code : "FAILED", message: firstLine(text), exitCode: EXIT.failed };
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  const line = text.split("\n").find((part) => part.trim() !== "");
  return line?.trim() ?? "unknown error";
}
