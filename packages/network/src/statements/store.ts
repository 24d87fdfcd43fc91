import { type Hex, type StatementContext } from "@assay/protocol";
import { formatSignedStatement } from "@assay/sdk";
import { Database } from "../database.ts";
import { NetworkError } from "../errors.ts";
import { bytesOf, hexOf } from "../wire/hex.ts";
import { HashFilter } from "./hash-filter.ts";
import { statementCodec, toSignedStatement } from "./message.ts";
import { overQuota } from "./quota.ts";
import { type RowCount, RowCounts } from "./row-counts.ts";
import {
  type Equivocation,
  type NewStatement,
  type PageQuery,
  type PutResult,
  type StoredStatement,
  toStored,
} from "./stored.ts";

/** How much is kept. */
export interface StoreLimits {
  /** Statements that are neither pinned nor evidence, of all agents and of one. */
  readonly rows: number;
  readonly rowsPerAgent: number;
  /** Bytes of them, indices included. */
  readonly bytes: number;
  /** Statements of agents that have said the opposite, too, of all agents and of one. */
  readonly evidence: number;
  readonly evidencePerAgent: number;
  readonly pinned: number;
  /** Bytes of the file, all in all: beyond them a write fails as on a full disk. */
  readonly fileBytes: number;
}

const DEFAULT_LIMITS: StoreLimits = {
  rows: 100_000,
  rowsPerAgent: 2_000,
  bytes: 128 * 2 ** 20,
  evidence: 4_096,
  evidencePerAgent: 64,
  pinned: 20_000,
  fileBytes: 512 * 2 ** 20,
};

/** Bytes that a statement takes besides its message: columns and indices, 284 measured. */
const OVERHEAD = 320;
/** What is left, in hundredths of a limit, once it was exceeded: cutting costs a look at all agents. */
const LOW_MARK = 95;

/** Two of the keys of a statement are hashes, each of which is a page to write. */
const PAGE_BYTES = 1_024;

/** "asst" */
const APPLICATION_ID = 0x61737374;
const VERSION = 1;

/** Numbers that do not fit SQLite's integers are decimal. What is looked for has a column of its own; the message has all of it. */
const SCHEMA = `
  CREATE TABLE statements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, agent TEXT NOT NULL, domain INTEGER NOT NULL,
    content BLOB NOT NULL, outcome INTEGER NOT NULL, bond TEXT NOT NULL, expiry INTEGER NOT NULL, message BLOB NOT NULL,
    size INTEGER NOT NULL, received INTEGER NOT NULL, source TEXT, pinned INTEGER NOT NULL, equivocal INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX by_agent ON statements (agent, id);
  CREATE INDEX by_domain ON statements (domain, id);
  CREATE INDEX by_content ON statements (content, domain, id);
  CREATE INDEX by_expiry ON statements (expiry);
  CREATE INDEX evidence ON statements (agent, id) WHERE equivocal = 1;
  CREATE INDEX pins ON statements (id) WHERE pinned = 1;
`;

const ORDINARY = "pinned = 0 AND equivocal = 0";

/**
 * Signed statements on disk, with all that it takes to challenge them. What {@link put} has returned for survives a crash of the
 * process, and what {@link pin} has, one of the machine. Bounded: what has expired goes first, then the oldest of those agents that
 * have most; evidence of equivocation and what is pinned are bounded by themselves.
 */
export class StatementStore {
  readonly #context: StatementContext;
  readonly #limits: StoreLimits;
  readonly #database: Database;
  /** Of ordinary statements. */
  readonly #counts = new RowCounts();
  /** Hashes of statements, and of what they are about, that are kept, or were. */
  #hashes = new HashFilter();
  #contents = new HashFilter();
  #filtered = 0;
  /** The transaction that statements are put into with others; null if none is open. */
  #batch: PromiseWithResolvers<void> | null = null;
  /** Bonds of live statements by agent, until the first of them expires. */
  readonly #committed = new Map<string, { readonly total: bigint; readonly until: number }>();

