import { type Clock, epochAt, MIN_BOND_FEES } from "@assay/protocol";
import type { Assay, WatchOptions } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import type { NetworkReport } from "../report.ts";
import type { DomainRules, Standing, StandingQuery, StatementChain } from "./validator.ts";

/** How the chain is read. */
export interface StatementChainOptions {
  readonly assay: Assay;
  /** Newest block to trust, or blocks to keep back; the latest block is trusted unless told. */
  readonly trust?: WatchOptions["confirmations"];
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly report: NetworkReport;
  /** Milliseconds between two looks for events; 4,000 unless told. */
  readonly pollMs?: number;
}

/** Milliseconds for which what was read holds, unless an event says otherwise: a domain's stake changes with the epoch alone. */
const FRESH_MS = 15_000;
/** Agents that are remembered, and standings of each: the one that was read first is forgotten first. */
const MAX_AGENTS = 4_096;
const MAX_STANDINGS = 64;
/** Reads that are under way at the same time. */
const MAX_READS = 64;
/** Milliseconds after which a read has failed, and for which none is tried after one that did. */
const READ_TIMEOUT = 5_000;
const PAUSE = 1_000;

/** Events after which an agent's standing is another. */
const CHANGES = [
  "claims.SignerAdded",
  "claims.SignerRetired",
  "vault.PledgeRaised",
  "vault.PledgeLowering",
  "vault.PledgeLowered",
  "vault.PledgeLocked",
  "vault.PledgeReleased",
  "vault.PledgeSlashed",
] as const;

/** A standing and when it was asked for. */
interface Entry {
  readonly since: number;
  standing: Standing | null;
  readonly reading: Promise<Standing>;
}

/** Reads standings from the contracts, and remembers them until an event changes them, or for a short time. */
export class AssayStatementChain implements StatementChain {
  readonly clock: Clock;
  readonly #options: StatementChainOptions;
  readonly #agents = new Map<bigint, Map<string, Entry>>();
  readonly #firstBlock: number;
  #trusted: number | null = null;
  #reads = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** Use {@link openStatementChain}. */
  constructor(options: StatementChainOptions, clock: Clock, firstBlock: number) {
    this.#options = options;
    this.clock = clock;
    this.#firstBlock = firstBlock;
  }

  /** Newest block whose events are known; null before {@link follow} has come so far. */
  get trustedBlock(): number | null {
    return this.#trusted;
  }

  async domain(domainId: number): Promise<DomainRules> {
    const { outcomes, fee } = await this.#options.assay.domains.terms(domainId);
    return { domainId, outcomes: Number(outcomes), minBond: MIN_BOND_FEES * fee };
  }

  known(query: StandingQuery): Standing | null {
    return this.#entry(query)?.standing ?? null;
  }

  async standing(query: StandingQuery): Promise<Standing> {
    const found = this.#entry(query);
    if (found !== undefined) return found.reading;
    const { monotonic } = this.#options;
    const since = monotonic();
    if (since < this.#pausedUntil) throw new NetworkError("CHAIN_UNREACHABLE", "the chain could not be read just now");
    if (this.#reads >= MAX_READS) {
      throw new NetworkError("RATE_LIMITED", `${MAX_READS} reads of the chain are under way`, { retryable: true });
    }
    const standings = this.#standingsOf(query.agentId);
    const key = this.#key(query);
    const entry: Entry = { since, standing: null, reading: this.#read(query) };
    remember(standings, key, entry, MAX_STANDINGS);
    try {
      return (entry.standing = await entry.reading);
    } catch (error) {
      if (standings.get(key) === entry) standings.delete(key);
      throw error;
    }
  }

  /** Forgets what events change, until the signal. Goes on over failures of the node. */
  async follow(signal: AbortSignal): Promise<void> {
    const { assay, trust, pollMs, report } = this.#options;
    const watched = assay.watch(CHANGES, {
      fromBlock: this.#firstBlock,
      signal,
      ...(trust === undefined ? {} : { confirmations: trust }),
      ...(pollMs === undefined ? {} : { pollMs }),
      onRetry: (error) =>
        report({
          level: "warn",
          event: "statement-chain-unreachable",
          message: `the events of pledges and signers cannot be read: ${String(error)}`,
          fields: { trustedBlock: this.#trusted },
        }),
    });
    for await (const item of watched) {
      if (item.type === "log") this.#agents.delete(item.event.args.agentId);
      if (item.type === "reorg") this.#agents.clear();
      this.#trusted = item.cursor.block;
    }
  }

  #entry(query: StandingQuery): Entry | undefined {
    const entry = this.#agents.get(query.agentId)?.get(this.#key(query));
    return entry !== undefined && this.#options.monotonic() - entry.since < FRESH_MS ? entry : undefined;
  }

  /** All expiries of an epoch have the same standing. */
  #key({ domainId, signer, expiry }: StandingQuery): string {
    return `${domainId} ${epochAt(this.clock, Number(expiry))} ${signer}`;
  }

  #standingsOf(agentId: bigint): Map<string, Entry> {
    const standings = this.#agents.get(agentId) ?? new Map<string, Entry>();
    remember(this.#agents, agentId, standings, MAX_AGENTS);
    return standings;
  }

  async #read({ agentId, domainId, signer, expiry }: StandingQuery): Promise<Standing> {
    const { assay, monotonic } = this.#options;
    this.#reads++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer for ${READ_TIMEOUT} ms`)), READ_TIMEOUT);
      timer.unref();
    });
    try {
      const reading = this.#asOf().then((asOf) =>
        assay.readMany(
          {
            answerableUntil: assay.claims.answerableUntil.request(agentId, signer),
            slashable: assay.claims.slashable.request(agentId, domainId, expiry),
          },
          asOf,
        ),
      );
      return await Promise.race([reading, late]);
    } catch (cause) {
      this.#pausedUntil = monotonic() + PAUSE;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new NetworkError("CHAIN_UNREACHABLE", `the chain cannot be read: ${why}`, { cause, retryable: true });
    } finally {
      clearTimeout(timer);
      this.#reads--;
    }
  }

  /** The block that is trusted. */
  async #asOf(): Promise<{ readonly blockTag?: number | "safe" | "finalized" }> {
    const { assay, trust = 0 } = this.#options;
    if (trust === 0) return {};
    if (typeof trust === "string") return { blockTag: trust };
    const latest = await assay.runner.provider?.getBlockNumber();
    return latest === undefined ? {} : { blockTag: Math.max(0, latest - trust) };
  }
}

/** Reads what never changes. @throws ClientError `NODE_UNREACHABLE` */
export async function openStatementChain(options: StatementChainOptions): Promise<AssayStatementChain> {
  const { assay } = options;
  const [{ genesis, epochLength }, block] = await Promise.all([assay.terms(), assay.runner.provider?.getBlockNumber()]);
  // All that will be remembered is read after this block.
  return new AssayStatementChain(options, { genesis, epochLength }, block ?? assay.startBlock);
}

/** Puts something last into a map, and drops what is first where there are too many. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
