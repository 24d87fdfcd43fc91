import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { Database, type DatabaseOptions } from "./database.ts";
import { NetworkError, type NetworkErrorCode } from "./errors.ts";

const folder = mkdtempSync(join(tmpdir(), "assay-database-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function options(changes: Partial<DatabaseOptions> = {}): DatabaseOptions {
  return {
    path: join(folder, `${++files}`, "store.db"),
    name: "the store of tests",
    applicationId: 0x61737374,
    version: 2,
    schema: "CREATE TABLE things (name TEXT PRIMARY KEY) STRICT",
    owner: { chain: "31337", contract: "0xabc" },
    ...changes,
  };
}

function refuses(code: NetworkErrorCode, message: RegExp, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof NetworkError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

describe("a store's database", () => {
  it("keeps what a transaction has written, and nothing of one that failed", () => {
    const made = options();
    const database = new Database(made);
    assert.equal(statSync(made.path).mode & 0o777, 0o600);
    database.write(() => database.run("INSERT INTO things VALUES (?)", "kept"));
    database.writeThrough(() => database.run("INSERT INTO things VALUES (?)", "kept too"));
    assert.throws(
      () =>
        database.write(() => {
          database.run("INSERT INTO things VALUES (?)", "lost");
          throw new Error("changed its mind");
        }),
      /changed its mind/,
    );
    database.close();
    database.close();
    const again = new Database(made);
    assert.deepEqual(
      again.all("SELECT name FROM things ORDER BY name").map(({ name }) => name),
      ["kept", "kept too"],
    );
    assert.equal(again.get("SELECT name FROM things WHERE name = ?", "lost"), undefined);
    again.close();
  });

  it("refuses a file of another owner, another kind or a newer version, and one that is damaged", () => {
    const made = options();
    new Database(made).close();
    refuses("STORE_UNREADABLE", /is of contract 0xabc, not of 0xdef: give each/, () => {
      return new Database({ ...made, owner: { chain: "31337", contract: "0xdef" } });
    });
    refuses("STORE_UNREADABLE", /is something else/, () => new Database({ ...made, applicationId: 1 }));
    refuses("STORE_UNREADABLE", /newer version \(2, this one knows 1\)/, () => new Database({ ...made, version: 1 }));
    const noise = options();
    mkdirSync(join(noise.path, ".."));
    writeFileSync(noise.path, "no database at all, but long enough to be looked at as one ".repeat(100));
    refuses("STORE_UNREADABLE", /is damaged/, () => new Database(noise));
  });

  it("says that it cannot be written where it is a folder, full, or locked by another process", () => {
    refuses("STORE_UNWRITABLE", /cannot be written: let this user/, () => new Database(options({ path: folder })));
    const made = options({ maxFileBytes: 8 * 4096 });
    const database = new Database(made);
    refuses("STORE_UNWRITABLE", /no room for the store of tests/, () => {
      for (let i = 0; i < 100; i++) {
        database.write(() => database.run("INSERT INTO things VALUES (?)", `${i}`.repeat(1_000)));
      }
    });
    const other = new DatabaseSync(made.path);
    other.exec("BEGIN IMMEDIATE");
    database.get("PRAGMA busy_timeout = 1");
    refuses("STORE_UNWRITABLE", /another process/, () => database.write(() => undefined));
    other.exec("ROLLBACK");
    other.close();
    database.write(() => database.run("DELETE FROM things"));
    database.close();
  });
});
