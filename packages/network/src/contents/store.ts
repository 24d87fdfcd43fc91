import { createHash } from "node:crypto";
import type { Hex, NetworkBindingContext } from "@assay/protocol";
import { hashContent } from "@assay/sdk";
import { getBytes, hexlify } from "ethers";
import { Database } from "../database.ts";
import { NetworkError } from "../errors.ts";

/** Bytes of a part of a content: in the store, and on the wire. */
export const PART_SIZE = 65_536;

/** What a store of contents may hold. */
export interface ContentBounds {
  /** Bytes of one content. */
  readonly maxSize: number;
  /** Bytes of all contents together. */
  readonly maxBytes: number;
  readonly maxContents: number;
  /** Pins of all contents together. */
  readonly maxPins: number;
}

/** A content of the size that committees read, and 256 MiB of them. */
export const CONTENT_BOUNDS: ContentBounds = {
  ...{ maxSize: 1_048_576, maxBytes: 268_435_456 },
  ...{ maxContents: 16_384, maxPins: 65_536 },
};

/** How a store of contents is opened. */
export interface ContentStoreOptions {
  readonly path: string;
  readonly context: NetworkBindingContext;
  readonly bounds?: ContentBounds;
  /** Bytes of its file, beyond which the disk counts as full; somewhat more than the contents' bound unless told. */
  readonly maxFileBytes?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Who needs a content, and until when. */
export interface Pin {
  /** EIP-712 digest of a statement about it. */
  readonly by: Hex;
  /** Unix seconds: the statement's expiry, and however long it can be answered for after that. */
  readonly until: number;
}

/** A content that is in the store. */
export interface KeptContent {
  readonly contentHash: Hex;
  /** Bytes. */
  readonly size: number;
  readonly pins: readonly Pin[];
}

/** "asco" */
const APPLICATION_ID = 0x6173636f;

const SCHEMA = `
  CREATE TABLE contents (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
  CREATE INDEX contents_by_use ON contents (used, size);
  CREATE TABLE parts (
    content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE, part INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (content, part)
  ) STRICT;
  CREATE TABLE pins (hash BLOB NOT NULL, statement BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (hash, statement)) STRICT;
  CREATE INDEX pins_by_time ON pins (until);
  CREATE INDEX pins_by_statement ON pins (statement);
`;

/** What a page of the database holds besides a content's bytes, at most: a bound of the file that its own bounds never reach. */
const OVERHEAD = 1.25;
const SPARE_BYTES = 8_388_608;

/**
 * Contents by their hashes, in a file. What a statement of the agent's is about stays while the statement can be answered for; the rest
 * makes room, least recently used first.
 */
export class ContentStore {
  readonly bounds: ContentBounds;
  readonly #database: Database;
  readonly #now: () => number;

