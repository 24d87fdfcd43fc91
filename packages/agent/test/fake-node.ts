import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AssayError } from "@assay/sdk";
import { FeeData, id, type Provider, Transaction, Wallet } from "ethers";
import { openJournal, type OpenJournal } from "../src/journal-database.ts";
import { type SenderOptions, TransactionSender } from "../src/sender.ts";
import type { SendTerms } from "../src/sending.ts";

export const GWEI = 10n ** 9n;
const BLOCK_SECONDS = 10;
/** What is sent. */
export const CALL = { to: `0x${"cc".repeat(20)}`, data: "0x01" } as const;

/** A node with a pool of transactions, which mines when it is told. */
export class FakeNode {
  time = 1_000;
  baseFee = GWEI;
  /** Mines blocks without transactions. */
  full = false;
  /** Lets transactions fail. */
  reverts = false;
  down = false;
  readonly broadcasts: Transaction[] = [];
  readonly pool = new Map<number, Transaction>();
  /** Gas that a transaction takes. */
  gas = 100_000n;
  readonly #receipts = new Map<string, { hash: string; status: number; blockNumber: number }>();
  #number = 1;
  #nonce = 5;

  mine(): void {
    this.#number++;
    this.time += BLOCK_SECONDS;
    for (let next = this.pool.get(this.#nonce); next && !this.full; next = this.pool.get(this.#nonce)) {
      if ((next.maxFeePerGas ?? 0n) < this.baseFee) return;
      this.include(next);
    }
  }

  include({ hash, nonce }: Transaction): void {
    this.pool.delete(nonce);
    this.#receipts.set(hash ?? "", { hash: hash ?? "", status: this.reverts ? 0 : 1, blockNumber: this.#number });
    this.#nonce = nonce + 1;
  }

  /** A reorganisation drops the last transaction that was mined. */
  drop(hash: string): void {
    this.#receipts.delete(hash);
    this.#nonce--;
  }

  /** Something that the journal knows nothing of. */
  includeOther(): void {
    this.pool.delete(this.#nonce++);
  }

  /** @param check called with each transaction, before it is in the pool */
  provider(check: (transaction: Transaction) => void = () => undefined): Provider {
    const answer = <T>(value: T): Promise<T> =>
      this.down
        ? Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }))
        : Promise.resolve(value);
    return {
      getNetwork: () => answer({ chainId: 31_337n }),
      getTransactionCount: (_: string, tag: string) =>
        answer(this.#nonce + (tag === "pending" ? [...this.pool.keys()].filter((n) => n >= this.#nonce).length : 0)),
      getBlock: (tag: string) => answer(tag === "latest" ? { timestamp: this.time } : null),
      getBlockNumber: () => answer(this.#number),
      getFeeData: () => answer(new FeeData(null, 2n * this.baseFee + GWEI, GWEI)),
      estimateGas: () => answer(this.gas),
      getTransactionReceipt: (hash: string) => answer(this.#receipts.get(hash) ?? null),
      broadcastTransaction: async (raw: string) => {
        await answer(null);
        const transaction = Transaction.from(raw);
        check(transaction);
        this.broadcasts.push(transaction);
        const { nonce } = transaction;
        const older = this.pool.get(nonce);
        if (nonce < this.#nonce) throw new Error("nonce too low");
        if (older?.hash === transaction.hash) throw new Error("already known");
        const least = ((older?.maxFeePerGas ?? 0n) * 110n) / 100n;
        if ((transaction.maxFeePerGas ?? 0n) < least) throw new Error("replacement transaction underpriced");
        this.pool.set(nonce, transaction);
        return transaction;
      },
    } as unknown as Provider;
  }
}

const journals: OpenJournal[] = [];

/** Closes every journal that was opened. */
export function closeJournals(): void {
  for (const journal of journals.splice(0)) journal.close();
}

/** A journal of its own file. */
export function newJournal(): OpenJournal {
  const path = join(mkdtempSync(join(tmpdir(), "assay-sender-")), "7.db");
  const journal = openJournal(path, { chainId: 31_337n, consensus: CALL.to, agentId: 7n });
  journals.push(journal);
  return journal;
}

const key = id("agent");
/** Of the account that sends. */
export const { address } = new Wallet(key);

/** A sender on a node that mines while it sleeps. */
export function senderOn(node: FakeNode, { transactions }: OpenJournal, options: Partial<SenderOptions> = {}) {
  const isKept = ({ hash }: Transaction) => {
    const kept = journals.flatMap((journal) => journal.transactions.pending(address));
    assert.ok(kept.some((sent) => sent.hash === hash));
  };
  const wallet = new Wallet(key, node.provider(isKept));
  return new TransactionSender({ wallet, log: transactions, sleep: async () => node.mine(), ...options });
}

/** Without a deadline. */
export const forever: SendTerms = { purpose: "test", deadline: null };

/** Asserts that something is refused with a code. */
export async function fails(code: string, message: RegExp, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AssayError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
