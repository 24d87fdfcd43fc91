import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { AssayError } from "@assay/sdk";
import { NetworkError } from "./errors.ts";

/** What a store is, and whose. */
export interface DatabaseOptions {
  /** File; its folder is made where there is none. */
  readonly path: string;
  /** For messages, such as `the store of statements`. */
  readonly name: string;
  /** 32 bits that tell its file from other databases. */
  readonly applicationId: number;
  /** Of the schema, from 1. */
  readonly version: number;
  /** Makes the tables of a new store. */
  readonly schema: string;
  /** What it is of, such as chain and contract: another store of the same kind is refused. */
  readonly owner: Readonly<Record<string, string>>;
  /** Most bytes of its file, beyond which a write fails as on a full disk; no bound unless told. */
  readonly maxFileBytes?: number;
  /** Of a page of a new file; 4,096 unless told. The least that is written where a row or a key is. */
  readonly pageBytes?: number;
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Milliseconds that a write waits for another process's. */
const BUSY_TIMEOUT = 5_000;
/** Bytes of the log after which it is written into the file: each time waits for the disk twice. */
const CHECKPOINT_BYTES = 32 * 2 ** 20;
/** Most memory for a file's pages, KiB: that of the indices whose keys are hashes. */
const CACHE_KIB = 8_192;

/**
 * A file of SQLite in WAL mode that only its owner can read. What a transaction has written survives a crash of the process; of the
 * machine, too, where it was written by {@link writeThrough}.
 */
export class Database {
  readonly path: string;
  readonly #name: string;
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  /** @throws NetworkError `STORE_UNREADABLE` if it is no such store, damaged, newer, or of another owner; `STORE_UNWRITABLE` */
  constructor(options: DatabaseOptions) {
    const { path, name } = options;
    this.path = path;
    this.#name = name;
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite gives its other files the permissions of the first.
      closeSync(openSync(path, "a", 0o600));
      database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
      this.#database = database;
      this.#prepare(options);
    } catch (error) {
      database?.close();
      throw this.#explain(error);
    }
  }

  /** Rows of a query. */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values));
  }

  /** First row of a query; undefined if there is none. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values));
  }

  /** @returns rows that it changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** All of it or nothing. */
  write<T>(work: () => T): T {
    return this.#guard(() => {
      this.begin();
      try {
        const result = work();
        this.commit();
        return result;
      } catch (error) {
        this.rollback();
        throw error;
      }
    });
  }

  /** Begins a transaction, which is no other's until {@link commit} or {@link rollback}. */
  begin(): void {
    this.#guard(() => this.#statement("BEGIN IMMEDIATE").run());
  }

  commit(): void {
    this.#guard(() => this.#statement("COMMIT").run());
  }

  /** Takes back what the transaction has done, if SQLite has not by itself. */
  rollback(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  /** {@link write}, on the disk for good once it returns, and whatever was written before. */
  writeThrough<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec("PRAGMA synchronous = FULL");
      try {
        return this.write(work);
      } finally {
        this.#database.exec("PRAGMA synchronous = NORMAL");
      }
    });
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  /** Makes a new store's tables, or looks whether the store is one, whole, and of this owner. */
  #prepare({ applicationId, version, schema, owner, maxFileBytes, pageBytes }: DatabaseOptions): void {
    const found = { id: this.#pragma("application_id"), version: this.#pragma("user_version") };
    const fresh = found.version === 0 && this.#count("SELECT count(*) AS n FROM sqlite_schema") === 0;
    if (!fresh && found.id !== applicationId) this.#refuse(`is something else: give it a path of its own`);
    if (Number(found.version) > version) {
      this.#refuse(
        `was written by a newer version (${String(found.version)}, this one knows ${version}): update this one`,
      );
    }
    if (fresh && pageBytes !== undefined) this.#database.exec(`PRAGMA page_size = ${pageBytes}`);
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    const pages = (bytes: number) => Math.ceil(bytes / Number(this.#pragma("page_size")));
    this.get(`PRAGMA wal_autocheckpoint = ${pages(CHECKPOINT_BYTES)}`);
    this.get(`PRAGMA cache_size = -${CACHE_KIB}`);
    if (maxFileBytes !== undefined) this.get(`PRAGMA max_page_count = ${pages(maxFileBytes)}`);
    if (fresh) {
      this.write(() => {
        this.#database.exec("CREATE TABLE owner (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
        this.#database.exec(schema);
        for (const [key, value] of Object.entries(owner)) this.run("INSERT INTO owner VALUES (?, ?)", key, value);
        this.#database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
      });
    }
    if (this.#pragma("quick_check(1)", "quick_check") !== "ok") this.#refuse(DAMAGED);
    const kept = new Map(this.all("SELECT * FROM owner").map(({ key, value }) => [key, String(value)]));
    for (const [key, value] of Object.entries(owner)) {
      if (kept.get(key) === value) continue;
      this.#refuse(`is of ${key} ${kept.get(key) ?? "none"}, not of ${value}: give each its own path`);
    }
  }

  #pragma(name: string, column = name): SQLOutputValue | undefined {
    return this.get(`PRAGMA ${name}`)?.[column];
  }

  #count(sql: string): number {
    return Number(this.get(sql)?.["n"]);
  }

  #statement(sql: string): StatementSync {
    const found = this.#prepared.get(sql) ?? this.#database.prepare(sql);
    this.#prepared.set(sql, found);
    return found;
  }

  #refuse(what: string): never {
    throw new NetworkError("STORE_UNREADABLE", `${this.#name} ${this.path} ${what}`);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** The typed form of what a store's use ended with; an error of the protocol, or unknown, stays as it is. */
  #explain(error: unknown): unknown {
    if (error instanceof AssayError) return error;
    const { errcode, code } = error as { errcode?: unknown; code?: unknown };
    // Extended codes hold the primary one in their last byte.
    const primary = typeof errcode === "number" ? errcode & 0xff : null;
    const where = `${this.#name} ${this.path}`;
    const later = { cause: error, retryable: true };
    if (primary === SQLITE.CORRUPT || primary === SQLITE.NOTADB) {
      return new NetworkError("STORE_UNREADABLE", `${where} ${DAMAGED}`, { cause: error });
    }
    if (primary === SQLITE.BUSY) {
      return new NetworkError("STORE_UNWRITABLE", `${where} is being written by another process`, later);
    }
    if (primary === SQLITE.FULL || primary === SQLITE.IOERR || isOneOf(code, ["ENOSPC", "EFBIG", "EDQUOT", "EIO"])) {
      return new NetworkError("STORE_UNWRITABLE", `no room for ${where}, or a failing disk: make room`, later);
    }
    const refusals = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"];
    if (primary === SQLITE.READONLY || primary === SQLITE.CANTOPEN || isOneOf(code, refusals)) {
      const message = `${where} cannot be written: let this user write the file and its folder`;
      return new NetworkError("STORE_UNWRITABLE", message, { cause: error });
    }
    return error;
  }
}

const DAMAGED = "is damaged: move it away, and start again with a new one or from a backup";

/** Primary result codes of SQLite that a user can do something about: https://sqlite.org/rescode.html */
const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

function isOneOf(code: unknown, codes: readonly string[]): boolean {
  return typeof code === "string" && codes.includes(code);
}
