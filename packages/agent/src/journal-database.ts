import { closeSync, existsSync, mkdirSync, openSync, renameSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { decodeBallot, type Hex, type SerializedChain } from "@assay/protocol";
import { AgentError } from "./errors.ts";
import { type AgentMemory, type Journal, type KeptBallot, readJournalFile } from "./journal.ts";
import { damaged, explainJournalError } from "./journal-errors.ts";
import type { SignedTransaction, TransactionLog } from "./transactions.ts";

/** Whose journal it is. */
export interface JournalIdentity {
  readonly chainId: bigint;
  /** Address of Consensus. */
  readonly consensus: string;
  readonly agentId: bigint;
}

/** A journal on disk, held by this process alone until it is closed. */
export interface OpenJournal extends Journal {
  readonly path: string;
  readonly transactions: TransactionLog;
  /** Lets go of it. The operating system does so too when the process ends, however it ends. */
  close(): void;
}

/** "assy": what tells a journal from other databases. */
const APPLICATION_ID = 0x61737379;

const VERSION = 1;

/** More ballots than an agent ever asks for: the last one, and the present epoch's. */
const LOADED_BALLOTS = 8;

/** Amounts are decimal strings: 256 bits do not fit SQLite's integers. A chain is kept for good, even when another follows it. */
const SCHEMA = `
  CREATE TABLE meta (chain_id TEXT NOT NULL, consensus TEXT NOT NULL, agent_id TEXT NOT NULL) STRICT;
  CREATE TABLE chain (
    generation INTEGER PRIMARY KEY, anchor TEXT NOT NULL UNIQUE, data TEXT NOT NULL, tip_epoch INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE ballots (
    generation INTEGER NOT NULL REFERENCES chain, epoch INTEGER NOT NULL, ballot TEXT NOT NULL, commitment TEXT NOT NULL,
    exposure TEXT NOT NULL, bonds TEXT, backing TEXT NOT NULL, PRIMARY KEY (generation, epoch)
  ) STRICT;
  CREATE TABLE receipts (epoch INTEGER PRIMARY KEY, receipts TEXT NOT NULL) STRICT;
  CREATE TABLE transactions (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, nonce INTEGER NOT NULL, hash TEXT NOT NULL UNIQUE, raw TEXT NOT NULL,
    purpose TEXT NOT NULL, deadline INTEGER, state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX pending ON transactions (account, nonce) WHERE state = 'pending';
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens an agent's journal, a database that only its owner can read, and keeps every other process from it. What is kept survives a
 * crash of the process and of the machine. A file `x.json` beside `x.db`, which older versions wrote, is taken over and renamed.
 * @throws AgentError `JOURNAL_LOCKED`, `JOURNAL_OTHER`, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNWRITABLE`
 * @example
 * const journal = openJournal("data/agent-7.db", { chainId: 1n, consensus: deployment.addresses.consensus, agentId: 7n });
 */
export function openJournal(path: string, identity: JournalIdentity): OpenJournal {
  const { dir, name } = parse(path);
  const lock = takeLock(path, join(dir, `${name}.lock`), identity.agentId);
  let database: DatabaseSync | undefined;
  try {
    database = openPrivate(path);
    const journal = new DatabaseJournal(path, database, lock);
    journal.prepare(identity);
    takeOver(journal, join(dir, `${name}.json`), identity);
    return journal;
  } catch (error) {
    database?.close();
    lock.close();
    throw explainJournalError(path, error);
  }
}

/** A lock of the operating system, through SQLite: a row or a file would outlive a process that is killed. */
function takeLock(path: string, lockPath: string, agentId: bigint): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    lock = openPrivate(lockPath);
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    throw explainJournalError(path, error, agentId);
  }
}

/** Opens a database that only its owner can read: SQLite gives its other files the permissions of the first. */
function openPrivate(path: string): DatabaseSync {
  closeSync(openSync(path, "a", 0o600));
  return new DatabaseSync(path);
}

