import type { Hex, NetworkBindingContext } from "@assay/protocol";
import { getBytes } from "ethers";
import { Database, type Row } from "../database.ts";
import { NetworkError } from "../errors.ts";
import { type Delivery, openReceipt, type Receipt, receiptCodec, receiptHash } from "./receipt.ts";

/** Whether the agent has sent or received what a receipt is for. */
export type Direction = "sent" | "received";

/** A receipt, and what it is for. */
export interface KeptReceipt {
  readonly receipt: Receipt;
  /** With its salt: see `openReceipt`. */
  readonly plaintext: Uint8Array;
}

/** A message that was sent or received, and what proves it. */
export interface KeptMessage {
  readonly direction: Direction;
  /** Agent on the other side. */
  readonly agentId: bigint;
  /** Unix seconds, by the sender's clock and by the recipient's. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** What was said. */
  readonly body: Uint8Array;
  /** See {@link receiptHash}. */
  readonly receipt: Hex;
}

/** Which messages to read. */
export interface MessageFilter {
  /** To or from this agent only. */
  readonly agentId?: bigint;
  /** Sent at this time or later, unix seconds. */
  readonly since?: number;
  readonly limit: number;
}

/** What a store of private exchanges may hold. */
export interface PrivateBounds {
  readonly maxReceipts: number;
  /** Bytes of receipts and plaintexts. */
  readonly maxBytes: number;
  /** Ids of one agent that are remembered; more messages of it in the time that messages are good for are refused. */
  readonly maxSeenPerAgent: number;
  /** Ids of all agents. */
  readonly maxSeen: number;
}

export const PRIVATE_BOUNDS: PrivateBounds = {
  ...{ maxReceipts: 65_536, maxBytes: 268_435_456 },
  ...{ maxSeenPerAgent: 4_096, maxSeen: 262_144 },
};

/** How a store of private exchanges is opened. */
export interface PrivateStoreOptions {
  readonly path: string;
  readonly context: NetworkBindingContext;
  /** Whose it is. */
  readonly agentId: bigint;
  readonly bounds?: PrivateBounds;
  /** Bytes of its file, beyond which the disk counts as full; what its bounds may take unless told. */
  readonly maxFileBytes?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** "aspv" */
const APPLICATION_ID = 0x61737076;

const SCHEMA = `
  CREATE TABLE seen (agent TEXT NOT NULL, id BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (agent, id)) STRICT;
  CREATE INDEX seen_by_time ON seen (until);
  CREATE TABLE receipts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, direction TEXT NOT NULL, peer TEXT NOT NULL, id BLOB NOT NULL, receipt BLOB NOT NULL,
    plaintext BLOB NOT NULL, bytes INTEGER NOT NULL, acknowledged INTEGER NOT NULL, UNIQUE (direction, peer, id)
  ) STRICT;
  CREATE INDEX receipts_by_peer ON receipts (peer, bytes);
`;

/** What a page holds besides what is counted, at most, and bytes of a remembered id. */
const OVERHEAD = 1.5;
const SEEN_BYTES = 256;
const SPARE_BYTES = 1_048_576;

/** Receipts that are read at once: each may come with 256 KiB. */
const PAGE = 64;

/** Stands for the signature and the time that a recipient has not given yet. */
const UNACKNOWLEDGED = { receivedAt: 0, recipientSignature: `0x${"00".repeat(64)}` } as const;

/**
 * Private exchanges of an agent, in a file that only it can read: which messages it has seen, so that none is taken twice, and the
 * receipts with what they are for. Where there is no room, the oldest receipt with that agent goes that takes most of it, so that nobody
 * pushes out what was exchanged with others.
 */
export class PrivateStore {
  readonly #database: Database;
  readonly #bounds: PrivateBounds;
  readonly #now: () => number;