  /** @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE` */
  constructor({ path, context, bounds = CONTENT_BOUNDS, maxFileBytes, now }: ContentStoreOptions) {
    this.bounds = bounds;
    this.#now = now;
    this.#database = new Database({
      ...{ path, name: "the store of contents", applicationId: APPLICATION_ID, version: 1, schema: SCHEMA },
      owner: { chain: context.chainId.toString(), registry: context.registry.toLowerCase() },
      maxFileBytes: maxFileBytes ?? bounds.maxBytes * OVERHEAD + SPARE_BYTES,
    });
  }

  /** Bytes of all contents. */
  get bytes(): number {
    return this.#number("SELECT coalesce(sum(size), 0) AS n FROM contents");
  }

  /** Bytes of a content; null if it is not here. */
  sizeOf(contentHash: Hex): number | null {
    const row = this.#database.get("SELECT size FROM contents WHERE hash = ?", getBytes(contentHash));
    return row === undefined ? null : Number(row.size);
  }

  /**
   * A content, if it is here and whole. One that the disk has damaged is dropped, and counts as not here.
   * @throws NetworkError `STORE_UNREADABLE`
   */
  get(contentHash: Hex): Uint8Array | null {
    const bytes = Buffer.concat([...this.#parts(contentHash)]);
    if (this.sizeOf(contentHash) === null) return null;
    if (hashContent(bytes) === contentHash.toLowerCase()) return bytes;
    this.#drop(contentHash);
    return null;
  }

  /**
   * Looks whether a content is here and whole, a part at a time; see {@link get}.
   * @throws NetworkError `STORE_UNREADABLE`
   */
  check(contentHash: Hex): boolean {
    if (this.sizeOf(contentHash) === null) return false;
    const hash = createHash("sha256");
    for (const part of this.#parts(contentHash)) hash.update(part);
    if (`0x${hash.digest("hex")}` === contentHash.toLowerCase()) return true;
    this.#drop(contentHash);
    return false;
  }

  /**
   * A part of a content, of {@link PART_SIZE} bytes but for the last one; null if the content is not here, or no longer.
   * @throws NetworkError `STORE_UNREADABLE`
   */
  partOf(contentHash: Hex, part: number): Uint8Array | null {
    const query = "SELECT data FROM parts JOIN contents ON content = id WHERE hash = ? AND part = ?";
    return (this.#database.get(query, getBytes(contentHash), part)?.data as Uint8Array | undefined) ?? null;
  }

  /** Notes that a content was of use, so that others make room first. @throws NetworkError `STORE_UNWRITABLE` */
  touch(contentHash: Hex): void {
    const query = "UPDATE contents SET used = (SELECT max(used) + 1 FROM contents) WHERE hash = ?";
    this.#database.run(query, getBytes(contentHash));
  }

  /**
   * Keeps a content, and pins it if told.
   * @returns its hash
   * @throws NetworkError `TOO_LARGE` if it has more bytes than a content may have; `STORE_UNWRITABLE` if pinned ones leave no room, or
   * the disk is full: the store is as it was before
   */
  put(bytes: Uint8Array, pin?: Pin): Hex {
    if (bytes.length > this.bounds.maxSize) {
      throw new NetworkError("TOO_LARGE", `a content of ${bytes.length} bytes; ${this.bounds.maxSize} are kept`);
    }
    const contentHash = hashContent(bytes);
    this.#database.write(() => {
      this.#expirePins();
      if (pin !== undefined) this.#pin(contentHash, pin);
      if (!this.check(contentHash)) this.#insert(contentHash, bytes);
      this.touch(contentHash);
    });
    return contentHash;
  }

  /**
   * Holds a content, which may come later, until a time. Pinning again for the same statement sets another time.
   * @throws NetworkError `STORE_UNWRITABLE` if there are too many pins
   */
  pin(contentHash: Hex, pin: Pin): void {
    this.#database.write(() => {
      this.#expirePins();
      this.#pin(contentHash, pin);
    });
  }

  /** Lets go of what was pinned for a statement. @throws NetworkError `STORE_UNWRITABLE` */
  unpin(by: Hex): void {
    this.#database.run("DELETE FROM pins WHERE statement = ?", getBytes(by));
  }

  /** What is here, most recently used first. @throws NetworkError `STORE_UNREADABLE` */
  list(): KeptContent[] {
    return this.#database.all("SELECT hash, size FROM contents ORDER BY used DESC").map(({ hash, size }) => {
      const contentHash = hexlify(hash as Uint8Array) as Hex;
      return { contentHash, size: Number(size), pins: this.#pinsOf(contentHash) };
    });
  }

  close(): void {
    this.#database.close();
  }

  #pinsOf(contentHash: Hex): Pin[] {
    const query = "SELECT statement, until FROM pins WHERE hash = ? AND until > ? ORDER BY until, statement";
    return this.#database.all(query, getBytes(contentHash), this.#now()).map(({ statement, until }) => ({
      by: hexlify(statement as Uint8Array) as Hex,
      until: Number(until),
    }));
  }

  *#parts(contentHash: Hex): Generator<Uint8Array> {
    for (let part = 0; ; part++) {
      const data = this.partOf(contentHash, part);
      if (data === null) return;
      yield data;
    }
  }

  #insert(contentHash: Hex, bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    const hash = getBytes(contentHash);
    this.#database.run("INSERT INTO contents (hash, size, used) VALUES (?, ?, 0)", hash, bytes.length);
    const id = this.#number("SELECT id AS n FROM contents WHERE hash = ?", hash);
    for (let part = 0; part * PART_SIZE < bytes.length; part++) {
      const data = bytes.subarray(part * PART_SIZE, (part + 1) * PART_SIZE);
      this.#database.run("INSERT INTO parts VALUES (?, ?, ?)", id, part, data);
    }
  }

  #makeRoom(size: number): void {
    const { maxBytes, maxContents } = this.bounds;
    let bytes = this.bytes;
    let contents = this.#number("SELECT count(*) AS n FROM contents");
    while (bytes + size > maxBytes || contents + 1 > maxContents) {
      const query = `SELECT id, size FROM contents WHERE NOT EXISTS (SELECT 1 FROM pins WHERE pins.hash = contents.hash)
                     ORDER BY used LIMIT 1`;
      const oldest = this.#database.get(query);
      if (oldest === undefined) {
        const message = `no room for a content of ${size} bytes: ${bytes} of ${maxBytes} bytes, ${contents} of ${maxContents} contents are pinned`;
        throw new NetworkError("STORE_UNWRITABLE", message, { retryable: true });
      }
      this.#database.run("DELETE FROM contents WHERE id = ?", Number(oldest.id));
      bytes -= Number(oldest.size);
      contents--;
    }
  }

  #pin(contentHash: Hex, { by, until }: Pin): void {
    this.#database.run(
      "INSERT INTO pins VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until",
      ...[getBytes(contentHash), getBytes(by), until],
    );
    if (this.#number("SELECT count(*) AS n FROM pins") <= this.bounds.maxPins) return;
    throw new NetworkError("STORE_UNWRITABLE", `more than ${this.bounds.maxPins} pins`, { retryable: true });
  }

  #expirePins(): void {
    this.#database.run("DELETE FROM pins WHERE until <= ?", this.#now());
  }

  #drop(contentHash: Hex): void {
    this.#database.run("DELETE FROM contents WHERE hash = ?", getBytes(contentHash));
  }

  #number(sql: string, ...values: (string | number | Uint8Array)[]): number {
    return Number(this.#database.get(sql, ...values)?.n);
  }
}
