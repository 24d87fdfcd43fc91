import { type Provider, type TransactionRequest, type TransactionResponse, Wallet } from "ethers";

/** Above what any transaction of a run needs, below the limit that one transaction has (EIP-7825). */
const GAS_LIMIT = 12_000_000n;
/** Wei per gas; above the local chain's first base fee, which only falls. */
const MAX_FEE = 4_000_000_000n;

/**
 * A key on a chain of its own: it counts its nonces itself and asks for no estimate of gas or fees, which spares four
 * calls a transaction.
 */
export class LocalWallet extends Wallet {
  /** Told of each transaction that it sends. */
  onSent: ((sent: TransactionResponse) => void) | null = null;
  #nonce = 0;

  constructor(key: string, provider: Provider) {
    super(key, provider);
  }

  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const sent = await super.sendTransaction({
      type: 2,
      gasLimit: GAS_LIMIT,
      maxFeePerGas: MAX_FEE,
      maxPriorityFeePerGas: 0n,
      ...request,
      nonce: this.#nonce,
    });
    this.#nonce++; // only now: a transaction that the node refuses uses none
    this.onSent?.(sent);
    return sent;
  }
}
