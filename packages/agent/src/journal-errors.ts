import { AssayError } from "@assay/sdk";
import { AgentError } from "./errors.ts";

/** Primary result codes of SQLite that a user can do something about: https://sqlite.org/rescode.html */
const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

/** What is wrong with a damaged journal, and what to do. */
export function damaged(path: string): string {
  return `the journal ${path} is damaged: keep a copy of it and of its -wal file, and restore both from a backup`;
}

/**
 * The typed form of what opening, reading or writing a journal ended with; an error of the protocol, or unknown, stays as it is.
 * @param agentId whose lock was to be taken
 */
export function explainJournalError(path: string, error: unknown, agentId?: bigint): unknown {
  if (error instanceof AssayError) return error;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  const because = { cause: error };
  const later = { ...because, retryable: true };
  // Extended codes hold the primary one in their last byte.
  const primary = typeof errcode === "number" ? errcode & 0xff : null;
  if (primary === SQLITE.BUSY) {
    const whose = agentId === undefined ? "the agent" : `agent ${agentId}`;
    return new AgentError("JOURNAL_LOCKED", `${whose} is run by another process: stop it first (${path})`, later);
  }
  if (primary === SQLITE.CORRUPT || primary === SQLITE.NOTADB) {
    return new AgentError("JOURNAL_CORRUPT", damaged(path), because);
  }
  if (primary === SQLITE.FULL || primary === SQLITE.IOERR || isOneOf(code, ["ENOSPC", "EFBIG", "EDQUOT", "EIO"])) {
    const message = `no room for the journal ${path}, or a failing disk: make room and start again; nothing kept is lost`;
    return new AgentError("JOURNAL_UNWRITABLE", message, later);
  }
  const refusals = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"];
  if (primary === SQLITE.READONLY || primary === SQLITE.CANTOPEN || isOneOf(code, refusals)) {
    const message = `the journal ${path} cannot be written: let this user write the file and its folder`;
    return new AgentError("JOURNAL_UNWRITABLE", message, because);
  }
  return error;
}

function isOneOf(code: unknown, codes: readonly string[]): boolean {
  return typeof code === "string" && codes.includes(code);
}
