import type { Hex } from "@assay/protocol";
import type { AccessList, Provider, TransactionReceipt } from "ethers";
import { AgentError } from "./errors.ts";
import { pendingTime } from "./pending-time.ts";

/** A call to be sent. */
export interface OutgoingCall {
  readonly to: string;
  readonly data: Hex;
  readonly gasLimit?: bigint;
  /** What it touches; not declared unless told. */
  readonly accessList?: AccessList | null;
}

/** Why and until when it is sent. */
export interface SendTerms {
  /** For people, such as `beat of epoch 7`. */
  readonly purpose: string;
  /** Unix seconds, of the chain, from which it is worth nothing; null if there is no such time. */
  readonly deadline: number | null;
  /** Whether to try up to the deadline, because not trying costs as much as failing. */
  readonly urgent?: boolean;
}

/** Sends an agent's transactions. */
export interface Sender {
  /**
   * Sends a call and waits until it is mined.
   * @throws AgentError `TOO_LATE`; ClientError `TRANSACTION_REVERTED`, `TRANSACTION_DROPPED`, `INSUFFICIENT_ETHER`, `NODE_UNREACHABLE`
   */
  send(call: OutgoingCall, terms: SendTerms): Promise<TransactionReceipt>;
  /** Waits for what is under way. @returns receipts of what was mined since it was last looked at, failed ones left out */
  settle(): Promise<TransactionReceipt[]>;
}

/** Gas left over what the node has estimated: the state may change until the transaction is mined. In percent. */
const GAS_MARGIN = 125n;

/** Gas limit of a call that names none. */
export async function gasLimitOf(provider: Provider, from: string, call: OutgoingCall): Promise<bigint> {
  const { to, data, accessList, gasLimit } = call;
  if (gasLimit !== undefined) return gasLimit;
  return ((await provider.estimateGas({ from, to, data, accessList: accessList ?? [] })) * GAS_MARGIN) / 100n;
}

/** Gas that a node has estimated, of the limit that follows from it. */
export function withoutMargin(gasLimit: bigint): bigint {
  return (gasLimit * 100n) / GAS_MARGIN;
}

/** Unix seconds of the block that would be mined now, as far as the node tells. */
export async function chainTime(provider: Provider): Promise<number> {
  const [latest, pending] = await Promise.all([provider.getBlock("latest"), pendingTime(provider)]);
  return Math.max(latest?.timestamp ?? 0, pending ?? 0);
}

/** That a transaction is not worth sending any more. */
export function tooLate({ purpose }: SendTerms, why = "its deadline is too near, or past"): AgentError {
  return new AgentError("TOO_LATE", `${purpose} was not sent, or not mined: ${why}`);
}
