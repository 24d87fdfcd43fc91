import type { Hex, NetworkBindingContext } from "@assay/protocol";
import { getBytes, hexlify } from "ethers";
import { Database, type Row } from "../database.ts";
import type { LocalEvidence } from "./combine.ts";
import { type Basis, decayed, FORGOTTEN_AFTER, QUANTITIES } from "./decay.ts";

/** An answer that this agent had from another one, and what came of it. */
export interface Interaction {
  /** EIP-712 digest of the statement that was the answer, by which Claims knows it. */
  readonly statement: Hex;
  readonly agentId: bigint;
  /** Of its trust, which ends when the agent is sold, 0 to 4095: see `assay.agents.state`. */
  readonly generation: number;
  readonly domainId: number;
  /** Whether the answer held; false if it fell. */
  readonly held: boolean;
  readonly basis: Basis;
  /** When it was decided, unix seconds. */
  readonly at: number;
}

/** What is known of an agent in a domain. */
export interface Account extends LocalEvidence {
  readonly agentId: bigint;
  readonly generation: number;
  readonly domainId: number;
  /** Answers that count: one for each statement. */
  readonly answers: number;
  /** When the last of them was decided, unix seconds. */
  readonly lastAt: number;
}

/** What a ledger may hold; the oldest make room. */
export interface LedgerBounds {
  readonly maxInteractions: number;
  /** Of one agent: nobody pushes out what is known of others. */
  readonly maxPerAgent: number;
}

export const LEDGER_BOUNDS: LedgerBounds = { maxInteractions: 131_072, maxPerAgent: 1_024 };

/** How a ledger is opened. */
export interface LedgerOptions {
  readonly path: string;
  readonly context: NetworkBindingContext;
  /** Whose ledger it is. */
  readonly agentId: bigint;
  readonly bounds?: LedgerBounds;
  /** Bytes of its file, beyond which the disk counts as full; what its bounds may take unless told. */
  readonly maxFileBytes?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** "aslg" */
const APPLICATION_ID = 0x61736c67;

const SCHEMA = `
  CREATE TABLE interactions (
    statement BLOB NOT NULL, basis TEXT NOT NULL, agent TEXT NOT NULL, generation INTEGER NOT NULL, domain INTEGER NOT NULL,
    held INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (statement, basis)
  ) STRICT;
  CREATE INDEX interactions_of ON interactions (agent, at);
  CREATE INDEX interactions_by_time ON interactions (at);
`;

/** Bytes of an interaction with its places in the indices, at most. */
const ROW_BYTES = 512;
const SPARE_BYTES = 1_048_576;

const ORDER = "ORDER BY at DESC, statement, basis";

/**
 * What an agent has seen of others itself, in a file: which of their answers held, and which fell. Nobody else's reports enter. Each
 * way in which an answer was decided is kept by itself, once for each statement, and the strongest counts: a verdict before a challenge
 * before agreement. So recording twice changes nothing, and a verdict that a reorganisation has undone is taken back without a trace.
 */
export class Ledger {
  readonly #database: Database;
  readonly #bounds: LedgerBounds;
  readonly #now: () => number;

