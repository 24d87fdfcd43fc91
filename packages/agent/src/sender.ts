import { setTimeout as wait } from "node:timers/promises";
import type { Hex } from "@assay/protocol";
import { ClientError, isUnreachable, toAssayError } from "@assay/sdk";
import { JsonRpcApiProvider, type Provider, type Signer, Transaction, type TransactionReceipt } from "ethers";
import { AgentError } from "./errors.ts";
import { type Fees, feesFor } from "./fees.ts";
import {
  chainTime,
  gasLimitOf,
  withoutMargin,
  type OutgoingCall,
  type Sender,
  type SendTerms,
  tooLate,
} from "./sending.ts";
import type { TransactionLog } from "./transactions.ts";
import { type LinedTransaction, WalletLine } from "./wallet-line.ts";

/** What sends, and how patiently. */
export interface SenderOptions {
  /** Signs by itself, as an ethers Wallet does, and is connected to a node. */
  readonly wallet: Signer;
  readonly log: TransactionLog;
  /** Shared by all of the process that send from the wallet; nobody else does unless told. */
  readonly line?: WalletLine;
  /** Most that is offered for a unit of gas, wei; no limit unless told. */
  readonly maxFeePerGas?: bigint;
  /** Blocks after which a transaction that is not mined offers more; 3 unless told. */
  readonly patience?: number;
  /** Seconds that a transaction is given to be mined: nothing is begun this late before its deadline. 12 unless told. */
  readonly landingSeconds?: number;
  /** Milliseconds between two looks at the chain; 1,000 unless told. */
  readonly pollMs?: number;
  /** Waits; a clock's own unless told. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Blocks after which what was mined is taken to stay; 64 unless told. */
  readonly confirmations?: number;
  /** Told of each transaction that was mined, failed ones too. */
  readonly mined?: (receipt: TransactionReceipt) => void;
}

/** Milliseconds for which a receipt may lag behind the count of transactions, in a provider's memory or between nodes. */
const LAG_MS = 1_000;

/**
 * Sends an account's transactions, one at a time: each is in a journal before it is broadcast, is broadcast again and with higher
 * fees until it is mined, and gives its nonce to the next one when its deadline has passed. What an earlier process has left in the
 * journal is taken up where it was; so is what others on the wallet's line have left in theirs.
 */
export class TransactionSender implements Sender {
  readonly #options: Required<SenderOptions>;
  readonly #provider: Provider;
  /** What was mined, and not handed on yet. */
  #settled: TransactionReceipt[] = [];

  /** @throws ClientError `WRONG_CHAIN` if the wallet is not connected */
  constructor({
    maxFeePerGas = (1n << 256n) - 1n,
    patience = 3,
    landingSeconds = 12,
    pollMs = 1_000,
    sleep = (ms) => wait(ms),
    confirmations = 64,
    mined = () => undefined,
    line = new WalletLine(),
    ...options
  }: SenderOptions) {
    this.#options = { ...options, maxFeePerGas, patience, landingSeconds, pollMs, sleep, confirmations, mined, line };
    const { provider } = options.wallet;
    if (provider === null) throw new ClientError("WRONG_CHAIN", "the sender's wallet is not connected to a chain");
    this.#provider = provider;
    line.join(options.log, (receipt) => {
      mined(receipt);
      if (receipt.status !== 0) this.#settled.push(receipt);
    });
  }

