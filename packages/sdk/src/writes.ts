import {
  type AccessList,
  type ContractRunner,
  isError,
  type Signer,
  type TransactionReceipt,
  type TransactionRequest,
  type TransactionResponse,
} from "ethers";
import { accessListFor, accessListGas } from "./access-list.ts";
import { type ContractKey, encodeCall } from "./codec.ts";
import type { Addresses } from "./contracts.ts";
import { ClientError } from "./errors/assay-error.ts";
import { isContractError, isRefusal, toAssayError } from "./errors/contract-error.ts";
import { ReceiptEvents } from "./events.ts";
import type { Address, Hex } from "./protocol.ts";

/** How a transaction is sent. */
export type TransactionOptions = Pick<
  TransactionRequest,
  "gasLimit" | "gasPrice" | "maxFeePerGas" | "maxPriorityFeePerGas" | "nonce" | "type"
> & {
  /** False sends without calling first: for who has just simulated, or wants a failure on chain. */
  readonly simulate?: boolean;
  /** True declares what it will touch (EIP-2930), if the node can tell and it saves gas: see `savesByAccessList`. */
  readonly accessList?: boolean;
};

/** A mined transaction, and what it did. */
export interface Mined<Result> {
  readonly result: Result;
  readonly receipt: TransactionReceipt;
}

/** A transaction that was sent. */
export interface Sent<Result> {
  readonly hash: Hex;
  readonly response: TransactionResponse;
  /**
   * Waits until it is mined; one that was sent again with a higher fee is followed.
   * @param confirmations blocks, its own included; 1 unless told
   * @throws ContractError or ClientError `TRANSACTION_REVERTED` if it failed, `TRANSACTION_DROPPED` if another one took its nonce
   */
  wait(confirmations?: number): Promise<Mined<Result>>;
}

/** An action that changes the chain. Every call of it is simulated before it is sent, so that what is refused costs nothing. */
export interface WriteAction<Args, Result> {
  /**
   * Simulates, then sends.
   * @throws ContractError with a code for every custom error; ClientError `NO_SIGNER`, `INSUFFICIENT_ETHER`, `NODE_UNREACHABLE`
   */
  (args: Args, options?: TransactionOptions): Promise<Sent<Result>>;
  /** Calls without sending. @throws as the action */
  simulate(args: Args): Promise<void>;
  /** The transaction, for who signs, keeps or sends it by other means. */
  populate(args: Args): Promise<Call>;
  /** What a transaction of this action did, from its receipt. @throws ClientError `MISSING_EVENT` if it was none */
  decode(receipt: TransactionReceipt): Result;
}

/** An action that the vault takes tokens for, from the account that sends. */
export interface PayableAction<Args, Result> extends WriteAction<Args, Result> {
  /** What it will take, wei of the stake token. */
  cost(args: Args): Promise<bigint>;
  /**
   * Lets the vault take as much, unless it may already; sends nothing if the action would be refused for another reason.
   * @returns null if nothing was to be done
   * @throws ClientError `INSUFFICIENT_TOKENS`; otherwise as the action
   */
  approve(args: Args): Promise<Sent<Approved> | null>;
}

/** Gas that one transaction may have (EIP-7825). */
export const MAX_TRANSACTION_GAS = 1n << 24n;

/** A transaction without what depends on who sends it. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
  readonly gasLimit?: bigint;
}

/** A call of one of the contracts. */
export interface ContractCall {
  readonly contract: ContractKey;
  /** Name, or the signature of an overloaded function. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Where an estimate would be too low. */
  readonly gasLimit?: bigint;
}

/** What an approval leaves. */
export interface Approved {
  /** What the vault may take from now on, wei. */
  readonly allowance: bigint;
}

/** How much the vault may take from an account. */
export interface Allowance {
  read(account: string): Promise<Approved & { readonly balance: bigint }>;
  approve(amount: bigint): Promise<Sent<Approved>>;
}

/** What sends for a client. */
export interface WriteContext {
  readonly addresses: Addresses;
  readonly runner: ContractRunner;
}

/** The signer that a client sends with. @throws ClientError `NO_SIGNER` */
export function requireSigner(runner: ContractRunner): Signer {
  if (typeof runner.sendTransaction === "function" && "getAddress" in runner) return runner as Signer;
  throw new ClientError("NO_SIGNER", "this client reads only: connect it with a signer to send");
}

/**
 * An action that makes one call.
 * @param prepare the call, from what the action is given
 * @param result what it did, from its events
 */