  /** @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE` */
  constructor({ path, context, agentId, bounds = LEDGER_BOUNDS, maxFileBytes, now }: LedgerOptions) {
    this.#bounds = bounds;
    this.#now = now;
    this.#database = new Database({
      ...{ path, name: "the ledger", applicationId: APPLICATION_ID, version: 1, schema: SCHEMA },
      owner: {
        chain: context.chainId.toString(),
        registry: context.registry.toLowerCase(),
        agent: agentId.toString(),
      },
      maxFileBytes: maxFileBytes ?? bounds.maxInteractions * ROW_BYTES + SPARE_BYTES,
    });
  }

  /**
   * Notes what came of an answer; on the same basis, what it says now takes the place of what it said before.
   * @throws NetworkError `STORE_UNWRITABLE`
   * @example
   * ledger.record({ statement, agentId: 7n, generation: 1, domainId: 1, held: false, basis: "verdict", at: 1_790_000_000 });
   */
  record({ statement, agentId, generation, domainId, held, basis, at }: Interaction): void {
    this.#database.write(() => {
      this.#database.run(
        `INSERT INTO interactions VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET held = excluded.held, at = excluded.at, generation = excluded.generation`,
        ...[getBytes(statement), basis, agentId.toString(), generation, domainId, Number(held), at],
      );
      this.#makeRoom(agentId);
    });
  }

  /**
   * Takes back what was recorded of an answer, such as a verdict that is final no longer.
   * @returns whether there was something. @throws NetworkError `STORE_UNWRITABLE`
   */
  retract(statement: Hex, basis: Basis): boolean {
    return (
      this.#database.run("DELETE FROM interactions WHERE statement = ? AND basis = ?", getBytes(statement), basis) > 0
    );
  }

  /**
   * Own experience with an agent in a domain, as it counts now; none from before it was sold.
   * @throws NetworkError `STORE_UNREADABLE`
   */
  evidence(agentId: bigint, domainId: number, generation: number): LocalEvidence {
    const account = this.accounts(agentId).find((of) => of.domainId === domainId && of.generation === generation);
    return { held: account?.held ?? 0, fell: account?.fell ?? 0 };
  }

  /** What is known of an agent, or of all, by domain. @throws NetworkError `STORE_UNREADABLE` */
  accounts(agentId?: bigint): Account[] {
    const now = this.#now();
    const accounts = new Map<string, Account>();
    for (const { agentId: id, generation, domainId, held, basis, at } of strongest(this.list(agentId))) {
      const key = `${id} ${generation} ${domainId}`;
      const quantity = decayed(QUANTITIES[basis], now - at);
      const account = accounts.get(key) ?? {
        agentId: id,
        generation,
        domainId,
        held: 0,
        fell: 0,
        answers: 0,
        lastAt: at,
      };
      accounts.set(key, {
        ...account,
        ...(held ? { held: account.held + quantity } : { fell: account.fell + quantity }),
        answers: account.answers + 1,
        lastAt: Math.max(account.lastAt, at),
      });
    }
    return [...accounts.values()];
  }

  /** All that was recorded, of an agent or of all, latest first. @throws NetworkError `STORE_UNREADABLE` */
  list(agentId?: bigint): Interaction[] {
    const rows =
      agentId === undefined
        ? this.#database.all(`SELECT * FROM interactions ${ORDER}`)
        : this.#database.all(`SELECT * FROM interactions WHERE agent = ? ${ORDER}`, agentId.toString());
    return rows.map(toInteraction);
  }

  /** The ledger as JSON; ids of agents are decimal strings. @throws NetworkError `STORE_UNREADABLE` */
  export(): string {
    const whole = { accounts: this.accounts(), interactions: this.list() };
    return JSON.stringify(whole, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
  }

  /**
   * Forgets an agent, or all.
   * @returns how many records went. @throws NetworkError `STORE_UNWRITABLE`
   */
  reset(agentId?: bigint): number {
    if (agentId === undefined) return this.#database.run("DELETE FROM interactions");
    return this.#database.run("DELETE FROM interactions WHERE agent = ?", agentId.toString());
  }

  close(): void {
    this.#database.close();
  }

  #makeRoom(agentId: bigint): void {
    const { maxInteractions, maxPerAgent } = this.#bounds;
    this.#database.run("DELETE FROM interactions WHERE at <= ?", this.#now() - FORGOTTEN_AFTER);
    this.#database.run(
      `DELETE FROM interactions WHERE rowid IN
         (SELECT rowid FROM interactions WHERE agent = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)`,
      ...[agentId.toString(), maxPerAgent],
    );
    const { n } = this.#database.get("SELECT count(*) AS n FROM interactions") ?? {};
    if (Number(n) <= maxInteractions) return;
    this.#database.run(
      "DELETE FROM interactions WHERE rowid IN (SELECT rowid FROM interactions ORDER BY at, rowid LIMIT ?)",
      Number(n) - maxInteractions,
    );
  }
}

/** One for each statement, of the basis that says most. */
function strongest(interactions: readonly Interaction[]): Interaction[] {
  const best = new Map<Hex, Interaction>();
  for (const interaction of interactions) {
    const found = best.get(interaction.statement);
    if (found === undefined || RANKS.indexOf(interaction.basis) < RANKS.indexOf(found.basis)) {
      best.set(interaction.statement, interaction);
    }
  }
  return [...best.values()];
}

const RANKS: readonly Basis[] = ["verdict", "challenge", "agreement"];

function toInteraction({ statement, basis, agent, generation, domain, held, at }: Row): Interaction {
  return {
    statement: hexlify(statement as Uint8Array) as Hex,
    agentId: BigInt(String(agent)),
    generation: Number(generation),
    domainId: Number(domain),
    held: held === 1,
    basis: basis as Basis,
    at: Number(at),
  };
}