  /**
   * Sends a call and waits until it is mined. If this rejects with the node out of reach, the transaction stays in the journal: see
   * {@link settle}.
   * @throws AgentError `TOO_LATE`; ClientError `TRANSACTION_REVERTED`, `TRANSACTION_DROPPED`, `INSUFFICIENT_ETHER`, `NODE_UNREACHABLE`
   */
  send(call: OutgoingCall, terms: SendTerms): Promise<TransactionReceipt> {
    return this.#inTurn(async () => {
      await this.#settle();
      return this.#send(call, terms);
    });
  }

  /**
   * Waits for what is under way, which another process may have begun, or what a reorganisation of the chain has dropped again. What
   * is past its deadline is left to be replaced by the next transaction.
   * @returns receipts of what was mined since it was last looked at, failed ones left out
   */
  settle(): Promise<TransactionReceipt[]> {
    return this.#inTurn(async () => {
      await this.#settle();
      return this.#settled.splice(0);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.line.inTurn(work).catch((error: unknown) => {
      throw toAssayError(error);
    });
  }

  async #settle(): Promise<void> {
    const { line, confirmations } = this.#options;
    await line.recheck(this.#provider, await this.#options.wallet.getAddress(), confirmations);
    for (const versions of byNonce(await this.#pending())) {
      await this.#land(versions).catch((error: unknown) => {
        if (error instanceof AgentError && error.code === "TOO_LATE") return;
        if (error instanceof ClientError && error.code === "TRANSACTION_DROPPED") return;
        throw error;
      });
    }
  }

  async #send(call: OutgoingCall, terms: SendTerms): Promise<TransactionReceipt> {
    const { deadline, urgent = false } = terms;
    const least = urgent ? 0 : this.#options.landingSeconds;
    if (deadline !== null && (await chainTime(this.#provider)) + least >= deadline) throw tooLate(terms);
    // What is still pending is past its deadline: its nonce is there to be used.
    const [expired] = byNonce(await this.#pending());
    const account = await this.#options.wallet.getAddress();
    const nonce = expired?.[0].nonce ?? (await this.#count(account, "pending"));
    const gasLimit = await gasLimitOf(this.#provider, account, call);
    const fees = await this.#fees(expired?.at(-1));
    if (fees === null) throw tooLate(terms, "what it would replace offers the most that it may");
    const first = await this.#sign({ ...call, nonce, gasLimit }, fees, terms, this.#options.log);
    const receipt = await this.#land([first], true);
    this.#settled = this.#settled.filter(({ hash }) => hash !== receipt.hash);
    if (receipt.status === 0) {
      const message = `the transaction ${receipt.hash} (${terms.purpose}) failed: simulate it to see why`;
      throw new ClientError("TRANSACTION_REVERTED", message);
    }
    return receipt;
  }

  /**
   * Watches the versions of one transaction until one is mined, and adds further ones.
   * @param fresh whether it was signed just now
   * @throws AgentError `TOO_LATE` at the deadline; ClientError `TRANSACTION_DROPPED` if something else took the nonce
   */
  async #land(versions: Versions, fresh = false): Promise<TransactionReceipt> {
    const { patience, pollMs, sleep, line } = this.#options;
    const [{ account, nonce }] = versions;
    let last = versions.at(-1) ?? versions[0];
    const known = versions.map(({ hash }) => hash);
    let since: number | null = null;
    for (let lag = 0; ; await sleep(pollMs)) {
      const count = await this.#count(account, "latest");
      if (count < nonce) await this.#fillGap(account, nonce);
      const used = count > nonce;
      const receipt = await this.#receiptOf(known);
      if (receipt !== null) {
        line.close(account, nonce, receipt);
        return receipt;
      }
      if (used) {
        lag += pollMs;
        if (lag <= LAG_MS) continue;
        await this.#closeForeign(account, nonce);
        const message = `another transaction took the nonce of ${last.hash} (${last.purpose})`;
        throw new ClientError("TRANSACTION_DROPPED", message, { retryable: true });
      }
      if (last.deadline !== null && (await chainTime(this.#provider)) >= last.deadline) throw tooLate(last);
      const block = await this.#provider.getBlockNumber();
      if (since === null) {
        since = block;
        const next = fresh ? null : await this.#refuel(last);
        if (next !== null) known.push((last = next).hash);
        // A node that was restarted, or never got it, does not know it.
        await this.#broadcast(last);
      } else if (block - since >= patience) {
        since = block;
        const next = await this.#bump(last);
        if (next !== null) known.push((last = next).hash);
        await this.#broadcast(last);
      }
    }
  }

  /** Broadcasts again what a reorganisation has dropped before a nonce: nothing later can be mined without. */
  async #fillGap(account: string, nonce: number): Promise<void> {
    const { line, confirmations } = this.#options;
    await line.recheck(this.#provider, account, confirmations);
    for (const versions of byNonce(await this.#pending())) {
      const [first] = versions;
      if (first.nonce < nonce) await this.#broadcast(versions.at(-1) ?? first);
    }
  }

  /** The nonce was used by something else: by an older version that is in a journal, or by what no journal knows. */
  async #closeForeign(account: string, nonce: number): Promise<void> {
    const kept = (await this.#pending()).filter((transaction) => transaction.nonce === nonce);
    const receipt = await this.#receiptOf(kept.map(({ hash }) => hash));
    this.#options.line.close(account, nonce, receipt);
  }

  /** The same with higher fees, and more gas where it has come to need more; null if the fees would be above the limit. */
  async #bump(last: LinedTransaction): Promise<LinedTransaction | null> {
    const fees = await this.#fees(last);
    if (fees === null) return null;
    const { to, data, gasLimit, nonce, accessList } = Transaction.from(last.raw);
    if (to === null) return null;
    const needed = (await this.#gasNeeded(last)) ?? 0n;
    const gas = needed > gasLimit ? needed : gasLimit;
    return this.#sign({ to, data: data as Hex, gasLimit: gas, nonce, accessList }, fees, last, last.log);
  }

  /** The same with more gas, where a reorganisation has dropped work that others had done before it, and that is now its own. */
  async #refuel(last: LinedTransaction): Promise<LinedTransaction | null> {
    const needed = (await this.#gasNeeded(last)) ?? 0n;
    return withoutMargin(needed) > Transaction.from(last.raw).gasLimit ? this.#bump(last) : null;
  }

  /** Gas limit that a transaction would be given now; null if it would fail. */
  async #gasNeeded({ account, raw }: LinedTransaction): Promise<bigint | null> {
    const { to, data, accessList } = Transaction.from(raw);
    if (to === null) return null;
    try {
      return await gasLimitOf(this.#provider, account, { to, data: data as Hex, accessList });
    } catch (error) {
      if (isUnreachable(error)) throw error;
      return null;
    }
  }

  /** Signs and keeps. */
  async #sign(
    call: OutgoingCall & { readonly nonce: number; readonly gasLimit: bigint },
    fees: Fees,
    { purpose, deadline }: SendTerms,
    log: TransactionLog,
  ): Promise<LinedTransaction> {
    const { wallet } = this.#options;
    const { chainId } = await this.#provider.getNetwork();
    const { to, data, nonce, gasLimit, accessList } = call;
    const transaction = { type: 2, chainId, to, data, nonce, gasLimit, accessList: accessList ?? [], ...fees };
    const raw = (await wallet.signTransaction(transaction)) as Hex;
    const { hash } = Transaction.from(raw);
    const signed = { account: await wallet.getAddress(), nonce, hash: hash as Hex, raw, purpose, deadline };
    log.keep(signed);
    return { ...signed, log };
  }

  /** @throws what the node says, unless waiting or a higher fee may help */
  async #broadcast({ raw }: LinedTransaction): Promise<void> {
    try {
      await this.#provider.broadcastTransaction(raw);
    } catch (error) {
      if (isUnreachable(error) || !PASSING.test(textOf(error))) throw error;
    }
  }

  async #fees(replaced: LinedTransaction | undefined): Promise<Fees | null> {
    const offered = replaced === undefined ? null : Transaction.from(replaced.raw);
    const { maxFeePerGas = null, maxPriorityFeePerGas = null } = offered ?? {};
    const older =
      maxFeePerGas === null || maxPriorityFeePerGas === null ? null : { maxFeePerGas, maxPriorityFeePerGas };
    return feesFor(await this.#provider.getFeeData(), older, this.#options.maxFeePerGas);
  }

  async #receiptOf(hashes: readonly Hex[]): Promise<TransactionReceipt | null> {
    for (const hash of hashes) {
      const receipt = await this.#provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
    }
    return null;
  }

  async #pending(): Promise<LinedTransaction[]> {
    return this.#options.line.pending(await this.#options.wallet.getAddress());
  }

  /** Transactions of the account, as the node counts them now: ethers answers from memory within a quarter of a second. */
  async #count(account: string, tag: "latest" | "pending"): Promise<number> {
    const provider = this.#provider;
    if (!(provider instanceof JsonRpcApiProvider)) return provider.getTransactionCount(account, tag);
    return Number(await provider.send("eth_getTransactionCount", [account, tag]));
  }
}

/** A transaction and what it was replaced with, at one nonce: the newest last. */
type Versions = readonly [LinedTransaction, ...LinedTransaction[]];

/** What nodes say of a transaction that they have, cannot have any more, or want more for: none of it ends the wait. */
const PASSING = /already|known transaction|too low|underpriced|less than (the )?block base fee|NONCE_EXPIRED/i;

function byNonce(pending: readonly LinedTransaction[]): Versions[] {
  return [...Map.groupBy(pending, ({ nonce }) => nonce).values()].map((versions) => versions as unknown as Versions);
}

function textOf(error: unknown): string {
  const { message = "", code = "", info } = error as { message?: string; code?: string; info?: unknown };
  const { error: inner } = (info ?? {}) as { error?: { message?: string } };
  return `${code} ${message} ${inner?.message ?? ""}`;
}
