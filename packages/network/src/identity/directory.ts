import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@assay/protocol";
import type { Cursor } from "@assay/sdk";
import { getBytes } from "ethers";
import { NetworkError } from "../errors.ts";
import type { AgentPeer } from "../node/exchange.ts";
import { TokenBucket } from "../node/bucket.ts";
import type { NetworkReport } from "../report.ts";
import { bindingCodec, type BindingRecord, recordCodec, type SignedBinding, verifyBinding } from "./binding.ts";
import type { AgentSnapshot, ChainSnapshot, ChainView } from "./chain-view.ts";
import { peerIdOf } from "./keys.ts";
import type { Listing } from "./listing.ts";

/** An agent whose binding holds, and whose stake is enough. */
export interface BoundAgent extends AgentPeer {
  readonly binding: SignedBinding;
  readonly wallet: Address;
  /** Multiaddrs to dial. */
  readonly addresses: readonly string[];
  /** Wei. */
  readonly stake: bigint;
  /** As of which it was read. */
  readonly block: number;
}

/** What a directory is made of. */
export interface DirectoryOptions {
  readonly view: ChainView;
  /** Least stake of an agent, wei; at least 1, as an agent that lost all has none. */
  readonly minStake: bigint;
  /** Keeps who has published a binding; forgotten with the process unless told. */
  readonly listing?: Pick<Listing, "agents" | "keep">;
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  /** For how long an agent is not read anew without a reason, ms; 30,000 unless told. */
  readonly freshMs?: number;
  /** For how long what was read is believed while the chain cannot be read, ms; 600,000 unless told. */
  readonly staleMs?: number;
  /** For how long a refusal holds without a reason to look again, ms; 10,000 unless told. */
  readonly refusalMs?: number;
  /** Agents that are remembered; 4,096 unless told. */
  readonly maxAgents?: number;
  /** Ids of agents with a binding that are remembered; 65,536 unless told. */
  readonly maxListed?: number;
  /** Strangers that are looked up a minute; 1,200 unless told. */
  readonly strangersPerMinute?: number;
}

/** Told that what was known of an agent does not hold any more. @param reason null if another binding took its place */
export type VoidListener = (agent: BoundAgent, reason: NetworkError | null) => void;

interface Entry {
  readonly found: BoundAgent | NetworkError;
  /** When it was read, ms. */
  readonly at: number;
  /** As of which block. */
  readonly block: number;
}

/** A binding made so far ahead of the chain's clock is wrong, seconds. */
const MAX_AHEAD = 600;
/** Agents read at once. */
const BATCH = 100;
/** Wait after the watching has failed, ms. */
const RETRY_MS = 5_000;

/**
 * Which agents are bound to which peers, as the chain says: binding, wallet, owner and stake. Remembers what it has read, reads anew
 * what events say has changed, and goes on with what it knows for a while where the chain cannot be read.
 *
 * A binding holds while its signer is the agent's wallet and the owner that it names owns the agent. A transfer changes the owner
 * (and clears the wallet), so that the binding is void whatever wallet the new owner chooses.
 */
export class Directory {
  readonly #options: Required<Omit<DirectoryOptions, "listing">>;
  readonly #listing: Pick<Listing, "agents" | "keep"> | null;
  /** Least recently used first. */
  readonly #entries = new Map<bigint, Entry>();
  readonly #reading = new Map<bigint, Promise<BoundAgent>>();
  /** Oldest binding first. */
  readonly #listed = new Set<bigint>();
  readonly #listeners = new Set<VoidListener>();
  readonly #strangers: TokenBucket;
  readonly #stop = new AbortController();
  #watching: Promise<void> | null = null;
  #trustedBlock: number | null = null;
  /** Whether the listing could not be written the last time. */
  #unkept = false;