/** Takes over what an older version kept. A crash in between leaves both, and the database is what counts. */
function takeOver(journal: DatabaseJournal, file: string, { agentId }: JournalIdentity): void {
  if (journal.load() === null) {
    const memory = readJournalFile(file);
    if (memory === null) return;
    if (memory.agentId !== agentId.toString()) {
      throw new AgentError("JOURNAL_OTHER", `${file} is of agent ${memory.agentId}, not of ${agentId}: move it away`);
    }
    journal.save(memory);
  }
  if (existsSync(file)) renameSync(file, `${file}.old`);
}

class DatabaseJournal implements OpenJournal {
  readonly path: string;
  readonly transactions: TransactionLog;
  readonly #database: DatabaseSync;
  readonly #lock: DatabaseSync;
  #agentId = "";

  constructor(path: string, database: DatabaseSync, lock: DatabaseSync) {
    this.path = path;
    this.#database = database;
    this.#lock = lock;
    this.transactions = {
      pending: (account) => this.#pending(account),
      keep: (transaction) => this.#keep(transaction),
      close: (account, nonce, mined) => this.#close(account, nonce, mined),
      mined: (account, limit) => this.#mined(account, limit),
      reopen: (account, hash) => this.#reopen(account, hash),
    };
  }

  /** Makes a new journal's tables, or looks whether the journal is one, whole, and of this agent. */
  prepare({ chainId, consensus, agentId }: JournalIdentity): void {
    const found = { id: this.#pragma("application_id"), version: this.#pragma("user_version") };
    const { tables } = this.#one("SELECT count(*) AS tables FROM sqlite_schema");
    const fresh = tables === 0 && found.version === 0;
    if (!fresh && found.id !== APPLICATION_ID) {
      throw new AgentError("JOURNAL_CORRUPT", `${this.path} is no journal of an agent: give the path of one`);
    }
    if (Number(found.version) > VERSION) {
      const message = `the journal ${this.path} was written by a newer version (${String(found.version)}, this one knows ${VERSION}): update this one`;
      throw new AgentError("JOURNAL_NEWER", message);
    }
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    const expected = [chainId.toString(), consensus.toLowerCase(), agentId.toString()] as const;
    this.#agentId = expected[2];
    if (fresh) {
      this.#write(() => {
        this.#database.exec(SCHEMA);
        this.#run("INSERT INTO meta VALUES (?, ?, ?)", ...expected);
      });
    }
    const { quick_check: check } = this.#one("PRAGMA quick_check(1)");
    if (check !== "ok") throw new AgentError("JOURNAL_CORRUPT", damaged(this.path));
    const { chain_id, consensus: address, agent_id } = this.#one("SELECT * FROM meta");
    if (chain_id === expected[0] && address === expected[1] && agent_id === expected[2]) return;
    const message = `the journal ${this.path} is of agent ${String(agent_id)} at ${String(address)} on chain ${String(chain_id)}, not of agent ${expected[2]} at ${expected[1]} on chain ${expected[0]}: give each its own path`;
    throw new AgentError("JOURNAL_OTHER", message);
  }

  load(): AgentMemory | null {
    return this.#guard(() => {
      const chain = this.#chain();
      if (chain === undefined) return null;
      const ballots = this.#all(
        "SELECT * FROM ballots WHERE generation = ? ORDER BY epoch DESC LIMIT ?",
        Number(chain.generation),
        LOADED_BALLOTS,
      );
      return {
        agentId: this.#agentId,
        chain: JSON.parse(String(chain.data)) as SerializedChain,
        tipEpoch: Number(chain.tip_epoch),
        ballots: ballots.reverse().map(toBallot),
        receipts: this.#all("SELECT * FROM receipts ORDER BY epoch").map(({ epoch, receipts }) => ({
          epoch: Number(epoch),
          receipts: receipts as Hex,
        })),
      };
    });
  }

  /** @throws AgentError `JOURNAL_CONFLICT` on a second ballot of an epoch, and keeps nothing of it */
  save({ chain, tipEpoch, ballots, receipts }: AgentMemory): void {
    this.#write(() => {
      this.#run(
        `INSERT INTO chain (anchor, data, tip_epoch) VALUES (?, ?, ?)
         ON CONFLICT (anchor) DO UPDATE SET tip_epoch = excluded.tip_epoch`,
        ...[chain.anchor, JSON.stringify(chain), tipEpoch],
      );
      const { generation } = this.#one("SELECT generation FROM chain WHERE anchor = ?", chain.anchor);
      for (const ballot of ballots) this.#saveBallot(Number(generation), ballot);
      this.#run("DELETE FROM receipts");
      for (const kept of receipts) this.#run("INSERT INTO receipts VALUES (?, ?)", kept.epoch, kept.receipts);
    });
  }

  close(): void {
    this.#database.close();
    this.#lock.close();
  }

  #saveBallot(generation: number, { epoch, ballot, commitment, exposure, bonds, backing }: KeptBallot): void {
    this.#run(
      "INSERT INTO ballots VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      ...[generation, epoch, ballot, commitment, exposure, bonds ?? null, backing],
    );
    const kept = this.#one("SELECT * FROM ballots WHERE generation = ? AND epoch = ?", generation, epoch);
    if (kept.commitment === commitment && kept.ballot === ballot) return;
    const message = `the journal ${this.path} holds another ballot of epoch ${epoch}: the agent must not commit twice`;
    throw new AgentError("JOURNAL_CONFLICT", message);
  }

  /** The last one enrolled with. */
  #chain() {
    return this.#all("SELECT * FROM chain ORDER BY generation DESC LIMIT 1")[0];
  }

  #pending(account: string): SignedTransaction[] {
    const query = "SELECT * FROM transactions WHERE account = ? AND state = 'pending' ORDER BY nonce, id";
    return this.#guard(() =>
      this.#all(query, account).map(({ nonce, hash, raw, purpose, deadline }) => ({
        account,
        nonce: Number(nonce),
        hash: hash as Hex,
        raw: raw as Hex,
        purpose: String(purpose),
        deadline: deadline === null ? null : Number(deadline),
      })),
    );
  }

  #keep({ account, nonce, hash, raw, purpose, deadline }: SignedTransaction): void {
    this.#write(() => {
      this.#run(
        `INSERT INTO transactions (account, nonce, hash, raw, purpose, deadline, state)
         VALUES (?, ?, ?, ?, ?, ?, 'pending')`,
        ...[account, nonce, hash, raw, purpose, deadline],
      );
    });
  }

  #close(account: string, nonce: number, mined: { hash: Hex; reverted: boolean } | null): void {
    this.#write(() => {
      this.#run(
        `UPDATE transactions SET state = iif(hash = ?, ?, 'replaced')
         WHERE account = ? AND nonce = ? AND state = 'pending'`,
        ...[mined?.hash ?? null, mined?.reverted ? "reverted" : "mined", account, nonce],
      );
    });
  }

  #mined(account: string, limit: number): Hex[] {
    const query = `SELECT hash FROM transactions WHERE account = ? AND state IN ('mined', 'reverted')
                   ORDER BY id DESC LIMIT ?`;
    return this.#guard(() => this.#all(query, account, limit).map(({ hash }) => hash as Hex));
  }

  #reopen(account: string, hash: Hex): void {
    const query = `UPDATE transactions SET state = 'pending'
                   WHERE account = ?1 AND nonce = (SELECT nonce FROM transactions WHERE account = ?1 AND hash = ?2)`;
    this.#write(() => this.#run(query, account, hash));
  }

  #pragma(name: "application_id" | "user_version"): SQLOutputValue | undefined {
    return this.#one(`PRAGMA ${name}`)[name];
  }

  #all(sql: string, ...values: Parameter[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #one(sql: string, ...values: Parameter[]): Row {
    const [row] = this.#all(sql, ...values);
    if (row === undefined) throw new AgentError("JOURNAL_CORRUPT", damaged(this.path));
    return row;
  }

  #run(sql: string, ...values: Parameter[]): void {
    this.#database.prepare(sql).run(...values);
  }

  /** All of it or nothing. */
  #write(work: () => void): void {
    this.#guard(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        work();
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainJournalError(this.path, error);
    }
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>;
type Parameter = SQLInputValue;

function toBallot({ epoch, ballot, commitment, exposure, bonds, backing }: Row): KeptBallot {
  return {
    epoch: Number(epoch),
    votes: decodeBallot(ballot as Hex),
    ballot: ballot as Hex,
    commitment: commitment as Hex,
    exposure: String(exposure),
    ...(bonds === null ? {} : { bonds: String(bonds) }),
    backing: String(backing),
  };
}