  /** @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE` */
  constructor({ path, context, agentId, bounds = PRIVATE_BOUNDS, maxFileBytes, now }: PrivateStoreOptions) {
    this.#bounds = bounds;
    this.#now = now;
    this.#database = new Database({
      ...{ path, name: "the store of private exchanges", applicationId: APPLICATION_ID, version: 1, schema: SCHEMA },
      owner: {
        chain: context.chainId.toString(),
        registry: context.registry.toLowerCase(),
        agent: agentId.toString(),
      },
      maxFileBytes: maxFileBytes ?? bounds.maxBytes * OVERHEAD + bounds.maxSeen * SEEN_BYTES + SPARE_BYTES,
    });
  }

  /** @throws NetworkError `REPLAYED` if a message of the agent with this id was taken */
  requireUnseen(agentId: bigint, id: Hex): void {
    const query = "SELECT 1 FROM seen WHERE agent = ? AND id = ?";
    if (this.#database.get(query, agentId.toString(), getBytes(id)) === undefined) return;
    throw new NetworkError("REPLAYED", `message ${id} of agent ${agentId} has come before`);
  }

  /**
   * Takes a message: from now on it has been seen, and its receipt is kept, even if the machine crashes; or neither.
   * @param until when it is too old by itself, unix seconds
   * @throws NetworkError `REPLAYED`; `RATE_LIMITED` if the agent, or all together, sent more than can be remembered; `STORE_UNWRITABLE`
   */
  take(kept: KeptReceipt, until: number): void {
    const { agentId } = kept.receipt.sender;
    const { maxSeen, maxSeenPerAgent } = this.#bounds;
    this.#database.writeThrough(() => {
      this.#database.run("DELETE FROM seen WHERE until < ?", this.#now());
      this.requireUnseen(agentId, kept.receipt.id);
      // None is forgotten early to make room: it could come again.
      const ofAgent = this.#number("SELECT count(*) AS n FROM seen WHERE agent = ?", agentId.toString());
      if (ofAgent >= maxSeenPerAgent || this.#number("SELECT count(*) AS n FROM seen") >= maxSeen) {
        throw new NetworkError("RATE_LIMITED", "more messages than can be remembered", { retryable: true });
      }
      this.#database.run("INSERT INTO seen VALUES (?, ?, ?)", agentId.toString(), getBytes(kept.receipt.id), until);
      this.#insert("received", kept, true);
    });
  }

  /** Keeps the receipt of what this agent has sent. @throws NetworkError `STORE_UNWRITABLE` */
  keepSent(kept: KeptReceipt): void {
    this.#database.write(() => this.#insert("sent", kept, true));
  }

  /** Keeps what this agent has sent, until its recipient acknowledges it. @throws NetworkError `STORE_UNWRITABLE` */
  keepUnacknowledged(delivery: Delivery, senderSignature: Hex, plaintext: Uint8Array): void {
    const receipt = { ...delivery, senderSignature, ...UNACKNOWLEDGED };
    this.#database.write(() => this.#insert("sent", { receipt, plaintext }, false));
  }

  /** What was sent to an agent and not acknowledged yet; null if there is no such thing, or no longer. */
  unacknowledged(peer: bigint, id: Hex): KeptReceipt | null {
    const row = this.#row("sent", peer, id);
    return row === undefined || row.acknowledged === 1 ? null : toKept(row);
  }

  /** Puts a whole receipt in the place of one that lacked its recipient's side. @throws NetworkError `STORE_UNWRITABLE` */
  acknowledge(receipt: Receipt): void {
    const query = "UPDATE receipts SET receipt = ?, acknowledged = 1 WHERE direction = 'sent' AND peer = ? AND id = ?";
    const peer = receipt.recipient.agentId.toString();
    this.#database.run(query, receiptCodec.encode(receipt), peer, getBytes(receipt.id));
  }

  /** The whole receipt of what was sent to, or received from, an agent; null if there is none. */
  find(direction: Direction, peer: bigint, id: Hex): KeptReceipt | null {
    const row = this.#row(direction, peer, id);
    return row === undefined || row.acknowledged === 0 ? null : toKept(row);
  }

  /** Whole receipts, of exchanges with one agent or with all, oldest first. @throws NetworkError `STORE_UNREADABLE` */
  receipts(peer?: bigint): Receipt[] {
    const query = "SELECT receipt FROM receipts WHERE acknowledged = 1";
    const rows =
      peer === undefined
        ? this.#database.all(`${query} ORDER BY seq`)
        : this.#database.all(`${query} AND peer = ? ORDER BY seq`, peer.toString());
    return rows.map(({ receipt }) => receiptCodec.decode(receipt as Uint8Array));
  }

  /** Messages that were receipted, the newest first. @throws NetworkError `STORE_UNREADABLE` */
  messages({ agentId, since = 0, limit }: MessageFilter): KeptMessage[] {
    const found: KeptMessage[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; found.length < limit;) {
      const rows = this.#database.all(
        `SELECT * FROM receipts WHERE acknowledged = 1 AND seq < ?1 AND (?2 IS NULL OR peer = ?2) ORDER BY seq DESC LIMIT ?3`,
        ...[before, agentId?.toString() ?? null, PAGE],
      );
      for (const row of rows) {
        before = Number(row["seq"]);
        const { receipt, plaintext } = toKept(row);
        const { purpose, sentAt, receivedAt } = receipt;
        if (purpose !== "message" || sentAt < since || found.length >= limit) continue;
        const [direction, peer] = [row["direction"] as Direction, BigInt(String(row["peer"]))];
        const body = openReceipt(receipt, plaintext);
        found.push({ direction, agentId: peer, sentAt, receivedAt, body, receipt: receiptHash(receipt) });
      }
      if (rows.length < PAGE) break;
    }
    return found;
  }

  /** Whole receipts as JSON, without what they are for. @throws NetworkError `STORE_UNREADABLE` */
  export(): string {
    const readable = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
    return JSON.stringify(this.receipts(), readable, 2);
  }

  close(): void {
    this.#database.close();
  }

  #insert(direction: Direction, { receipt, plaintext }: KeptReceipt, acknowledged: boolean): void {
    const encoded = receiptCodec.encode(receipt);
    const bytes = encoded.length + plaintext.length;
    this.#makeRoom(bytes);
    const peer = direction === "sent" ? receipt.recipient : receipt.sender;
    this.#database.run(
      `INSERT INTO receipts (direction, peer, id, receipt, plaintext, bytes, acknowledged) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      ...[direction, peer.agentId.toString(), getBytes(receipt.id), encoded, plaintext, bytes, Number(acknowledged)],
    );
  }

  #makeRoom(size: number): void {
    const { maxBytes, maxReceipts } = this.#bounds;
    for (;;) {
      const { n, total } =
        this.#database.get("SELECT count(*) AS n, coalesce(sum(bytes), 0) AS total FROM receipts") ?? {};
      if (Number(n) === 0 || (Number(n) < maxReceipts && Number(total) + size <= maxBytes)) return;
      this.#database.run(`
        DELETE FROM receipts WHERE seq = (SELECT min(seq) FROM receipts WHERE peer =
          (SELECT peer FROM receipts GROUP BY peer ORDER BY sum(bytes) DESC, peer LIMIT 1))
      `);
    }
  }

  #row(direction: Direction, peer: bigint, id: Hex): Row | undefined {
    const query = "SELECT * FROM receipts WHERE direction = ? AND peer = ? AND id = ?";
    return this.#database.get(query, direction, peer.toString(), getBytes(id));
  }

  #number(sql: string, ...values: string[]): number {
    return Number(this.#database.get(sql, ...values)?.n);
  }
}

function toKept({ receipt, plaintext }: Row): KeptReceipt {
  return { receipt: receiptCodec.decode(receipt as Uint8Array), plaintext: plaintext as Uint8Array };
}