  constructor(options: DirectoryOptions) {
    const defaults = { freshMs: 30_000, staleMs: 600_000, refusalMs: 10_000, maxAgents: 4_096, maxListed: 65_536 };
    this.#options = { strangersPerMinute: 1_200, ...defaults, ...options };
    if (options.minStake < 1n) throw new RangeError("the least stake must be at least 1 wei");
    const { strangersPerMinute, now } = this.#options;
    this.#listing = options.listing ?? null;
    for (const agentId of this.#listing?.agents ?? []) this.#list(agentId);
    this.#strangers = new TokenBucket(Math.ceil(strangersPerMinute / 10), strangersPerMinute, now);
  }

  /** Last block up to which it knows of all changes; null before the first. */
  get trustedBlock(): number | null {
    return this.#trustedBlock;
  }

  /** Agents that have published a binding at some time, those with the newest last. */
  get listed(): readonly bigint[] {
    return [...this.#listed];
  }

  /** Begins to watch the chain. */
  start(): void {
    if (!this.#stop.signal.aborted) this.#watching ??= this.#watch();
  }

  /** Ends the watching. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** @returns ends the telling */
  onVoid(listener: VoidListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * An agent that may be talked to.
   * @throws NetworkError `UNBOUND`, `BAD_SIGNATURE`, `MALFORMED`, `EXPIRED`, `UNSTAKED`, `CHAIN_UNREACHABLE`
   */
  async lookup(agentId: bigint): Promise<BoundAgent> {
    const entry = this.#use(agentId);
    if (entry !== undefined && this.#isFresh(entry)) return unwrap(entry.found);
    return this.#read(agentId, entry);
  }

  /**
   * The agent of a peer that shows this binding.
   * @throws NetworkError as {@link lookup}, `UNBOUND` if the agent has published another one, `RATE_LIMITED`
   */
  async check(binding: SignedBinding): Promise<BoundAgent> {
    const entry = this.#use(binding.agentId);
    const fresh = entry !== undefined && this.#isFresh(entry);
    if (fresh && entry.found instanceof NetworkError) throw entry.found;
    if (fresh && isSame((entry.found as BoundAgent).binding, binding)) return entry.found as BoundAgent;
    const outdated = fresh && binding.issuedAt > (entry.found as BoundAgent).binding.issuedAt;
    if (!fresh || outdated) {
      if (!this.#strangers.take()) throw new NetworkError("RATE_LIMITED", "too many strangers", { retryable: true });
      const found = await this.#read(binding.agentId, outdated ? undefined : entry);
      if (isSame(found.binding, binding)) return found;
    }
    throw new NetworkError("UNBOUND", `agent ${binding.agentId} has published another binding than the peer shows`);
  }

  /** What is remembered of the agents that a peer speaks for. */
  ofPeer(peerId: string): BoundAgent[] {
    const found = [...this.#entries.values()].map((entry) => entry.found);
    return found.filter((agent) => !(agent instanceof NetworkError) && agent.peerId === peerId) as BoundAgent[];
  }

  /** Reads agents anew that were not for a while; those that turn out not to hold are told to the listeners. */
  async refresh(agentIds: readonly bigint[]): Promise<void> {
    const { now, freshMs, staleMs, report } = this.#options;
    const old = agentIds.filter((id) => now() - (this.#entries.get(id)?.at ?? -Infinity) >= freshMs);
    for (let i = 0; i < old.length; i += BATCH) {
      const batch = old.slice(i, i + BATCH);
      try {
        await this.#readAll(batch);
      } catch (error) {
        report({ level: "warn", event: "chain-unreachable", message: messageOf(error), fields: this.#trust() });
        for (const id of batch) {
          const entry = this.#entries.get(id);
          if (entry && now() - entry.at >= staleMs)
            this.#remember(id, { ...entry, found: this.#unreachable(error), at: now() });
        }
      }
    }
  }

  async #watch(): Promise<void> {
    const { view, report } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const changed = new Set<bigint>();
      const bound = new Set<bigint>();
      try {
        for await (const change of view.watch(signal)) {
          if (change.type === "agent") {
            if (change.bound) {
              this.#list(change.agentId);
              bound.add(change.agentId);
            }
            if (this.#entries.has(change.agentId)) changed.add(change.agentId);
            continue;
          }
          this.#trustedBlock = change.block;
          await this.#reread(changed);
          if (change.cursor !== undefined) this.#keep(bound, change.cursor);
        }
      } catch (error) {
        report({ level: "warn", event: "chain-unreachable", message: messageOf(error), fields: this.#trust() });
      }
      for (const id of changed) this.#forget(id);
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Reads what has changed; what cannot be read is read when it is asked for. */
  async #reread(changed: Set<bigint>): Promise<void> {
    const ids = [...changed];
    for (let i = 0; i < ids.length; i += BATCH) {
      const batch = ids.slice(i, i + BATCH);
      await this.#readAll(batch).catch(() => {
        for (const id of batch) this.#forget(id);
      });
    }
    changed.clear();
  }

  /** What cannot be kept is read again after a restart. */
  #keep(bound: Set<bigint>, cursor: Cursor): void {
    try {
      this.#listing?.keep(bound, cursor);
      bound.clear();
      this.#unkept = false;
    } catch (error) {
      if (!this.#unkept) {
        this.#options.report({ level: "warn", event: "directory-not-kept", message: messageOf(error) });
      }
      this.#unkept = true;
    }
  }

  #list(agentId: bigint): void {
    this.#listed.delete(agentId);
    this.#listed.add(agentId);
    if (this.#listed.size > this.#options.maxListed) this.#listed.delete(first(this.#listed));
  }

  #read(agentId: bigint, known: Entry | undefined): Promise<BoundAgent> {
    const running = this.#reading.get(agentId);
    if (running !== undefined) return running;
    const reading = this.#readOne(agentId, known).finally(() => this.#reading.delete(agentId));
    this.#reading.set(agentId, reading);
    return reading;
  }

  async #readOne(agentId: bigint, known: Entry | undefined): Promise<BoundAgent> {
    const { now, staleMs, report } = this.#options;
    try {
      await this.#readAll([agentId]);
    } catch (error) {
      report({ level: "warn", event: "chain-unreachable", message: messageOf(error), fields: this.#trust() });
      if (known === undefined || now() - known.at >= staleMs) throw this.#unreachable(error);
      return unwrap(known.found);
    }
    const entry = this.#entries.get(agentId);
    if (entry === undefined) throw new NetworkError("UNBOUND", `agent ${agentId} is not known`);
    return unwrap(entry.found);
  }

  /** @throws what the node throws */
  async #readAll(agentIds: readonly bigint[]): Promise<void> {
    const { view, now } = this.#options;
    const snapshot = await view.read(agentIds, this.#trustedBlock ?? 0);
    for (const [i, agent] of snapshot.agents.entries()) {
      const agentId = agentIds[i] as bigint;
      const found = await this.#judge(agentId, agent, snapshot);
      this.#remember(agentId, { found, at: now(), block: snapshot.block });
    }
  }

  /** @throws what the node throws */
  async #judge(
    agentId: bigint,
    agent: AgentSnapshot,
    { block, time }: ChainSnapshot,
  ): Promise<BoundAgent | NetworkError> {
    const { view, minStake } = this.#options;
    const { authority, record, stake } = agent;
    try {
      if (authority === null) throw new NetworkError("UNBOUND", `there is no agent ${agentId}`);
      if (stake < minStake)
        throw new NetworkError("UNSTAKED", `agent ${agentId} has ${stake} wei of stake, not ${minStake}`);
      if (record === "0x") throw new NetworkError("UNBOUND", `agent ${agentId} has published no binding`);
      const { binding, addresses }: BindingRecord = recordCodec.decode(getBytes(record));
      if (binding.agentId !== agentId) {
        throw new NetworkError("UNBOUND", `agent ${agentId} has published a binding of agent ${binding.agentId}`);
      }
      if (binding.issuedAt > time + MAX_AHEAD) {
        throw new NetworkError("EXPIRED", `the binding of agent ${agentId} is ahead of the chain's clock`);
      }
      await verifyBinding(view.context, binding, authority, view.isSignedBy);
      const peer = { agentId, peerId: peerIdOf(binding.networkKey), hpkeKey: getBytes(binding.hpkeKey) };
      return { ...peer, binding, wallet: authority.wallet as Address, addresses, stake, block };
    } catch (error) {
      if (error instanceof NetworkError) return error;
      throw error;
    }
  }

  #use(agentId: bigint): Entry | undefined {
    const entry = this.#entries.get(agentId);
    if (entry === undefined) return undefined;
    this.#entries.delete(agentId);
    this.#entries.set(agentId, entry);
    return entry;
  }

  #remember(agentId: bigint, entry: Entry): void {
    const known = this.#entries.get(agentId);
    if (known !== undefined && known.block > entry.block) return; // was read later, and answered earlier
    const before = known?.found;
    this.#entries.delete(agentId);
    this.#entries.set(agentId, entry);
    if (this.#entries.size > this.#options.maxAgents) this.#entries.delete(first(this.#entries.keys()));
    if (before === undefined || before instanceof NetworkError) return;
    const { found } = entry;
    const refused = found instanceof NetworkError;
    if (!refused && isSame(found.binding, before.binding)) return;
    for (const listener of this.#listeners) listener(before, refused ? found : null);
  }

  /** Makes sure that it is read before it is believed again; while that cannot be, what was known holds for as long as it would have. */
  #forget(agentId: bigint): void {
    const entry = this.#entries.get(agentId);
    if (entry === undefined) return;
    const at = Math.min(entry.at, this.#options.now() - this.#options.freshMs);
    if (entry.found instanceof NetworkError) this.#entries.delete(agentId);
    else this.#entries.set(agentId, { ...entry, at });
  }

  #isFresh({ found, at }: Entry): boolean {
    const { now, freshMs, refusalMs } = this.#options;
    return now() - at < (found instanceof NetworkError ? refusalMs : freshMs);
  }

  #trust(): { readonly trustedBlock: number | null } {
    return { trustedBlock: this.#trustedBlock };
  }

  #unreachable(cause: unknown): NetworkError {
    const message = `the chain cannot be read since block ${this.#trustedBlock ?? "none"}: ${messageOf(cause)}`;
    return new NetworkError("CHAIN_UNREACHABLE", message, { cause, retryable: true });
  }
}

function unwrap(found: BoundAgent | NetworkError): BoundAgent {
  if (found instanceof NetworkError) throw found;
  return found;
}

function isSame(a: SignedBinding, b: SignedBinding): boolean {
  return Buffer.compare(bindingCodec.encode(a), bindingCodec.encode(b)) === 0;
}

function first<T>(values: Iterable<T>): T {
  for (const value of values) return value;
  throw new RangeError("there is no first of none");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
