import { DatabaseSync } from "node:sqlite";
import { type Beat, decodeBeat, decodeRelayedBeat, type Hex, ZERO_HASH } from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import { Interface, Transaction } from "ethers";
import { consensusAbi } from "@assay/sdk/abi";
import { STAKE } from "./setup.ts";

/** An agent whose account is added up. */
export interface Inspected {
  readonly assay: Assay;
  readonly agentId: bigint;
  readonly wallet: string;
  /** Path of its journal. */
  readonly journal: string;
  /** Transactions of the wallet before its journal was in use. */
  readonly sentBefore: number;
  /** What relayers got of its stake, wei; nothing unless told. */
  readonly relayFees?: bigint;
}

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
  /** Transactions that the journal says were mined, and the chain does not have. */
  readonly unknown: number;
}

const consensus = new Interface(consensusAbi);

/** Adds up an agent's account. */
export async function inspect(inspected: Inspected): Promise<Account> {
  const { assay, agentId, wallet, journal, sentBefore, relayFees = 0n } = inspected;
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
    if (name === "consensus.BallotForfeited") gained -= args.exposure;
  }
  const kept = readTransactions(journal);
  const signed = kept.flatMap(({ raw }) => beatsOf(raw).map(({ beat }) => beat));
  const { balance, locked } = await assay.stake.account(agentId);
  const { provider } = assay.runner;
  const nonce = (await provider?.getTransactionCount(wallet)) ?? 0;
  let unknown = 0;
  for (const { hash, state } of kept) {
    if (state === "mined" || state === "reverted") unknown += (await provider?.getTransactionReceipt(hash)) ? 0 : 1;
  }
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
    doubleCommitments: epochsCommittedTwice(signed),
    unexplained: balance - STAKE - gained + relayFees,
    ...{ locked, gained, transactions },
    unaccounted: nonce - sentBefore - over,
    unknown,
  };
}

/** Transactions of a journal that are not known to be over. */
export function pendingIn(path: string): number {
  return readTransactions(path).filter(({ state }) => state === "pending").length;
}

function readTransactions(path: string): { readonly hash: string; readonly raw: Hex; readonly state: string }[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT hash, raw, state FROM transactions").all();
  database.close();
  return rows.map(({ hash, raw, state }) => ({ hash: String(hash), raw: raw as Hex, state: String(state) }));
}

/** Beats that a transaction holds, with the fee that each offers its relayer; none if it is another one. */
export function beatsOf(raw: Hex): { readonly beat: Beat; readonly fee: bigint }[] {
  const call = consensus.parseTransaction({ data: Transaction.from(raw).data });
  if (call?.name === "beatPacked") return [{ beat: decodeBeat(call.args[0] as Hex), fee: 0n }];
  if (call?.name !== "beatFor") return [];
  const relayed = (call.args[0] as Hex[]).map(decodeRelayedBeat);
  return relayed.map(({ beat, terms }) => ({ beat, fee: terms.maxRelayFee }));
}

/** Epochs for which there are different commitments among some beats of one agent. */
export function epochsCommittedTwice(beats: readonly Beat[]): number {
  const epochs = new Map<number, Set<Hex>>();
  for (const { commitEpoch, commitment } of beats) {
    if (commitment !== ZERO_HASH) epochs.set(commitEpoch, (epochs.get(commitEpoch) ?? new Set()).add(commitment));
  }
  return [...epochs.values()].filter((commitments) => commitments.size > 1).length;
}
