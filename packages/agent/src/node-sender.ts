import { ClientError, toAssayError } from "@assay/sdk";
import { isError, type Provider, type Signer, type TransactionReceipt } from "ethers";
import { chainTime, gasLimitOf, type OutgoingCall, type Sender, type SendTerms, tooLate } from "./sending.ts";
import type { WalletLine } from "./wallet-line.ts";

/** How long a transaction without a deadline is waited for, seconds. */
const PATIENCE = 600;

/** What sends, and whom it shares the wallet with. */
export interface NodeSenderOptions {
  /** Of a node that signs, or anything else that sends by itself. */
  readonly wallet: Signer;
  readonly line: WalletLine;
  /** Told of each transaction that was mined. */
  readonly mined?: (receipt: TransactionReceipt) => void;
}

/** Sends for a wallet that a node signs for: once, and with nothing kept. */
export class NodeSender implements Sender {
  readonly #options: NodeSenderOptions;
  readonly #provider: Provider;

  /** @throws ClientError `WRONG_CHAIN` if the wallet is not connected */
  constructor(options: NodeSenderOptions) {
    const { provider } = options.wallet;
    if (provider === null) throw new ClientError("WRONG_CHAIN", "the sender's wallet is not connected to a chain");
    this.#options = options;
    this.#provider = provider;
  }

  send(call: OutgoingCall, terms: SendTerms): Promise<TransactionReceipt> {
    return this.#options.line
      .inTurn(() => this.#send(call, terms))
      .catch((error: unknown) => {
        throw toAssayError(error);
      });
  }

  settle(): Promise<TransactionReceipt[]> {
    return Promise.resolve([]);
  }

  async #send(call: OutgoingCall, terms: SendTerms): Promise<TransactionReceipt> {
    const { wallet, mined } = this.#options;
    const seconds = terms.deadline === null ? PATIENCE : terms.deadline - (await chainTime(this.#provider));
    if (seconds <= 0) throw tooLate(terms);
    const { to, data, accessList } = call;
    const gasLimit = await gasLimitOf(this.#provider, await wallet.getAddress(), call);
    const sent = await wallet.sendTransaction({ to, data, gasLimit, ...(accessList && { accessList }) });
    const receipt = await sent.wait(1, seconds * 1000).catch((error: unknown) => {
      throw isError(error, "TIMEOUT") ? tooLate(terms, "it is not mined yet") : error;
    });
    if (receipt === null) throw new ClientError("TRANSACTION_DROPPED", `${sent.hash} (${terms.purpose}) is gone`);
    mined?.(receipt);
    return receipt;
  }
}
