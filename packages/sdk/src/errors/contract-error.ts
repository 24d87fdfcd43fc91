import { type ErrorDescription, type Interface, isError } from "ethers";
import {
  type ContractKey,
  type ErrorArguments,
  type ErrorName,
  FACTORY_INTERFACE,
  INTERFACES,
  toPlainObject,
} from "../codec.ts";
import { AssayError, ClientError } from "./assay-error.ts";
import { CONTRACT_ERRORS, type ContractErrorCode } from "./contract-errors.ts";

/** Names of the custom errors that have a code. */
type NamesOf<Code extends ContractErrorCode> = {
  [N in ErrorName]: (typeof CONTRACT_ERRORS)[N]["code"] extends Code ? N : never;
}[ErrorName];

/** A contract refused, with one of the protocol's custom errors. See {@link isContractError} for one whose arguments are typed. */
export class ContractError extends AssayError {
  override readonly name = "ContractError";
  declare readonly code: ContractErrorCode;
  /** Name of the custom error in Solidity. */
  readonly errorName: ErrorName;
  /** Its signature: contracts may give one name to errors of different arguments. */
  readonly signature: string;
  /** Its arguments by their names. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What to do about it. */
  readonly hint: string;

  /** Use {@link toAssayError}. */
  constructor(name: ErrorName, description: ErrorDescription, cause: unknown) {
    const { code, hint, ...known } = CONTRACT_ERRORS[name];
    super(code, `the contract refused: ${describeRevert(description)} - ${hint}`, {
      cause,
      retryable: "retryable" in known,
    });
    this.errorName = name;
    this.signature = description.signature;
    this.args = toPlainObject(description.fragment.inputs, description.args);
    this.hint = hint;
  }
}

/** The refusal with one code, and its arguments. */
export type ContractErrorOf<Code extends ContractErrorCode> = ContractError & {
  readonly code: Code;
  readonly args: ErrorArguments<NamesOf<Code>>;
};

/**
 * Whether an error is the refusal with that code; its arguments are typed then.
 * @example
 * if (isContractError(error, "INSUFFICIENT_FREE_STAKE")) console.log(error.args.free);
 */
export function isContractError<Code extends ContractErrorCode>(
  error: unknown,
  code: Code,
): error is ContractErrorOf<Code> {
  return error instanceof ContractError && error.code === code;
}

/** Interfaces whose custom errors a call to the protocol may revert with. */
const ERROR_INTERFACES: readonly Interface[] = [
  ...(["claims", "consensus", "vault", "registry", "token"] satisfies ContractKey[]).map((key) => INTERFACES[key]),
  FACTORY_INTERFACE,
];

/** The encoded revert data that an error is, or that it holds, wherever the node put it; null if there is none. */
function revertData(error: unknown): string | null {
  const seen = new Set<unknown>();
  const queue: unknown[] = [{ data: error }];
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

/** The custom error a call reverted with, `Error(string)` and `Panic(uint256)` included; null if it is none that is known. */
export function decodeRevert(error: unknown): ErrorDescription | null {
  const data = revertData(error);
  if (data === null) return null;
  for (const abi of ERROR_INTERFACES) {
    const parsed = abi.parseError(data);
    if (parsed !== null) return parsed;
  }
  return null;
}

/** One line for a custom error: its name and its arguments with their names. */
export function describeRevert(error: ErrorDescription): string {
  const named = error.fragment.inputs.map(({ name }, i) => `${name === "" ? "" : `${name}: `}${String(error.args[i])}`);
  return `${error.name}(${named.join(", ")})`;
}

/**
 * The typed form of what a call or a transaction ended with; an error that the SDK knows nothing of stays as it is.
 * @param error what ethers threw, or the data of a revert
 */
export function toAssayError(error: unknown): unknown {
  if (error instanceof AssayError) return error;
  const description = decodeRevert(error);
  if (description !== null) {
    return isKnown(description.name)
      ? new ContractError(description.name, description, error)
      : new ClientError("UNKNOWN_REVERT", `the contract refused: ${describeRevert(description)}`, { cause: error });
  }
  if (isUnreachable(error)) {
    return new ClientError("NODE_UNREACHABLE", "the node cannot be reached: is it running?", {
      cause: error,
      retryable: true,
    });
  }
  if (isError(error, "INSUFFICIENT_FUNDS") || LACKS_ETHER.test(messageOf(error))) {
    return new ClientError("INSUFFICIENT_ETHER", "the account has too little ether to pay for gas", { cause: error });
  }
  const data = revertData(error);
  if (
    data !== null ||
    typeof error === "string" ||
    isError(error, "CALL_EXCEPTION") ||
    REVERTED.test(messageOf(error))
  ) {
    const what = data === null ? "without a reason" : `with ${data}`;
    return new ClientError("UNKNOWN_REVERT", `the contract refused ${what}`, { cause: error });
  }
  return error;
}

/** Whether an error says that a contract refused, and not that it could not be asked. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ContractError || (error instanceof ClientError && error.code === "UNKNOWN_REVERT");
}

const LACKS_ETHER = /insufficient funds|doesn't have enough funds|lack of funds|gas required exceeds allowance/i;
const REVERTED = /\breverted\b/i;
const UNREACHABLE = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|socket hang up|fetch failed|other side closed/;

/** Whether a request failed because of the connection, or because the node is overloaded: it may succeed later. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === "NODE_UNREACHABLE";
  if (isError(error, "NETWORK_ERROR") || isError(error, "TIMEOUT")) return true;
  if (isError(error, "SERVER_ERROR")) {
    const { responseStatus = "" } = (error.info ?? {}) as { responseStatus?: string };
    return /^(429|5\d\d)/.test(responseStatus);
  }
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (UNREACHABLE.test(`${typeof code === "string" ? code : ""} ${at.message}`)) return true;
  }
  return false;
}

function isKnown(name: string): name is ErrorName {
  return Object.hasOwn(CONTRACT_ERRORS, name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
