import type { NetworkBindingContext } from "@assay/protocol";
import type { Cursor } from "@assay/sdk";
import { Database } from "../database.ts";

/** How a listing is opened. */
export interface ListingOptions {
  readonly path: string;
  readonly context: NetworkBindingContext;
  /** Agents that are kept, those with the newest bindings; 65,536 unless told. */
  readonly maxListed?: number;
}

/** "asdl" */
const APPLICATION_ID = 0x6173646c;
/** Of the events that are watched, too: a cursor says nothing about others. */
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE agents (seq INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL) STRICT;
`;

/** Which agents have published a binding, and how far the chain was read for it, so that a restart does not read all of it again. */
export class Listing {
  readonly #database: Database;
  readonly #maxListed: number;

  /** @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE` */
  constructor({ path, context, maxListed = 65_536 }: ListingOptions) {
    this.#maxListed = maxListed;
    this.#database = new Database({
      ...{ path, name: "the list of agents", applicationId: APPLICATION_ID, version: VERSION, schema: SCHEMA },
      owner: { chain: context.chainId.toString(), registry: context.registry.toLowerCase() },
    });
  }

  /** Agents, those with the newest binding last. */
  get agents(): bigint[] {
    return this.#database.all("SELECT agent FROM agents ORDER BY seq").map(({ agent }) => BigInt(String(agent)));
  }

  /** Where the reading goes on; null at the beginning. */
  get cursor(): Cursor | null {
    const row = this.#database.get("SELECT value FROM cursor");
    return row === undefined ? null : (JSON.parse(String(row["value"])) as Cursor);
  }

  /** Keeps what was read up to a cursor, all of it or nothing. @throws NetworkError `STORE_UNWRITABLE` */
  keep(agents: Iterable<bigint>, cursor: Cursor): void {
    this.#database.write(() => {
      for (const agentId of agents) {
        this.#database.run("DELETE FROM agents WHERE agent = ?", agentId.toString());
        this.#database.run("INSERT INTO agents (agent) VALUES (?)", agentId.toString());
      }
      this.#database.run(
        "DELETE FROM agents WHERE seq <= (SELECT seq FROM agents ORDER BY seq DESC LIMIT 1 OFFSET ?)",
        this.#maxListed,
      );
      this.#database.run("INSERT OR REPLACE INTO cursor VALUES (1, ?)", JSON.stringify(cursor));
    });
  }

  close(): void {
    this.#database.close();
  }
}
