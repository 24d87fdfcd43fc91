import { type ErrorDescription, type Interface } from "ethers";

/** Stable machine-readable reasons of an {@link AssayError}. */
export type AssayErrorCode =
  | "MissingArtifact"
  | "MissingDeployment"
  | "MalformedDeployment"
  | "WrongChain"
  | "NoCode"
  | "OtherDeployment"
  | "ContractReverted"
  | "MissingBallot"
  | "OtherChain"
  | "NotRolled"
  | "JournalCorrupt"
  | "JournalLocked"
  | "BadInput"
  | "InsufficientFunds";

/** Something a user can act on: one line that names what is wrong. */
export class AssayError extends Error {
  override readonly name = "AssayError";
  readonly code: AssayErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  /**
   * @param code stable reason
   * @param message one line that names the offending input
   */
  constructor(code: AssayErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The encoded revert data inside an error of ethers, wherever the node put it; null if there is none. */
function revertData(error: unknown): string | null {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  while (queue.length > 0) {
    const value = queue.shift();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const { data } = value as { data?: unknown };
    if (typeof data === "string" && /^0x([0-9a-f]{2}){4,}$/i.test(data)) return data;
    queue.push(data, (value as { error?: unknown }).error, (value as { info?: unknown }).info);
    queue.push((value as { cause?: unknown }).cause);
  }
  return null;
}

/** The custom error a call reverted with, decoded by any of `interfaces`; null if it is none of theirs. */
export function decodeRevert(error: unknown, interfaces: readonly Interface[]): ErrorDescription | null {
  const data = revertData(error);
  if (data === null) return null;
  for (const abi of interfaces) {
    const parsed = abi.parseError(data);
    if (parsed !== null) return parsed;
  }
  return null;
}

/** One line for a custom error: its name and its arguments with their names. */
export function describeRevert(error: ErrorDescription): string {
  const named = error.fragment.inputs.map((input, i) => `${input.name}: ${String(error.args[i])}`);
  return `${error.name}(${named.join(", ")})`;
}