export function writeAction<Args, Result>(
  { addresses, runner }: WriteContext,
  prepare: (args: Args) => ContractCall | Promise<ContractCall>,
  result: (events: ReceiptEvents) => Result,
): WriteAction<Args, Result> {
  const decode = (receipt: TransactionReceipt) => result(new ReceiptEvents(addresses, receipt));
  const populate = async (args: Args): Promise<Call> => {
    const { contract, name, args: values, gasLimit } = await prepare(args);
    const call = { to: addresses[contract] as Address, data: encodeCall(contract, name, values) };
    return gasLimit === undefined ? call : { ...call, gasLimit };
  };
  const act = async (args: Args, options: TransactionOptions = {}): Promise<Sent<Result>> => {
    const { simulate = true, accessList = false, ...overrides } = options;
    const signer = requireSigner(runner);
    try {
      const call = await populate(args);
      if (simulate) await signer.call(call);
      const declared = accessList ? await withAccessList(signer, call) : call;
      return track(await signer.sendTransaction({ ...declared, ...overrides }), decode);
    } catch (error) {
      throw toAssayError(error);
    }
  };
  const simulate = async (args: Args): Promise<void> => {
    const signer = requireSigner(runner);
    try {
      await signer.call(await populate(args));
    } catch (error) {
      throw toAssayError(error);
    }
  };
  return Object.assign(act, { simulate, populate, decode });
}

/** A call that declares what it will touch, if that saves gas and leaves room for what it does. */
async function withAccessList(signer: Signer, call: Call): Promise<Call & { readonly accessList?: AccessList }> {
  const accessList = await accessListFor(signer, call);
  if (accessList === null) return call;
  if (call.gasLimit === undefined) return { ...call, accessList };
  const gasLimit = call.gasLimit + accessListGas(accessList);
  return gasLimit > MAX_TRANSACTION_GAS ? call : { ...call, gasLimit, accessList };
}

/**
 * An action that the vault takes tokens for.
 * @param cost what it will take, wei
 */
export function payableAction<Args, Result>(
  context: WriteContext,
  allowance: Allowance,
  action: WriteAction<Args, Result>,
  cost: (args: Args) => bigint | Promise<bigint>,
): PayableAction<Args, Result> {
  const approve = async (args: Args) => {
    const account = await requireSigner(context.runner).getAddress();
    const [amount, has] = await Promise.all([cost(args), allowance.read(account)]);
    if (has.balance < amount) {
      const message = `${account} has ${has.balance} wei of the stake token and needs ${amount}`;
      throw new ClientError("INSUFFICIENT_TOKENS", message);
    }
    if (has.allowance >= amount) return null;
    await action.simulate(args).catch((error: unknown) => {
      if (!isOfToken(error)) throw error;
    });
    return allowance.approve(amount);
  };
  return Object.assign(action, { cost: async (args: Args) => cost(args), approve });
}

/**
 * Whether a call was refused for want of an allowance, whatever the token says of it: an error of its own, a text of older tokens,
 * or, through SafeERC20, nothing. Tokens are taken last, so that whatever else is wrong comes first.
 */
function isOfToken(error: unknown): boolean {
  if (isContractError(error, "INSUFFICIENT_ALLOWANCE") || isContractError(error, "TOKEN_TRANSFER_FAILED")) return true;
  return error instanceof ClientError && error.code === "UNKNOWN_REVERT";
}

function track<Result>(response: TransactionResponse, decode: (receipt: TransactionReceipt) => Result): Sent<Result> {
  return {
    hash: response.hash as Hex,
    response,
    wait: async (confirmations = 1) => {
      const receipt = await waitFor(response, confirmations);
      return { result: decode(receipt), receipt };
    },
  };
}

async function waitFor(response: TransactionResponse, confirmations: number): Promise<TransactionReceipt> {
  const dropped = (cause?: unknown) =>
    new ClientError("TRANSACTION_DROPPED", `another transaction took the nonce of ${response.hash}`, {
      cause,
      retryable: true,
    });
  let receipt: TransactionReceipt | null;
  try {
    receipt = await response.wait(confirmations);
  } catch (error) {
    if (isError(error, "TRANSACTION_REPLACED")) {
      if (error.cancelled) throw dropped(error);
      receipt = error.receipt;
    } else if (isError(error, "CALL_EXCEPTION") && error.receipt) {
      receipt = error.receipt;
    } else {
      throw toAssayError(error);
    }
  }
  if (receipt === null) throw dropped();
  if (receipt.status === 0) throw await reasonOf(response, receipt);
  return receipt;
}

/** Why a transaction failed on chain, as the same call tells after its block. */
async function reasonOf(response: TransactionResponse, { blockNumber }: TransactionReceipt): Promise<unknown> {
  const { from, to, data, value, provider } = response;
  const failed = (cause?: unknown) =>
    new ClientError("TRANSACTION_REVERTED", `the transaction ${response.hash} failed: simulate it to see why`, {
      cause,
    });
  try {
    await provider.call({ from, to, data, value, blockTag: blockNumber });
    return failed();
  } catch (error) {
    const reason = toAssayError(error);
    return isRefusal(reason) ? reason : failed(error);
  }
}
