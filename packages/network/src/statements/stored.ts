import type { Hex } from "@assay/protocol";
import type { Row } from "../database.ts";
import { hexOf } from "../wire/hex.ts";
import { type StatementMessage, statementCodec } from "./message.ts";

/** A statement as it is kept. */
export interface StoredStatement extends StatementMessage {
  /** Grows with each statement that arrives. */
  readonly id: number;
  /** EIP-712 digest, by which Claims knows it. */
  readonly hash: Hex;
  /** Unix seconds of the chain. */
  readonly receivedAt: number;
  /** Peer that it came from; null for one of this node's own. */
  readonly source: string | null;
  /** Kept until it is unpinned. */
  readonly pinned: boolean;
  /** The agent has said the opposite, too. */
  readonly equivocal: boolean;
}

/** A statement to keep. */
export interface NewStatement {
  readonly hash: Hex;
  readonly message: StatementMessage;
  /** Of the message, where they are at hand. */
  readonly bytes?: Uint8Array;
  readonly receivedAt: number;
  readonly source: string | null;
}

/** What came of keeping a statement. */
export interface PutResult {
  /** Whether it is new. */
  readonly added: boolean;
  /** Bonds of the agent's live statements that are kept, this one among them, wei. */
  readonly committed: bigint;
  /** Live statements of the agent about the same content with another outcome; all are evidence now. */
  readonly opposed: readonly StoredStatement[];
}

/** Two statements of one agent about the same content that cannot both be right. */
export interface Equivocation {
  readonly first: StoredStatement;
  readonly second: StoredStatement;
}

/** Which statements of a domain to read, the newest first. */
export interface PageQuery {
  readonly domainId: number;
  /** About this content only. */
  readonly contentHash?: Hex;
  /** Of this agent only. */
  readonly agentId?: bigint;
  /** Of those that arrived before the one with this id. */
  readonly before?: number;
  readonly limit: number;
  /** Leaves out what has expired by then, unix seconds. */
  readonly now: number;
}

/** A row of the store. */
export function toStored(row: Row): StoredStatement {
  return {
    ...statementCodec.decode(row["message"] as Uint8Array),
    id: Number(row["id"]),
    hash: hexOf(row["hash"] as Uint8Array),
    receivedAt: Number(row["received"]),
    source: row["source"] === null ? null : String(row["source"]),
    pinned: row["pinned"] === 1,
    equivocal: row["equivocal"] === 1,
  };
}
