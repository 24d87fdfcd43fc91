import type { TransactionReceipt } from "ethers";
import {
  AbstractSigner,
  formatEther,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";
import { CliError } from "../lib/errors.ts";

/** What a server may spend until it ends. */
export interface Limits {
  /** Wei of the stake token, in all. */
  readonly total: bigint;
  /** Wei of the stake token, in one call. */
  readonly perCall: bigint;
  /** Wei of ether for gas, in all. */
  readonly fees: bigint;
}

/** Tokens and fees of one call. */
interface CallAccount {
  tokens: bigint;
  /** Most that each transaction may cost, wei of ether, by hash. */
  readonly fees: Map<string, bigint>;
  /** Whether anything was sent or signed. */
  acted: boolean;
}

/**
 * Keeps what is spent within limits. One call spends at a time; what it may cost at most is set aside before anybody is asked, and given
 * back only where nothing was sent or signed.
 */
export class Budget {
  readonly limits: Limits;
  /** Wei of the stake token that was spent or may have been. */
  #tokens = 0n;
  /** Wei of ether. */
  #fees = 0n;
  #call: CallAccount | null = null;
  #last: Promise<unknown> = Promise.resolve();
  readonly #show: (wei: bigint) => string;

  /** @param show an amount of the stake token, for people */
  constructor(limits: Limits, show: (wei: bigint) => string) {
    this.limits = limits;
    this.#show = show;
  }

  /** What is left, wei. */
  get left(): { readonly tokens: bigint; readonly fees: bigint } {
    return { tokens: this.limits.total - this.#tokens, fees: this.limits.fees - this.#fees };
  }

  /**
   * Runs a call that spends, after those that run already.
   * @param receipts of what the call has sent, as far as it was mined
   */
  async run<T>(
    work: () => Promise<T>,
    receipts: () => readonly Pick<TransactionReceipt, "hash" | "fee">[],
  ): Promise<T> {
    const before = this.#last;
    const mine = before.then(async () => {
      const call: CallAccount = { tokens: 0n, fees: new Map(), acted: false };
      this.#call = call;
      try {
        return await work();
      } finally {
        this.#call = null;
        if (!call.acted) this.#tokens -= call.tokens;
        // What was mined cost what its receipt says; of the rest nobody knows.
        for (const { hash, fee } of receipts()) this.#fees -= (call.fees.get(hash) ?? fee) - fee;
      }
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Sets tokens aside for the call that runs. @throws CliError `OVER_LIMIT` */
  reserve(tokens: bigint): void {
    const { perCall } = this.limits;
    if (tokens > perCall) {
      throw overLimit(`this takes ${this.#show(tokens)}, and a call may spend ${this.#show(perCall)}`);
    }
    if (tokens > this.left.tokens) {
      throw overLimit(`this takes ${this.#show(tokens)}, and ${this.#show(this.left.tokens)} may still be spent`);
    }
    this.#tokens += tokens;
    if (this.#call !== null) this.#call.tokens += tokens;
  }

  /** Counts a transaction with the most that it may cost, before it is sent. @throws CliError `OVER_LIMIT` */
  reserveFees(wei: bigint): void {
    this.requireFees(wei);
    this.#fees += wei;
  }

  /** @param wei most that transactions may cost. @throws CliError `OVER_LIMIT` */
  requireFees(wei: bigint): void {
    if (wei <= this.left.fees) return;
    const left = formatEther(this.left.fees);
    throw overLimit(`its gas costs up to ${formatEther(wei)} ETH, and ${left} ETH may still be spent on gas`);
  }

  /** Notes that the call that runs is about to sign or send something. */
  act(): void {
    if (this.#call !== null) this.#call.acted = true;
  }

  /** Notes which transaction it is that was counted. */
  sent(hash: string, wei: bigint): void {
    this.#call?.fees.set(hash, wei);
  }
}

/** Sends and signs as another signer does, within a budget: no transaction may cost more gas than is left. */
export class BudgetSigner extends AbstractSigner {
  readonly #inner: Signer;
  readonly #budget: Budget;

  constructor(inner: Signer, budget: Budget) {
    super(inner.provider ?? undefined);
    this.#inner = inner;
    this.#budget = budget;
  }

  override getAddress(): Promise<string> {
    return this.#inner.getAddress();
  }

  override connect(provider: Provider | null): Signer {
    return new BudgetSigner(this.#inner.connect(provider), this.#budget);
  }

  override async sendTransaction(tx: TransactionRequest): Promise<TransactionResponse> {
    const gasLimit = tx.gasLimit ?? (await this.#inner.estimateGas(tx));
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await this.#inner.provider!.getFeeData();
    const price = maxFeePerGas ?? gasPrice ?? 0n;
    const most = BigInt(gasLimit) * price;
    this.#budget.reserveFees(most);
    this.#budget.act();
    const fees = maxFeePerGas === null ? { gasPrice: price } : { maxFeePerGas, maxPriorityFeePerGas };
    const response = await this.#inner.sendTransaction({ ...tx, gasLimit, ...fees });
    this.#budget.sent(response.hash, most);
    return response;
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    this.#budget.act();
    return this.#inner.signTypedData(domain, types, value);
  }

  override signTransaction(): Promise<string> {
    return refuse();
  }

  override signMessage(): Promise<string> {
    return refuse();
  }
}

/** What is signed outside of a budget is not counted, so that nothing is. */
function refuse(): never {
  throw new CliError("OVER_LIMIT", "only transactions and statements are signed here");
}

function overLimit(what: string): CliError {
  return new CliError("OVER_LIMIT", `${what}: nothing was sent`);
}
