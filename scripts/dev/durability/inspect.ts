import { DatabaseSync } from "node:sqlite";
import { type Beat, decodeBeat, type Hex, ZERO_HASH } from "@assay/protocol";
import { Interface, Transaction } from "ethers";
import { consensusAbi } from "@assay/sdk/abi";
import { STAKE } from "./setup.ts";
import type { DurabilityWorld } from "./world.ts";

/** What the chain and the journal say of an agent in the end. */
export interface Account {
  /** Epochs in which it could have committed. */
  readonly epochs: number;
  readonly committed: number;
  readonly revealed: number;
  readonly settled: number;
  readonly forfeited: number;
  /** Beats whose commitment was refused. */
  readonly skipped: number;
  /** Epochs for which it has signed more than one commitment, whether it was mined or not. */
  readonly doubleCommitments: number;
  /** Wei by which its stake differs from what it began with and the sum of gains and losses. */
  readonly unexplained: bigint;
  /** Wei locked in the end. */
  readonly locked: bigint;
  readonly gained: bigint;
  /** Transactions of the journal, by what became of them. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Transactions that the chain has of its wallet, less those that the journal says were mined since it was opened. */
  readonly unaccounted: number;
}

const consensus = new Interface(consensusAbi);

/** Adds up the account of a world's agent. */
export async function inspect({ assay, agentId, wallet, journal, sentBefore }: DurabilityWorld): Promise<Account> {
  const own = { args: { agentId } };
  const events = await assay.events([
    { name: "consensus.BallotCommitted", ...own },
    { name: "consensus.BallotRevealed", ...own },
    { name: "consensus.BallotSettled", ...own },
    { name: "consensus.BallotForfeited", ...own },
    { name: "consensus.CommitSkipped", ...own },
  ]);
  const count = (name: string) => events.filter((event) => event.name === `consensus.${name}`).length;
  const committed = events.flatMap((event) => (event.name === "consensus.BallotCommitted" ? [event.args] : []));
  let gained = 0n;
  for (const { name, args } of events) {
    if (name === "consensus.BallotSettled") gained += args.gain - args.loss;
  }
  const kept = readTransactions(journal);
  const signed = Map.groupBy(
    kept.flatMap(({ raw }) => beatOf(raw) ?? []),
    ({ commitEpoch }) => commitEpoch,
  );
  const commitments = [...signed].map(([epoch, beats]) => ({
    epoch,
    distinct: new Set(beats.map(({ commitment }) => commitment).filter((commitment) => commitment !== ZERO_HASH)),
  }));
  const { balance, locked } = await assay.stake.account(agentId);
  const nonce = (await assay.runner.provider?.getTransactionCount(wallet)) ?? 0;
  const transactions: Record<string, number> = {};
  for (const { state } of kept) transactions[state] = (transactions[state] ?? 0) + 1;
  const over = (transactions.mined ?? 0) + (transactions.reverted ?? 0);
  const epochs = committed.map(({ epoch }) => epoch);
  return {
    epochs: Math.max(...epochs) - Math.min(...epochs) + 1,
    committed: count("BallotCommitted"),
    revealed: count("BallotRevealed"),
    settled: count("BallotSettled"),
    forfeited: count("BallotForfeited"),
    skipped: count("CommitSkipped"),
    doubleCommitments: commitments.filter(({ distinct }) => distinct.size > 1).length,
    unexplained: balance - STAKE - gained,
    ...{ locked, gained, transactions },
    unaccounted: nonce - sentBefore - over,
  };
}

/** Transactions of a journal that are not known to be over. */
export function pendingIn(path: string): number {
  return readTransactions(path).filter(({ state }) => state === "pending").length;
}

function readTransactions(path: string): { readonly raw: Hex; readonly state: string }[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT raw, state FROM transactions").all();
  database.close();
  return rows.map(({ raw, state }) => ({ raw: raw as Hex, state: String(state) }));
}

/** The beat that a transaction holds; null if it is another one. */
function beatOf(raw: Hex): Beat | null {
  const call = consensus.parseTransaction({ data: Transaction.from(raw).data });
  return call?.name === "beatPacked" ? decodeBeat(call.args[0] as Hex) : null;
}