  /**
   * @throws NetworkError `STORE_UNREADABLE` if it is damaged, something else, or of another chain or deployment; `STORE_UNWRITABLE`
   * @example
   * const store = new StatementStore("data/statements.db", { chainId: 1n, claims: assay.addresses.claims });
   */
  constructor(path: string, context: StatementContext, limits: Partial<StoreLimits> = {}) {
    this.#context = context;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#database = new Database({
      path,
      name: "the store of statements",
      applicationId: APPLICATION_ID,
      version: VERSION,
      schema: SCHEMA,
      maxFileBytes: this.#limits.fileBytes,
      pageBytes: PAGE_BYTES,
      owner: { chain: context.chainId.toString(), claims: context.claims.toLowerCase() },
    });
    this.#recount();
    this.#fillFilters();
  }

  /** Statements that are neither pinned nor evidence, and their bytes. */
  get total(): RowCount {
    return this.#counts.total;
  }

  /** Keeps a statement; one that is kept already stays as it is. @throws NetworkError `STORE_UNWRITABLE`, `STORE_UNREADABLE` */
  put(statement: NewStatement): PutResult {
    return this.#write(() => this.#put(statement));
  }

  /**
   * As {@link put}, in one transaction with all others of this turn of the event loop: each takes a fraction of the time that it takes
   * by itself.
   * @returns once it is kept. @throws NetworkError as {@link put} does, where none of them is kept
   */
  async putWithOthers(statement: NewStatement): Promise<PutResult> {
    const batch = this.#batch ?? this.#openBatch();
    let result: PutResult;
    try {
      result = this.#put(statement);
    } catch (error) {
      this.#dropBatch(error);
      throw error;
    }
    await batch.promise;
    return result;
  }

  /** As {@link has}, by one look into memory for most that are not; of what another process has put since, it may say no. */
  isKept(hash: Hex): boolean {
    return this.#hashes.mayHave(hash) && this.has(hash);
  }

  has(hash: Hex): boolean {
    return this.#database.get("SELECT 1 FROM statements WHERE hash = ?", bytesOf(hash)) !== undefined;
  }

  get(hash: Hex): StoredStatement | null {
    const row = this.#database.get("SELECT * FROM statements WHERE hash = ?", bytesOf(hash));
    return row === undefined ? null : toStored(row);
  }

  /** An agent's statements, the newest first. */
  byAgent(agentId: bigint, limit: number): StoredStatement[] {
    return this.#read("WHERE agent = ? ORDER BY id DESC LIMIT ?", agentId.toString(), limit);
  }

  /** Live statements of a domain, or about one content in it, the newest first. */
  page({ domainId, contentHash, agentId, before = Number.MAX_SAFE_INTEGER, limit, now }: PageQuery): StoredStatement[] {
    const conditions: [string, string | number | Uint8Array | undefined][] = [
      ["content = ?", contentHash && bytesOf(contentHash)],
      ["agent = ?", agentId?.toString()],
      ["domain = ?", domainId],
      ["id < ?", before],
      ["expiry >= ?", now],
    ];
    const given = conditions.filter((each): each is [string, string | number | Uint8Array] => each[1] !== undefined);
    const where = given.map(([condition]) => condition).join(" AND ");
    return this.#read(`WHERE ${where} ORDER BY id DESC LIMIT ?`, ...given.map(([, value]) => value), limit);
  }

  /** Bonds of an agent's live statements that are kept, wei: all of them share its pledge. */
  committed(agentId: bigint, now: number): bigint {
    return this.#sum(agentId.toString(), now).total;
  }

  /** Agents that said opposite things at once, the newest first; each statement with the first that it contradicts. */
  equivocations({ agentId, limit = 100 }: { readonly agentId?: bigint; readonly limit?: number } = {}): Equivocation[] {
    const pairs = this.#database.all(
      `SELECT min(a.id) AS first, b.id AS second FROM statements AS b JOIN statements AS a
         ON a.agent = b.agent AND a.equivocal = 1 AND a.id < b.id
         AND a.content = b.content AND a.domain = b.domain AND a.outcome <> b.outcome
       WHERE b.equivocal = 1 AND (?1 IS NULL OR b.agent = ?1) GROUP BY b.id ORDER BY b.id DESC LIMIT ?2`,
      agentId?.toString() ?? null,
      limit,
    );
    return pairs.flatMap(({ first: a, second: b }) => {
      const [first, second] = this.#read("WHERE id IN (?, ?) ORDER BY id", Number(a), Number(b));
      return first === undefined || second === undefined ? [] : [{ first, second }];
    });
  }

  /**
   * Keeps statements until they are unpinned, on the disk for good once it returns.
   * @returns how many of them are kept at all
   * @throws NetworkError `STORE_UNWRITABLE` if as many are pinned as can be, and pins none
   */
  pin(hashes: readonly Hex[]): number {
    return this.#write(() => {
      const found = hashes.filter((hash) => this.#setPinned(hash, 1));
      const { n } = this.#database.get("SELECT count(*) AS n FROM statements WHERE pinned = 1") ?? {};
      if (Number(n) <= this.#limits.pinned) return found.length;
      throw new NetworkError("STORE_UNWRITABLE", `${this.#limits.pinned} statements are pinned: unpin some`);
    }, true);
  }

  unpin(hashes: readonly Hex[]): void {
    this.#write(() => hashes.forEach((hash) => this.#setPinned(hash, 0)));
  }

  /** Unpins what has expired before a time, unix seconds. */
  release(before: number): void {
    const expired = this.#database.all("SELECT hash FROM statements WHERE pinned = 1 AND expiry < ?", before);
    this.unpin(expired.map(({ hash }) => hexOf(hash as Uint8Array)));
  }

  /** Drops what has expired by `now`, unless it is pinned or evidence. @returns how many */
  purge(now: number): number {
    const gone = this.#write(() => this.#delete(`expiry < ? AND ${ORDINARY}`, now));
    if (this.#filtered > MAX_FILTERED) this.#fillFilters();
    return gone;
  }

  /** A statement as the JSON that `statement challenge` reads; null if it is not kept. */
  export(hash: Hex): string | null {
    const found = this.get(hash);
    return found === null ? null : formatSignedStatement(toSignedStatement(this.#context, found));
  }

  close(): void {
    this.#endBatch();
    this.#database.close();
  }

  #put(statement: NewStatement): PutResult {
    const { contentHash } = statement.message.statement;
    const mayOppose = this.#contents.mayHave(contentHash);
    const added = this.#insert(statement);
    if (added) this.#filter(statement.hash, contentHash);
    const opposed = added && mayOppose ? this.#markEquivocation(statement) : [];
    if (added) this.#enforce(statement);
    return { added, committed: this.#commit(statement, added), opposed };
  }

  #openBatch(): PromiseWithResolvers<void> {
    this.#counts.begin();
    this.#database.begin();
    const batch = Promise.withResolvers<void>();
    batch.promise.catch(() => undefined); // whoever waits for it hears of it
    this.#batch = batch;
    setImmediate(() => {
      if (this.#batch === batch) this.#endBatch();
    });
    return batch;
  }

  /** Writes what has been put with others. Never throws: who waits for it is told. */
  #endBatch(): void {
    const batch = this.#batch;
    if (batch === null) return;
    try {
      this.#database.commit();
      this.#batch = null;
      batch.resolve();
    } catch (error) {
      this.#dropBatch(error);
    }
  }

  #dropBatch(error: unknown): void {
    const batch = this.#batch;
    this.#batch = null;
    this.#database.rollback();
    this.#uncount();
    batch?.reject(error);
  }

  #insert({ hash, message, bytes = statementCodec.encode(message), receivedAt, source }: NewStatement): boolean {
    const { agentId, domainId, contentHash, outcome, bond, expiry } = message.statement;
    const size = bytes.length + OVERHEAD;
    const inserted = this.#database.run(
      `INSERT INTO statements
         (hash, agent, domain, content, outcome, bond, expiry, message, size, received, source, pinned, equivocal)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT (hash) DO NOTHING`,
      ...[bytesOf(hash), agentId.toString(), domainId, bytesOf(contentHash), outcome, bond.toString()],
      ...[toInteger(expiry), bytes, size, receivedAt, source],
    );
    if (inserted === 1) this.#counts.add(agentId.toString(), 1, size);
    return inserted === 1;
  }

  /** @returns what the statement contradicts */
  #markEquivocation({ hash, message, receivedAt }: NewStatement): StoredStatement[] {
    const { agentId, domainId, contentHash, outcome } = message.statement;
    const agent = agentId.toString();
    // Mostly nothing: which is found out in a third of the time.
    const about = "content = ? AND domain = ? AND agent = ? AND outcome <> ?";
    const subject = [bytesOf(contentHash), domainId, agent, outcome] as const;
    if (this.#database.get(`SELECT 1 FROM statements WHERE ${about} LIMIT 1`, ...subject) === undefined) return [];
    const opposed = this.#read(
      `WHERE ${about} AND expiry >= ? ORDER BY id LIMIT ?`,
      ...[...subject, receivedAt, this.#limits.evidencePerAgent],
    );
    const [first] = opposed;
    if (first === undefined) return [];
    const { n } =
      this.#database.get("SELECT count(*) AS n FROM statements WHERE agent = ? AND equivocal = 1", agent) ?? {};
    // Who says everything of everything has enough evidence against it at some time.
    if (Number(n) >= this.#limits.evidencePerAgent) return opposed;
    for (const evidence of [hash, first.hash]) {
      const [row] = this.#database.all(
        "UPDATE statements SET equivocal = 1 WHERE hash = ? AND equivocal = 0 RETURNING size, pinned",
        bytesOf(evidence),
      );
      if (row !== undefined && row["pinned"] === 0) this.#counts.add(agent, -1, -Number(row["size"]));
    }
    this.#enforceEvidence(receivedAt);
    return opposed;
  }

  #enforceEvidence(now: number): void {
    const { n } = this.#database.get("SELECT count(*) AS n FROM statements WHERE equivocal = 1") ?? {};
    const over = Number(n) - this.#limits.evidence;
    if (over <= 0) return;
    this.#database.run(
      `DELETE FROM statements WHERE id IN (
         SELECT id FROM statements WHERE equivocal = 1 AND pinned = 0 ORDER BY expiry >= ?, id LIMIT ?)`,
      ...[now, over],
    );
  }

  /** Drops what is too much, and of the agent that has most first. */
  #enforce({ message, receivedAt }: NewStatement): void {
    const { rows, rowsPerAgent, bytes } = this.#limits;
    const agent = message.statement.agentId.toString();
    const { byAgent } = this.#counts;
    this.#dropOldest(agent, (byAgent.get(agent) ?? 0) - rowsPerAgent);
    if (this.#fits()) return;
    this.#delete(`expiry < ? AND ${ORDINARY}`, receivedAt);
    if (this.#fits()) return;
    const { total } = this.#counts;
    const fit = Math.min(rows, Math.floor((bytes * total.rows) / total.bytes));
    for (const [each, over] of overQuota(byAgent, Math.floor((fit * LOW_MARK) / 100))) this.#dropOldest(each, over);
  }

  #fits(): boolean {
    const { rows, bytes } = this.#counts.total;
    return rows <= this.#limits.rows && bytes <= this.#limits.bytes;
  }

  #dropOldest(agent: string, rows: number): void {
    if (rows <= 0) return;
    const oldest = `SELECT id FROM statements WHERE agent = ? AND ${ORDINARY} ORDER BY id LIMIT ?`;
    this.#delete(`id IN (${oldest})`, agent, rows);
  }

  /** Deletes ordinary statements. */
  #delete(where: string, ...values: (string | number)[]): number {
    const gone = this.#database.all(`DELETE FROM statements WHERE ${where} RETURNING agent, size`, ...values);
    for (const { agent, size } of gone) {
      this.#counts.add(String(agent), -1, -Number(size));
      this.#committed.delete(String(agent));
    }
    return gone.length;
  }

  /** @returns whether the statement is kept at all */
  #setPinned(hash: Hex, pinned: 0 | 1): boolean {
    const [row] = this.#database.all(
      "UPDATE statements SET pinned = ?1 WHERE hash = ?2 AND pinned <> ?1 RETURNING agent, size, equivocal",
      ...[pinned, bytesOf(hash)],
    );
    if (row === undefined) return this.has(hash);
    const by = pinned === 1 ? -1 : 1;
    if (row["equivocal"] === 0) this.#counts.add(String(row["agent"]), by, by * Number(row["size"]));
    return true;
  }

  #commit({ message, receivedAt }: NewStatement, added: boolean): bigint {
    const { agentId, bond, expiry } = message.statement;
    const agent = agentId.toString();
    const known = this.#committed.get(agent);
    if (!added || known === undefined || known.until < receivedAt) return this.#sum(agent, receivedAt).total;
    const sum = { total: known.total + bond, until: Math.min(known.until, toInteger(expiry)) };
    this.#committed.set(agent, sum);
    return sum.total;
  }

  #sum(agent: string, now: number): { readonly total: bigint; readonly until: number } {
    const known = this.#committed.get(agent);
    if (known !== undefined && known.until >= now) return known;
    const live = this.#database.all("SELECT bond, expiry FROM statements WHERE agent = ? AND expiry >= ?", agent, now);
    const total = live.reduce((sum, { bond }) => sum + BigInt(String(bond)), 0n);
    const until = live.reduce((first, { expiry }) => Math.min(first, Number(expiry)), Number.MAX_SAFE_INTEGER);
    if (this.#committed.size >= MAX_SUMS) this.#committed.clear();
    this.#committed.set(agent, { total, until });
    return { total, until };
  }

  #filter(hash: Hex, contentHash: Hex): void {
    this.#hashes.add(hash);
    this.#contents.add(contentHash);
    this.#filtered++;
  }

  #fillFilters(): void {
    [this.#hashes, this.#contents, this.#filtered] = [new HashFilter(), new HashFilter(), 0];
    for (const { hash, content } of this.#database.all("SELECT hash, content FROM statements")) {
      this.#filter(hexOf(hash as Uint8Array), hexOf(content as Uint8Array));
    }
  }

  #recount(): void {
    const counted = this.#database.all(
      `SELECT agent, count(*) AS n, sum(size) AS bytes FROM statements WHERE ${ORDINARY} GROUP BY agent`,
    );
    for (const { agent, n, bytes } of counted) this.#counts.add(String(agent), Number(n), Number(bytes));
  }

  #read(rest: string, ...values: (string | number | Uint8Array)[]): StoredStatement[] {
    return this.#database.all(`SELECT * FROM statements ${rest}`, ...values).map(toStored);
  }

  #write<T>(work: () => T, through = false): T {
    this.#endBatch();
    this.#counts.begin();
    try {
      return through ? this.#database.writeThrough(work) : this.#database.write(work);
    } catch (error) {
      this.#uncount();
      throw error;
    }
  }

  /** Takes back what a transaction that has failed had counted. */
  #uncount(): void {
    this.#counts.rollback();
    this.#committed.clear();
  }
}

/** Statements after which the filters are made anew of those that are kept. */
const MAX_FILTERED = 400_000;
/** Agents whose bonds are remembered. */
const MAX_SUMS = 4_096;

/** Beyond what SQLite and JavaScript count to, it does not matter how far. */
function toInteger(value: bigint): number {
  return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(value);
}
